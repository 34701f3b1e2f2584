"""`gateway canary` says clean of a gateway, finds every leak of a server that leaks, and else that it cannot say."""

import json

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.blackbox.destination import Destination
from tests.blackbox.running import Gateway
from tests.canary.standin import StandIn, free_port

FAST = ("--rate", "200", "--json")


def run(*words):
    done = CliRunner().invoke(main, ["canary", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def report(*words):
    done = run(*words, *FAST)
    told = json.loads(done.stdout)
    assert done.exit_code == {"clean": 0, "leak": 1, "cannot say": 2}[told["verdict"]]
    return told


def at(standin, *more):
    """The options that tell all there is of a stand-in."""
    files = ("--data-dir", standin.data, "--log", standin.log)
    return ("--url", standin.url, "--admin", standin.url, *files, "--site", "shop.example", "--wait", "2", *more)


class Elsewhere:
    """A destination whose endpoint is where the command listens."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def delivering(tmp_path_factory):
    """A gateway one of whose destinations is where the command will listen."""
    captured = Elsewhere()
    folder = tmp_path_factory.mktemp("gateway")
    with Destination() as meta, Gateway(folder, {"meta": meta, "hook": captured}) as gateway:
        yield gateway, captured


def test_a_gateway_is_clean_and_what_it_may_deliver_arrives(delivering):
    gateway, captured = delivering
    words = ("--config", gateway.config, "--log", gateway.log, "--region", "DE")
    told = report(*words, "--capture", f"127.0.0.1:{captured.port}", "--wait", "60")
    assert (told["verdict"], told["doubts"], told["unsearched"], told["leaks"]) == ("clean", [], [], [])
    assert set(told["controls"].values()) == {True}
    assert told["live_controls"] == [
        "what this check withdrew is in the data directory", "2 of 2 permitted hits found where they may be",
    ]  # fmt: skip
    assert {each["what"] for each in told["searched"]} == {
        "answers", "answers about choices", "delivered", "data directory", "log", "page",
    }  # fmt: skip
    assert told["visitors"] == [
        "refused", "no choice", "an unreadable choice", "Do Not Track", "Global Privacy Control", "agreed",
    ]  # fmt: skip
    assert f"order.id in capture 127.0.0.1:{captured.port}" in told["permitted"]
    assert told["not_given"] == []
    assert gateway.metrics()['gateway_consent_total{act="withdrawn"}'] == 3


def test_where_events_wait_sealed_a_withdrawal_shows_that_the_place_is_right(delivering):
    told = report("--config", delivering[0].config, "--log", delivering[0].log, "--region", "DE")
    assert (told["verdict"], told["doubts"], told["leaks"]) == ("clean", [], [])
    assert told["live_controls"] == ["what this check withdrew is in the data directory"]


def test_nobody_can_say_of_a_data_directory_that_is_not_the_gateways(delivering, tmp_path):
    told = report("--config", delivering[0].config, "--data-dir", tmp_path, "--refused-only")
    assert (told["verdict"], told["leaks"]) == ("cannot say", [])
    assert any("is it this deployment's" in each for each in told["doubts"])


LEAKS = {
    "log": ("user_agent", "plain", "access.log"),
    "row": ("cookie_value", "plain", "kept.db"),
    "metrics": ("referer_path", "base64", "/metrics"),
    "answer": ("custom_header", "plain", "answer to "),
    "choice": ("custom_header", "plain", "answer to DELETE /consent"),
    "digest": ("mail", "sha256", "audience.csv"),
    "gzip": ("language", "plain", "old.log.gz"),
    "name": ("real_ip", "plain", "name of "),
    "forward": ("authorization", "plain", "capture "),
}


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    port = free_port()
    with StandIn(tmp_path_factory.mktemp("leaky"), LEAKS, destination=f"http://127.0.0.1:{port}/in") as standin:
        yield report(*at(standin, "--capture", f"127.0.0.1:{port}"))


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_found_in_each_place_with_its_form(leaky, leak):
    kind, form, place = LEAKS[leak]
    assert leaky["verdict"] == "leak"
    found = [each for each in leaky["leaks"] if each["kind"] == kind and place in each["place"]]
    assert any(each["form"].startswith(form) for each in found)
    assert any("refused" in each["hit"] for each in found) or leak in (
        "metrics",
        "row",
        "choice",
    )  # these keep the last alone


def test_what_a_permitted_hit_may_not_carry_is_a_leak_too_and_what_it_may_is_none(leaky):
    agreed = {each["kind"] for each in leaky["leaks"] if each["hit"].endswith("(agreed)")}
    assert agreed >= {"mail", "authorization", "forwarded_for", "page_query"}
    assert {each["kind"] for each in leaky["leaks"] if "queue.jsonl" in each["place"]} == set()
    assert any(each.startswith("order.id in") and each.endswith("queue.jsonl") for each in leaky["permitted"])
    assert any(each["kind"] == "order.id" for each in leaky["leaks"] if each["place"].endswith("access.log"))


def test_one_small_leak_is_enough_and_its_page_repeats_no_line_of_the_log(tmp_path):
    with StandIn(tmp_path, ["log"]) as standin:
        standin.log.write_text("somebody@else.example visited\n")
        done = run(*at(standin, "--rate", "200"))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == "leak"
    assert "LEAK      user_agent as plain in" in done.stdout
    assert "somebody" not in done.output
    assert "cnry" not in done.output


def test_a_server_that_keeps_only_what_it_may_is_clean_and_choices_are_taken_back(tmp_path):
    with StandIn(tmp_path) as standin:
        told = report(*at(standin))
    assert (told["verdict"], told["leaks"], told["doubts"]) == ("clean", [], [])
    assert standin.withdrawn == 3
    assert told["not_given"] == ["what is delivered"]


@pytest.mark.parametrize(
    ("options", "further", "doubt"),
    [
        ({"loses": True}, (), "none was found"),
        ({"silent": True}, (), "no hit was taken"),
        ({}, ("--capture", f"127.0.0.1:{free_port()}", "--wait", "0.1"), "nothing arrived"),
        ({}, ("--refused-only", "--path", "no/such/file"), "no permitted hit"),
    ],
    ids=[
        "what may come does not",
        "hits are not taken",
        "no delivery arrives",
        "nothing may be delivered, and a path is missing",
    ],
)
def test_nobody_can_say(tmp_path, options, further, doubt):
    with StandIn(tmp_path, **options) as standin:
        told = report(*at(standin, *further))
    assert told["verdict"] == "cannot say"
    assert any(doubt in each for each in told["doubts"])
    assert [each["place"] for each in told["unsearched"]] == ["no/such/file"] * ("--path" in further)
    assert ("not everything could be searched" in told["doubts"]) == ("--path" in further)


def test_nobody_can_say_what_a_policy_permits_that_nobody_tells(tmp_path):
    with StandIn(tmp_path) as standin:
        told = report("--url", standin.url, "--data-dir", standin.data, "--site", "shop.example")
    assert (told["verdict"], told["leaks"], "agreed" in told["visitors"]) == ("cannot say", [], False)
    assert any("nobody can say what the policy permits" in each for each in told["doubts"])


def test_nobody_can_say_where_a_control_cannot_be_planted(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with StandIn(tmp_path) as standin:
        told = report(*at(standin))
    assert (told["verdict"], told["requests"]) == ("cannot say", 0)


def test_nobody_can_say_where_nobody_listens():
    told = report("--url", f"http://127.0.0.1:{free_port()}")
    assert told["verdict"] == "cannot say"
    assert any("does not answer" in each for each in told["doubts"])


@pytest.mark.parametrize(
    "words",
    [(), ("--url", "shop.example"), ("--url", "http://127.0.0.1:1", "--capture", "here"), ("--config", "none.yaml")],
)
def test_what_makes_no_sense_is_misuse(words):
    assert run(*words).exit_code == 2
