import asyncio
import json
import uuid

import pytest

from gateway.dsr.problems import Problem
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.web.dsr.bodies import FORMS
from gateway.web.dsr.endpoint import REPLAYED
from gateway.web.dsr.openapi import description
from gateway.web.dsr.operations import OPERATIONS
from gateway.web.dsr.problems import PROBLEMS, Refused, answered, refused
from gateway.web.rates import AT_ONCE
from tests.house.tree import ROOT
from tests.web.dsr.asking import BASE, EMAIL, OTHER_KEY, at_the_desk, desk, submission

DENY = {"reason": "other", "text": "We could not find you."}


def kinds(of=Problem):
    return [each for kind in of.__subclasses__() for each in (kind, *kinds(kind))]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_problem_of_the_rights_has_a_row(kind):
    assert kind.slug in PROBLEMS


@pytest.mark.parametrize("slug", PROBLEMS)
def test_every_problem_is_described(slug):
    text = (ROOT / "docs/how-to/answer-requests.md").read_text(encoding="utf-8")
    assert f"`{slug}`" in text or slug in ("unauthenticated",)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_refusal_of_an_operation_has_a_row(operation):
    assert set(operation.refusals) <= PROBLEMS.keys()


def test_a_problem_is_written_as_the_rfc_has_it():
    answer = answered(Refused("rate-limited", [{"pointer": "/x", "code": "y"}], {"retry-after": "3"}))
    assert (answer.status_code, answer.media_type, answer.headers["retry-after"]) == (
        429,
        "application/problem+json",
        "3",
    )
    told = json.loads(answer.body)
    assert told.keys() == {"type", "title", "status", "errors"}
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_away_is_a_503_that_says_when_to_come_again():
    for error, slug in ((StoreUnavailable("x", 7), "key-store-unavailable"), (LogUnavailable("x"), "log-unavailable")):
        found = refused(error)
        assert (found.slug, int(found.headers["retry-after"]) > 0) == (slug, True)
    assert refused(ValueError("canary")) is None


@pytest.mark.parametrize(
    ("raw", "status", "slug"),
    [
        (b"{", 400, "malformed-json"), (b'{"a":1,"a":2}', 400, "malformed-json"), (b"\xff", 400, "malformed-json"),
        (b"[]", 400, "invalid-parameter"), (b"", 415, "unsupported-media-type"), (b"null", 400, "invalid-parameter"),
        (b'{"canary":1}', 400, "invalid-parameter"), (b'{"x":"' + b"a" * 70_000 + b'"}', 413, "too-large"),
        (b"[" * 50, 400, "malformed-json"), (b'{"subject_request_type":"canary"}', 422, "unsupported-request-type"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_told_so_without_a_word_of_it(tmp_path, raw, status, slug):
    async def use(desk):
        kind = {"content_type": "application/json" if raw else "text/plain"}
        return await desk.ask("POST", BASE, raw=raw, **kind)

    answer = at_the_desk(tmp_path, use)
    assert (answer.status, answer.slug, b"canary" in answer.body) == (status, slug, False)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "multipart/form-data", "application/json5"])
def test_a_body_is_sent_as_json(tmp_path, kind):
    async def use(desk):
        return await desk.ask("POST", BASE, submission(), content_type=kind)

    assert at_the_desk(tmp_path, use).status == 415


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"subject_request_id": "canary"}, "/subject_request_id"), ({"subject_identities": []}, "/subject_identities"),
        ({"subject_identities": [EMAIL] * 17}, "/subject_identities"), ({"regulation": "canary"}, "/regulation"),
        ({"subject_identities": [{**EMAIL, "canary": "x"}]}, "/subject_identities/0"), ({"canary": 1}, ""),
        ({"subject_identities": [{**EMAIL, "identity_value": 7}]}, "/subject_identities/0/identity_value"),
        ({"submitted_time": "canary"}, "/submitted_time"), ({"scope": {"keep_suppressed": "yes"}}, "/scope/keep_suppressed"),
        ({"status_callback_urls": ["canary"]}, "/status_callback_urls/0"),
        ({"verification": {"method": "canary"}}, "/verification/method"),
        ({"subject_request_id": str(uuid.uuid1())}, "/subject_request_id"),
    ],
)  # fmt: skip
def test_a_place_without_form_is_pointed_at(tmp_path, change, pointer):
    async def use(desk):
        return await desk.ask("POST", BASE, {**submission(), **change})

    answer = at_the_desk(tmp_path, use)
    assert (answer.status, answer.slug, b"canary" in answer.body) == (400, "invalid-parameter", False)
    assert pointer in [each["pointer"] for each in answer.json["errors"]]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_that_is_told_is_that_of_a_name(name):
    schemas = str(description(OPERATIONS, "1"))
    assert f"'{name}'" in schemas


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"regulation": "canary"}, "regulation is one of gdpr, uk_gdpr"),
        (
            {"subject_request_id": "canary", "submitted_time": "x"},
            "subject_request_id is a UUID of version 4 in lower case; ",
        ),
        ({"verification": {"method": "attested", "evidence_ref": "canary y"}}, "evidence_ref is one word"),
    ],
)
def test_whoever_sent_another_form_is_told_which_one_there_is(tmp_path, change, words):
    async def use(desk):
        return await desk.ask("POST", BASE, {**submission(), **change})

    answer = at_the_desk(tmp_path, use)
    assert (answer.json["detail"].startswith(words), b"canary" in answer.body) == (True, False), answer.body


def test_an_act_that_comes_at_the_wrong_time_is_told_why(tmp_path):
    async def use(desk):
        location = await desk.submit()
        await desk.ask("POST", f"{location}/deny", DENY)
        return [await desk.ask("POST", f"{location}/{act}", body) for act, body in (("deny", DENY), ("cancel", None))]

    told = [(each.slug, each.json["detail"]) for each in at_the_desk(tmp_path, use)]
    assert told == [
        ("invalid-state", "this request is denied already"), ("invalid-state", "this request is denied, and stays so"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=%201", "limit=1_0", "state=canary", "canary=1", "limit=1&limit=2",
              "due_before=2026", "due_before=1795429200", "cursor=%C3%A9"],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_told_so(tmp_path, query):
    async def use(desk):
        return await desk.ask("GET", f"{BASE}?{query}")

    answer = at_the_desk(tmp_path, use)
    assert (answer.status, answer.slug, b"canary" in answer.body) == (400, "invalid-parameter", False)


def test_no_page_of_a_browser_may_ask_and_no_other_method(tmp_path):
    async def use(desk):
        page = await desk.ask("POST", BASE, submission(), origin="https://shop.example")
        others = [await desk.ask(method, BASE) for method in ("PUT", "DELETE", "PATCH", "OPTIONS")]
        head = await desk.ask("HEAD", BASE)
        return page, others, head

    page, others, head = at_the_desk(tmp_path, use)
    assert (page.status, page.slug, head.status) == (403, "no-browsers", 200)
    assert {(each.status, each.headers["allow"]) for each in others} == {(405, "POST, GET")}


def test_a_body_where_none_belongs_is_refused(tmp_path):
    async def use(desk):
        location = await desk.submit()
        return await desk.ask("POST", f"{location}/cancel", {"reason": "canary"}), await desk.ask("GET", location)

    answer, request = at_the_desk(tmp_path, use)
    assert (answer.status, request.json["state"]) == (400, "awaiting_verification")


def test_a_key_that_asks_too_often_waits_and_another_does_not(tmp_path):
    async def use(desk):
        answers = [await desk.ask("GET", BASE) for _ in range(AT_ONCE + 1)]
        other = await desk.ask("GET", BASE, by=OTHER_KEY)
        desk.steady = 1.0
        return answers, other, await desk.ask("GET", BASE)

    answers, other, later = at_the_desk(tmp_path, use, per_minute=60)
    assert [each.status for each in answers] == [200] * AT_ONCE + [429]
    assert (answers[-1].slug, answers[-1].headers["retry-after"]) == ("rate-limited", "1")
    assert (other.status, later.status) == (200, 200)


def test_a_key_of_ones_own_makes_a_second_request_do_nothing(tmp_path):
    async def use(desk):
        location = await desk.submit()
        answers = [await desk.ask("POST", f"{location}/deny", DENY, idempotency_key="k1") for _ in range(2)]
        body = await desk.ask("POST", f"{location}/deny", {**DENY, "text": "another"}, idempotency_key="k1")
        other = await desk.ask("POST", f"{location}/deny", DENY, idempotency_key="k2")
        theirs = await desk.ask("POST", f"{location}/deny", DENY, idempotency_key="k1", by=OTHER_KEY)
        bad = await desk.ask("POST", f"{location}/deny", DENY, idempotency_key="\x01")
        return answers, body, other, theirs, bad

    (first, again), body, other, theirs, bad = at_the_desk(tmp_path, use)
    assert [each.status for each in (first, again)] == [202, 202]
    assert (first.json, REPLAYED in first.headers, again.headers[REPLAYED]) == (again.json, False, "true")
    assert (body.slug, other.slug, theirs.slug) == ("idempotency-conflict", "invalid-state", "invalid-state")
    assert bad.status == 400


def test_what_was_refused_or_left_undone_may_be_asked_again_with_the_same_key(tmp_path):
    async def use(desk):
        location = await desk.submit()
        refused = await desk.ask("POST", f"{location}/retry", idempotency_key="k")
        again = await desk.ask("POST", f"{location}/retry", idempotency_key="k")
        name = desk.repeats.name("AbCdEf123_-x", f"POST {location}/cancel", "c")
        assert await desk.repeats.begin(name, b"") == 0
        doing = await desk.ask("POST", f"{location}/cancel", idempotency_key="c")
        desk.house.clock.ahead = 61
        done = await desk.ask("POST", f"{location}/cancel", idempotency_key="c")
        desk.house.clock.ahead = 2 * 86_400
        return refused, again, doing, done, await desk.repeats.sweep()

    refused_, again, doing, done, swept = at_the_desk(tmp_path, use)
    assert (refused_.slug, again.slug, doing.slug) == ("invalid-state", "invalid-state", "idempotency-conflict")
    assert (done.status, done.json["state"], swept) == (202, "cancelled", 1)


def test_what_is_asked_twice_at_once_with_the_same_key_is_done_once(tmp_path):
    async def use(desk):
        location = await desk.submit()
        asking = (desk.ask("POST", f"{location}/deny", DENY, idempotency_key="k") for _ in range(20))
        return [each.slug or each.status for each in await asyncio.gather(*asking)]

    answers = at_the_desk(tmp_path, use)
    assert set(answers) <= {202, "idempotency-conflict"} and 202 in answers


def test_a_fault_is_counted_and_told_to_nobody(tmp_path):
    async def run():
        async with desk(tmp_path) as made:
            made.house.desk.show = None
            answer = await made.ask("GET", f"{BASE}/{uuid.uuid4()}")
            return answer, made.faults

    answer, faults = asyncio.run(run())
    assert (answer.status, answer.slug) == (500, "internal")
    assert [type(each) for each in faults] == [TypeError]
    assert b"NoneType" not in answer.body
