import json
import time

import pytest
from click.testing import CliRunner

from gateway.cli.policy import policy
from tests.policy.made import HERE, POLICIES, SMALL

SHOP = str(POLICIES / "shop.yaml")
STARTER = str(POLICIES / "starter.yaml")


def run(*words):
    return CliRunner().invoke(policy, words, prog_name="gateway policy")


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def written(tmp_path):
    def write(text=SMALL, name="small.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_check_says_that_the_shipped_files_are_fine():
    result = run("check", SHOP, STARTER, str(POLICIES / "packs" / "baseline-2026.11.yaml"))
    assert result.exit_code == 0
    assert f"{STARTER}: fine, policy starter " in result.stdout
    assert "pack baseline 2026.11 (reviewed " in result.stdout


def test_check_prints_every_finding_of_a_broken_policy_and_fails(written):
    path = written((HERE / "broken.yaml").read_text("utf-8"), "broken.yaml")
    result = run("check", path)
    assert result.exit_code == 1
    assert result.stdout.replace(path, "broken.yaml") == (HERE / "broken.lint.txt").read_text("utf-8")


def test_check_as_json_is_one_object_a_file(written):
    fine, broken = lines(run("check", "--json", STARTER, written(SMALL.replace("party: third", "party: x"))))
    assert (fine["ok"], fine["policy"]["name"], fine["pack"]["name"], fine["findings"]) == (
        True,
        "starter",
        "baseline",
        [],
    )
    assert fine["pack"]["age"] == int(time.time()) // 86400 - 20780
    assert {"ad", "kz", "pr"} < set(fine["pack"]["unsure"])
    assert "fr" not in fine["pack"]["unsure"]
    assert (broken["ok"], broken["policy"], broken["pack"]) == (False, None, None)
    assert broken["findings"][0]["code"] == "P050"


def test_check_names_the_laws_that_are_to_come(written):
    text = SMALL.replace("name: small", "name: small\nextends: later.yaml")
    written("pack: later\nregions:\n  fr: {match: [FR], law: A law, applies_from: '2999-12-31'}\n", "later.yaml")
    result = run("check", written(text))
    assert "from 2999-12-31: region fr, A law" in result.stdout
    assert "(nobody says when it was reviewed)" in result.stdout


def test_check_says_when_a_pack_is_old(written):
    written("pack: old\nreviewed: '2020-01-01'\nregions: {}\n", "old.yaml")
    assert (
        "days ago: too long)"
        in run("check", written(SMALL.replace("name: small", "name: small\nextends: old.yaml"))).stdout
    )


def test_test_runs_tests_and_promises_and_tells_what_is_untested():
    result = run("test", STARTER)
    assert result.exit_code == 0
    assert f"{STARTER}: 3 of 3 tests hold (13 expectations)" in result.stdout
    assert f"{STARTER}: never tested as deny: own_stats" in result.stdout


def test_test_fails_when_a_test_or_a_promise_does_not_hold(written):
    text = SMALL.replace("{meta: deny}", "{meta: allow}") + "always: [{name: nothing leaves, deny: [meta]}]\n"
    path = written(text)
    result = run("test", path)
    assert result.exit_code == 1
    assert (
        "small.yaml:23:5: silence is no\n    meta, view in FR: expected allow, got deny (no_consent)" in result.stdout
    )
    assert "nothing leaves\n    meta would receive it: region " in result.stdout
    assert f"{path}: 0 of 1 tests hold" in result.stdout
    assert f"{path}: 0 of 1 promises hold" in result.stdout
    (told,) = lines(run("test", "--json", path))
    assert (told["ok"], told["tests"], told["promises"], len(told["failures"]), len(told["broken"])) == (
        False,
        1,
        1,
        1,
        1,
    )
    assert told["situations"] > 0


def test_test_can_require_tests(written):
    path = written(SMALL[: SMALL.index("tests:")])
    assert run("test", path).exit_code == 0
    result = run("test", "--require-tests", path)
    assert result.exit_code == 1
    assert "error[P080]" in result.stdout


def test_explain_tells_one_verdict_in_words():
    result = run(
        "explain",
        SHOP,
        "--region",
        "US-CA",
        "--event",
        "purchase",
        "--destination",
        "meta",
        "--consent",
        "measure=yes",
        "--gpc",
    )
    assert result.exit_code == 0
    head, *steps = result.stdout.splitlines()
    assert head.startswith("meta: DENY (signal_gpc)   policy 2026-11-23.1 ")
    assert steps[3] == "  5 basis         measure: opt_in  [region us-ca, shop.yaml:32:22]"
    assert steps[-1] == "  = DENY          signal_gpc"


def test_explain_without_a_destination_tells_all_with_a_line_between():
    result = run("explain", STARTER, "--region", "FR", "--event", "page_view")
    assert [line.partition(" ")[0] for line in result.stdout.splitlines() if line.startswith(("own", "meta"))] == [
        "own_stats:",
        "meta:",
    ]
    assert result.stdout.count("\n\n") == 1


def test_explain_takes_every_input_as_json():
    words = [
        "--region",
        "DE,FR",
        "--event",
        "purchase",
        "--destination",
        "meta",
        "--consent",
        "all",
        "--consent",
        "retarget=no",
    ]
    more = ["--consent-age", "181d", "--dnt", "--age", "30", "--notified"]
    (told,) = lines(run("explain", SHOP, *words, *more, "--json"))
    assert (told["destination"], told["event"], told["allow"], told["reason"]) == (
        "meta",
        "purchase",
        False,
        "signal_dnt",
    )
    (bot,) = lines(run("explain", SHOP, *words, "--bot", "--json"))
    (gone,) = lines(run("explain", SHOP, *words, "--suppressed", "--json"))
    assert (bot["reason"], gone["reason"]) == ("bot", "suppressed")


def test_explain_reads_situations_one_a_line(tmp_path):
    file = tmp_path / "situations.jsonl"
    given = {
        "region": "FR",
        "event": "purchase",
        "destination": "meta",
        "consent": {"measure": "yes"},
        "consent_age": "20d",
    }
    file.write_text(
        json.dumps(given) + "\n\n" + json.dumps(given | {"gpc": True, "region": ["US-CA"]}) + "\n", encoding="utf-8"
    )
    told = lines(run("explain", SHOP, "--situations", str(file), "--json"))
    assert [one["reason"] for one in told] == ["consent", "signal_gpc"]
    assert told[0]["sends"]["page.url"] == "path"


@pytest.mark.parametrize(
    "words",
    [
        ("--region", "FRA"),
        ("--destination", "metta"),
        ("--consent", "measure"),
        ("--consent", "mesure=yes"),
        ("--consent-age", "old"),
        ("--age", "-1"),
        ("--situations", "nowhere.jsonl"),
    ],
)
def test_explain_is_misused_with_exit_code_2(words):
    result = run("explain", SHOP, *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("line", ["{", "[]", '{"regoin": "FR"}', '{"destination": ["meta"]}', "[" * 100_000])
def test_a_line_that_is_no_situation_is_misuse(line, tmp_path):
    file = tmp_path / "situations.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    result = run("explain", SHOP, "--situations", str(file))
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_policy_that_is_wrong_is_not_explained(written):
    result = run("explain", written(SMALL.replace("party: third", "party: x")))
    assert result.exit_code == 1
    assert "error[P050]" in result.output


def test_a_file_that_is_no_text_is_misuse(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_bytes(b"\xff\xfe")
    assert run("check", str(file)).exit_code == 2
    assert run("check", str(tmp_path / "nowhere.yaml")).exit_code == 2
