import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.policy.explain import as_json, explain_words
from gateway.web.explain import MOST_BYTES, PATH, explaining
from tests.policy.made import TODAY, shipped

SITUATION = {"region": "FR", "event": "purchase", "destination": "meta", "consent": {"measure": "yes"}}


def shop(words):
    return [as_json(one) for one in explain_words(shipped("shop"), words, TODAY)]


def ask(body, explain=shop, **headers):
    client = TestClient(Starlette(routes=[explaining(explain)]))
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(PATH, content=content, headers={"content-type": "application/json", **headers})


def test_one_verdict_is_one_object_with_places():
    answer = ask(SITUATION)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == shop(SITUATION)[0]
    assert answer.json()["reason"] == "consent"
    assert answer.headers["cache-control"] == "no-store"


def test_many_verdicts_are_one_a_line():
    answer = ask({"region": ["US-CA"], "gpc": True}, **{"content-type": "application/json; charset=utf-8"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    verdicts = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["reason"] for one in verdicts if one["destination"] == "meta"] == ["signal_gpc", "signal_gpc"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"region": "FR", "region": "US"}',
        b'{"region": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"\xff",
        {"email": "canary@example.com"},
        {"region": "canary"},
        {"consent": {"canary": "yes"}},
        {"consent_age": "canary"},
        {"destination": "canary"},
        {"event": 5},
        {"age": 12.5},
    ],
)
def test_what_is_no_situation_is_a_problem_that_repeats_nothing(body):
    answer = ask(body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["title"] == "Bad Request"
    assert "canary" not in answer.text


def test_the_field_that_is_wrong_is_named():
    assert ask({"region": "FRA"}).json()["detail"].startswith("region has no value that this policy knows")


def test_other_methods_and_kinds_and_sizes_are_problems_too():
    client = TestClient(Starlette(routes=[explaining(shop)]))
    assert (client.get(PATH).status_code, client.get(PATH).headers["allow"]) == (405, "POST")
    assert ask(SITUATION, **{"content-type": "text/plain"}).status_code == 415
    assert ask(b" " * (MOST_BYTES + 1)).status_code == 413
    assert ask(b" " * (MOST_BYTES + 1)).headers["content-type"] == "application/problem+json"


def test_without_a_policy_nothing_can_be_explained():
    answer = ask(SITUATION, lambda words: None)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
