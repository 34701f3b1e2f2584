import json
import re
import time

import pytest
from click.testing import CliRunner

from gateway.cli.policy import policy
from gateway.cli.simulate import command
from tests.measure import seconds
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
    path = written(SMALL.replace("name: small", "name: small\nextends: old.yaml"))
    result = run("check", path)
    assert result.exit_code == 0
    assert f"{path}:3:10: warning[P096]: pack old  was reviewed " in result.stdout


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


def test_test_names_the_rules_that_no_test_reached():
    assert f"{STARTER}: reached by no test: signal dnt" in run("test", STARTER).stdout
    (told,) = lines(run("test", "--json", SHOP))
    assert all(rule["line"] for rule in told["unreached"] if not rule["rule"].startswith("signal"))


def test_prove_names_each_promise_and_counts_what_it_stands_for():
    result = run("prove", SHOP)
    assert result.exit_code == 0
    assert result.stdout.count("proved   ") == 8
    assert f"{SHOP}: 8 of 8 promises hold (" in result.stdout
    (told,) = lines(run("prove", "--json", SHOP))
    assert (told["ok"], told["promises"], told["broken"]) == (True, 8, [])
    assert told["states"] > 3_000_000 > told["situations"]
    assert told["seconds"] < 30
    assert run("prove", STARTER).stdout == f"{STARTER}: no promises\n"


def test_prove_prints_a_counterexample(written):
    path = written(SMALL + "always: [{name: nothing leaves, when: {region: FR}, deny: [meta]}]\n")
    result = run("prove", path)
    assert result.exit_code == 1
    assert "small.yaml:24:10: nothing leaves\n    meta would receive it: region FR, event view, ads=yes 100d ago" in (
        result.stdout
    )
    (told,) = lines(run("prove", "--json", path))
    assert (told["ok"], told["broken"][0]["line"]) == (False, 24)


def test_load_check_test_and_proof_of_the_shop_take_less_than_a_second():
    def passes():
        assert run("test", SHOP).exit_code == 0

    assert seconds(passes, enough=1.0) <= 1


def test_diff_shows_what_widens_and_what_narrows_and_fails():
    candidate = str(HERE / "candidate.yaml")
    result = run("diff", SHOP, candidate)
    assert result.exit_code == 1
    expected = (HERE / "diff.txt").read_text("utf-8").splitlines()
    assert result.stdout.splitlines()[:-1] == expected
    assert result.stdout.splitlines()[-1].endswith(" situations compared, 15 changed")
    told = lines(run("diff", "--json", SHOP, candidate))
    assert told[1] == {
        "destination": "google_ads",
        "event": "purchase",
        "visitor": "no choice",
        "text": "deny -> allow (no_objection)",
        "wider": True,
        "day": None,
        "regions": ["US", "US-CA"],
    }


def test_diff_of_what_only_narrows_is_right(written):
    strict = written(SMALL.replace("advertising: opt_in", "advertising: prohibited"), "strict.yaml")
    result = run("diff", written(), strict)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "narrows  meta           view       yes to all           allow -> deny (prohibited)"
    )
    assert run("diff", written(), written()).stdout.endswith(" situations compared, 0 changed\n")


SAID = {"regions": ["FR"], "votes": [{"purpose": "ads", "source": "gateway_receipt", "grant": True, "day": 20000}]}


def test_replay_asks_again_what_was_recorded(written, tmp_path):
    log = tmp_path / "log.jsonl"
    was = {"facts": SAID, "event": "view", "day": 20010, "destinations": {"meta": {"allow": True, "reason": "consent"}}}
    log.write_text(f"{json.dumps(was)}\n\n{json.dumps(was)}\n", encoding="utf-8")
    strict = written(SMALL.replace("valid_for: 100d", "valid_for: 9d"), "strict.yaml")
    assert run("replay", str(log), written()).stdout == "2 records, 2 verdicts compared, 0 changed\n"
    result = run("replay", str(log), strict)
    assert result.exit_code == 0
    assert result.stdout.startswith("narrows  meta           view       allow -> deny (consent_expired)   FR ×2\n")
    result = run("replay", str(log), strict, written())
    assert result.exit_code == 1
    (told,) = lines(run("replay", str(log), strict, written(), "--json"))
    assert (told["destination"], told["wider"], told["records"]) == ("meta", True, 2)


def test_replay_reads_what_simulate_prints(tmp_path):
    words = ["docs/examples/purchase.jsonl", "--region", "FR", "--consent", "all", "--now", "2026-11-23T10:20:00Z"]
    printed = CliRunner().invoke(command, words)
    assert printed.exit_code == 0
    log = tmp_path / "log.jsonl"
    log.write_text(printed.stdout, encoding="utf-8")
    result = run("replay", str(log), SHOP, "--on", "2026-11-23")
    assert (result.exit_code, result.stdout) == (0, "1 records, 1 verdicts compared, 0 changed\n")


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"facts": {"email": "x"}, "event": "view"}', "[" * 100_000])
def test_a_line_that_is_no_record_is_misuse(line, written, tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text(line + "\n", encoding="utf-8")
    result = run("replay", str(log), written())
    assert result.exit_code == 2
    assert "line 1: " in result.output
    assert "Traceback" not in result.output


def test_schema_prints_a_schema_for_policies_and_one_for_packs():
    assert json.loads(run("schema").stdout)["properties"]["policy"] == {"const": 1}
    assert "pack" in json.loads(run("schema", "--pack").stdout)["properties"]


def test_explain_of_an_observing_policy_tells_what_it_would_do(written):
    path = written(SMALL.replace("name: small", "name: small\nmode: observe"))
    words = ["--region", "FR", "--destination", "meta", "--consent", "ads=yes"]
    shown = run("explain", path, *words).stdout.splitlines()
    assert shown[0].startswith("meta: DENY (observe_mode)")
    assert shown[-2:] == ["  = DENY          observe_mode", "  ~ ALLOW         consent, if this policy enforced"]
    (told,) = lines(run("explain", path, *words, "--json"))
    assert (told["allow"], told["would"]) == (
        False,
        {"allow": True, "reason": "consent", "sends": {"page.url": "origin"}},
    )


PACK = str(POLICIES / "packs" / "baseline-2026.11.yaml")


@pytest.mark.parametrize("words", [("test", PACK), ("prove", PACK), ("explain", PACK), ("diff", PACK, SHOP), ("diff", SHOP, PACK)])  # fmt: skip
def test_a_pack_in_the_place_of_a_policy_is_a_misuse_that_is_told(words):
    result = run(*words)
    assert result.exit_code == 2
    assert "is a pack: name a policy that extends it" in result.output


def test_laws_that_are_yet_to_come_are_told_in_the_order_of_their_days():
    days = re.findall(r"^  from (\S+):", run("check", SHOP).stdout, re.M)
    assert len(days) > 2
    assert days == sorted(days)
