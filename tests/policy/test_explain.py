import json
import re

import pytest

from gateway.policy.explain import as_json, as_text, explain, explain_words
from gateway.policy.model import Situation
from gateway.policy.situations import SituationError, facts_of
from tests.policy.made import HERE, TODAY, shipped, small

CASES = json.loads((HERE / "explain.json").read_text("utf-8"))
PLACE = re.compile(r"\S+\.yaml:\d+:\d+")


def situation(words):
    parts = {name: tuple(map(tuple, value)) if name == "consent" else value for name, value in words.items()}
    return Situation(**parts | {"regions": tuple(parts["regions"])})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][0])
def test_the_worked_examples_are_explained_like_this(case):
    (explanation,) = explain(shipped("shop"), situation(case["given"]), case["destination"], TODAY)
    lines = as_text(explanation).splitlines()
    assert lines[0] == f"{case['text'][0]}   policy 2026-11-23.1 {shipped('shop').fingerprint}"
    assert lines[1:] == case["text"][1:]


def test_the_places_named_are_those_of_the_files():
    (explanation,) = explain(shipped("shop"), Situation(("US-CA",), "purchase"), "meta", TODAY)
    basis = next(step for step in explanation.steps if step.name == "basis")
    assert PLACE.search(basis.text)[0] == str(basis.place) == "shop.yaml:32:22"


def test_the_json_has_the_same_steps():
    (explanation,) = explain(shipped("shop"), Situation(("FR",), "page_view"), "own_stats", TODAY)
    told = as_json(explanation)
    assert list(told) == ["policy", "destination", "event", "allow", "reason", "sends", "steps"]
    assert told["policy"] == shipped("shop").fingerprint
    assert (told["allow"], told["reason"], told["sends"]["geo.country"]) == (True, "exempt", "country")
    assert {tuple(step) for step in told["steps"]} == {("step", "text", "file", "line", "column")}
    assert told["steps"][3]["line"] == shipped("shop").pack.rows["fr"].places["basis", "audience_measurement"].line
    assert told["steps"][0]["file"] is None
    json.dumps(told)


def test_without_names_every_destination_and_each_of_its_events_is_explained():
    shop = shipped("shop")
    pairs = [(one.verdict.destination, one.event) for one in explain(shop, Situation(), None, TODAY)]
    assert pairs == [(rule.name, event) for rule in shop.destinations.values() for event in rule.events]


def test_an_explanation_is_the_decision():
    shop = shipped("shop")
    for one in explain(shop, Situation(("GB",), "page_view"), None, TODAY):
        (verdict,) = shop.decide(
            facts_of(Situation(("GB",)), TODAY), "page_view", (one.verdict.destination,), TODAY
        ).verdicts
        assert verdict == one.verdict


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Situation(("FR",), "purchase", suppressed=True), "the visitor objected or was erased"),
        (Situation(("FR",), "purchase", bot=True), "declared bots are dropped"),
        (Situation(("CN",), "purchase"), "meta is blocked in this region, or may be"),
        (Situation(("FR",), "email_open"), "meta does not list email_open"),
        (Situation(("US-TX",), "purchase", (("measure", False),)), "measure was refused (gateway_receipt)"),
        (Situation(("US-TX",), "purchase"), "no objection to measure"),
        (Situation(("US-CA",), "purchase", (("measure", True),), gpc=True, notified=True), "GPC (binding) would refuse measure, but a yes was given after the notice"),
        (Situation((), "purchase"), "unknown -> strictest of all 139 regions"),
        (Situation(("XX",), "purchase"), "XX -> unknown -> strictest of all 139 regions"),
    ],
)  # fmt: skip
def test_each_step_is_told_in_words(given, text):
    (explanation,) = explain(shipped("shop"), given, "meta", TODAY)
    assert text in [step.text for step in explanation.steps]


def test_the_words_of_the_command_line_are_explained():
    shop = shipped("shop")
    (one,) = explain_words(shop, {"region": "FR", "event": "purchase", "destination": "meta"}, TODAY)
    assert (one.verdict.destination, one.verdict.reason) == ("meta", "no_consent")
    for wrong in ("metta", ["meta"]):
        with pytest.raises(SituationError) as caught:
            explain_words(shop, {"destination": wrong}, TODAY)
        assert caught.value.field == "destination"


def test_an_observing_policy_says_what_it_would_do_and_a_suppressed_visitor_reaches_nobody_either_way():
    observing = small("name: small", "name: small\nmode: observe")
    (one,) = explain(observing, Situation(("FR",), "view", (("ads", True),)), "meta", TODAY)
    assert (one.verdict.reason, one.would.reason) == ("observe_mode", "consent")
    assert [step.number for step in one.steps] == [1, 2, 3, 4, 5, 8, 9]
    (bot,) = explain(observing, Situation(("FR",), "view", bot=True), "meta", TODAY)
    assert [step.name for step in bot.steps] == ["region", "suppression", "mode", "bot"]
    (gone,) = explain(observing, Situation(("FR",), "view", suppressed=True), "meta", TODAY)
    assert (gone.verdict.reason, gone.would.reason, len(gone.steps)) == ("suppressed", "suppressed", 2)


@pytest.mark.parametrize(
    ("given", "step", "row", "path"),
    [
        (Situation(("US-CT",), "purchase", age=17), "minors", "us-ct", ("minors", "under")),
        (Situation(("US-CA",), "purchase", gpc=True), "signal", "us-ca", ("signals", "gpc")),
        (Situation(("FR",), "purchase", (("measure", True),), 400), "choice", "fr", ("consent", "valid_for")),
    ],
)
def test_each_rule_that_decided_is_shown_with_its_place(given, step, row, path):
    (one,) = explain(shipped("shop"), given, "meta", TODAY)
    (place,) = [each.place for each in one.steps if each.name == step]
    assert place == shipped("shop").pack.rows[row].places[path]


def test_what_rests_on_a_default_is_written_nowhere():
    policy = small("    consent: {valid_for: 100d}\n    minors: {under: 16}\n", "")
    for given, step in (
        (Situation(("FR",), "view", age=19), "minors"),
        (Situation(("FR",), "view", (("ads", True),)), "choice"),
    ):
        (one,) = explain(policy, given, "meta", TODAY)
        assert [each.place for each in one.steps if each.name == step] == [None]
