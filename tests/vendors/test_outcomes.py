"""Replies mean what the manifest says, and what no rule knows is never a success by accident."""

import json

import pytest

from gateway.outbound import Outcome, Reply
from gateway.vendors.outcomes import compile_rule, parse, read, rejected

BODY_DECIDES = [
    compile_rule({"when": {"status": "2xx", "body": {"data.count": "*"}}, "then": "ok"}, Outcome),
    compile_rule({"when": {"body": {"error.code": [4, 17]}}, "then": "throttle"}, Outcome),
    compile_rule({"when": {"status": 429, "header": {"X-Kind": "DAILY"}}, "then": "pause_until_midnight"}, Outcome),
    compile_rule({"when": {"status": [401, 403]}, "then": "disable"}, Outcome),
]


def reply(status, body=None, **more):
    return Reply(status, body=b"" if body is None else json.dumps(body).encode(), **more)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (reply(200, {"data": {"count": 1}}), Outcome.OK),
        (reply(200, {"data": {}}), Outcome.DEAD_LETTER),
        (reply(200), Outcome.DEAD_LETTER),
        (reply(400, {"error": {"code": 17}}), Outcome.THROTTLE),
        (reply(400, {"error": {"code": 18}}), Outcome.DEAD_LETTER),
        (reply(429, headers={"x-kind": "DAILY"}), Outcome.PAUSE_UNTIL_MIDNIGHT),
        (reply(429), Outcome.RETRY),
        (reply(403), Outcome.DISABLE),
        (reply(408), Outcome.RETRY),
        (reply(503), Outcome.RETRY),
        (reply(302), Outcome.DEAD_LETTER),
        (reply(0, sent=False), Outcome.RETRY),
    ],
)
def test_the_first_rule_that_holds_decides(given, outcome):
    assert read(BODY_DECIDES, given, repeatable=True) is outcome


def test_without_a_rule_for_bodies_a_2xx_is_a_success():
    assert read([compile_rule({"when": {"status": 410}, "then": "disable"}, Outcome)], reply(204), True) is Outcome.OK


def test_where_the_vendor_counts_twice_only_the_unsent_goes_again():
    assert read([], reply(0), repeatable=False) is Outcome.RETRY_IF_UNSENT


def test_the_refused_indices_are_read_from_the_body():
    rules = [
        compile_rule({"when": {"status": 200, "body": {"invalid_indices": "*"}}, "then": "reject_indices"}, Outcome)
    ]
    assert rejected(rules, reply(200, {"invalid_indices": [4, "x", 7]})) == (4, 7)
    assert rejected(rules, reply(200, {"invalid_indices": 4})) == ()
    assert rejected(rules, reply(500)) == ()


@pytest.mark.parametrize(
    ("path", "value", "body", "places"),
    [
        ("r.*.status", "bad", {"r": [{"status": "good"}, {"status": "bad"}, {}]}, (1,)),
        ("r.*.status", [400, 422], {"r": [{"status": 422}, {"status": 201}, {"status": 400}]}, (0, 2)),
        ("r.*.index", "*", {"r": [{"index": 7}, {"index": True}, {"index": "x"}, {}]}, (7,)),
        ("r.*", "events", {"r": ["events"]}, (0,)),
        ("r.*.status", "bad", {"r": {"status": "bad"}}, ()),
        ("r.*.status", "bad", {"r": [{"status": "good"}]}, ()),
    ],
)
def test_each_of_a_list_may_say_what_became_of_its_event(path, value, body, places):
    rules = [compile_rule({"when": {"body": {path: value}}, "then": "reject_indices"}, Outcome)]
    assert rejected(rules, reply(200, body)) == places


def test_an_empty_list_is_asked_for_by_an_empty_list():
    rules = [compile_rule({"when": {"body": {"validationMessages": []}}, "then": "ok"}, Outcome)]
    assert read(rules, reply(200, {"validationMessages": []}), True) is Outcome.OK
    assert read(rules, reply(200, {"validationMessages": ["x"]}), True) is Outcome.DEAD_LETTER


def test_a_hostile_body_is_no_body():
    assert parse(b"[" * 100_000) is None
    assert parse(b"\xff") is None
