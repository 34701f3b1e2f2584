import asyncio
import uuid

import pytest

from gateway.dsr.request import DENIALS
from gateway.errors import LogUnavailable
from gateway.web.dsr.operations import SCOPES
from tests.dsr.answering import BY, event
from tests.web.dsr.asking import ATTESTED, BASE, COOKIE, EMAIL, JANE, OTHER_KEY, at_the_desk, leaves, submission


def test_a_request_is_handed_in_once_and_found_where_it_is_said_to_be(tmp_path):
    async def use(desk):
        body = submission("access", verification=ATTESTED, regulation="gdpr")
        first, second = [await desk.ask("POST", BASE, body) for _ in range(2)]
        shown = await desk.ask("GET", first.headers["location"])
        assert [first.status, second.status, shown.status] == [201, 200, 200]
        assert first.json == second.json == shown.json
        return first

    told = at_the_desk(tmp_path, use).json
    assert (told["state"], told["type"], told["regulation"]) == ("queued", "access", "gdpr")
    assert told["received_at"] == "2026-11-23T10:20:00Z"
    assert told["verification"] == {
        "state": "verified", "method": "attested", "assurance": "substantial", "at": "2026-11-23T10:20:00Z", "until": None,
    }  # fmt: skip
    assert JANE not in str(told)


def test_the_same_request_a_hundred_times_at_once_is_one_and_another_body_is_a_conflict(tmp_path):
    async def use(desk):
        body = submission(verification=ATTESTED)
        answers = await asyncio.gather(*(desk.ask("POST", BASE, body) for _ in range(100)))
        assert sorted(each.status for each in answers) == [200] * 99 + [201]
        assert len({each.json["id"] for each in answers}) == 1
        other = await desk.ask("POST", BASE, {**body, "subject_request_type": "access"})
        return other.status, other.slug, (await desk.ask("GET", BASE)).json["items"]

    status, slug, items = at_the_desk(tmp_path, use)
    assert (status, slug, len(items)) == (409, "idempotency-conflict", 1)


def test_whoever_says_that_it_is_verified_needs_a_scope_of_its_own(tmp_path):
    async def use(desk):
        fewer = tuple(each for each in SCOPES if each != "dsr:attest")
        refused = await desk.ask("POST", BASE, submission(verification=ATTESTED), scopes=fewer)
        location = await desk.submit()
        later = await desk.ask("POST", f"{location}/verification", ATTESTED, scopes=fewer)
        good = await desk.ask("POST", f"{location}/verification", ATTESTED)
        return refused, later, good

    refused, later, good = at_the_desk(tmp_path, use)
    assert [(each.status, each.slug) for each in (refused, later)] == [(403, "insufficient-scope")] * 2
    assert (good.status, good.json["state"]) == (200, "queued")


def test_a_cookie_verifies_what_is_filed_under_it_alone(tmp_path):
    async def use(desk):
        cookie = {"method": "cookie"}
        alone = await desk.ask("POST", BASE, submission("erasure", COOKIE, verification=cookie))
        mixed = await desk.ask("POST", BASE, submission("erasure", COOKIE, EMAIL, verification=cookie))
        without = await desk.ask("POST", BASE, submission("erasure", EMAIL, verification=cookie))
        return alone, mixed, without

    alone, mixed, without = at_the_desk(tmp_path, use)
    assert (alone.status, alone.json["state"]) == (201, "queued")
    assert [(each.status, each.slug) for each in (mixed, without)] == [(403, "verification-failed")] * 2


def test_a_code_is_sent_and_shown(tmp_path):
    async def use(desk):
        where = f"{await desk.submit()}/verification"
        sent = await desk.ask("POST", where, {"method": "email_otp"})
        (message,) = desk.codes_sent
        wrong = f"{(int(message.code) + 1) % 10**10:010}"
        tries = [await desk.ask("POST", where, {"method": "email_otp", "code": code}) for code in (wrong, message.code)]
        again = await desk.ask("POST", where, {"method": "email_otp", "code": message.code})
        return sent, message, tries, again

    sent, message, (wrong, right), again = at_the_desk(tmp_path, use)
    assert (sent.status, sent.json["state"], message.address) == (202, "awaiting_verification", JANE)
    assert (wrong.status, wrong.slug) == (403, "verification-failed")
    assert (right.status, right.json["verification"]["method"]) == (200, "email_otp")
    assert (again.status, again.slug) == (409, "invalid-state")
    assert b"dsr.code_sent" in leaves(tmp_path)


def test_a_code_that_cannot_be_sent_or_is_guessed_is_told_so(tmp_path):
    async def use(desk):
        where = f"{await desk.submit()}/verification"
        desk.takes_codes = False
        unsent = await desk.ask("POST", where, {"method": "email_otp"})
        desk.takes_codes = True
        await desk.ask("POST", where, {"method": "email_otp"})
        guess = {"method": "email_otp", "code": f"{(int(desk.codes_sent[-1].code) + 1) % 10**10:010}"}
        guesses = await asyncio.gather(*(desk.ask("POST", where, guess) for _ in range(40)))
        nobody = await desk.submit("erasure", {"identity_type": "user_id", "identity_value": "u-1"})
        return unsent, guesses, await desk.ask("POST", f"{nobody}/verification", {"method": "email_otp"})

    unsent, guesses, nobody = at_the_desk(tmp_path, use)
    assert (unsent.status, unsent.slug, "retry-after" in unsent.headers) == (503, "code-not-sent", True)
    assert sorted({each.status for each in guesses}) == [403, 429]
    assert sum(each.status == 403 for each in guesses) == 5
    assert (nobody.status, nobody.slug) == (403, "verification-failed")


def test_a_request_that_waited_too_long_cannot_be_verified(tmp_path):
    async def use(desk):
        location = await desk.submit()
        desk.house.clock.ahead = 8 * 86_400
        return await desk.ask("POST", f"{location}/verification", ATTESTED)

    answer = at_the_desk(tmp_path, use)
    assert (answer.status, answer.slug) == (410, "verification-expired")


@pytest.mark.parametrize("reason", DENIALS)
def test_a_denial_is_appealed_and_decided_by_another_key(tmp_path, reason):
    async def use(desk):
        location = await desk.submit()
        denied = await desk.ask("POST", f"{location}/deny", {"reason": reason, "text": "We could not find you."})
        appealed = await desk.ask("POST", f"{location}/appeals")
        where = f"{location}/appeals/{appealed.json['appeals'][0]['id']}/decision"
        same = await desk.ask("POST", where, {"upheld": True})
        other = await desk.ask("POST", where, {"upheld": True}, by=OTHER_KEY)
        return denied, appealed, same, other

    denied, appealed, same, other = at_the_desk(tmp_path, use)
    assert (denied.status, denied.json["denial"]["reason"], appealed.status) == (202, reason, 201)
    assert (same.status, same.slug) == (403, "same-principal")
    assert (other.status, other.json["state"]) == (200, "awaiting_verification")
    assert other.json["appeals"][0]["decision"] == "upheld"


def test_what_cannot_be_done_now_is_told_so(tmp_path):
    async def use(desk):
        location = await desk.submit()
        return [
            await desk.ask("POST", f"{location}/retry", {}),
            await desk.ask("POST", f"{location}/retry"),
            await desk.ask("POST", f"{location}/extend", {"reason": "many requests"}),
            await desk.ask("POST", f"{location}/appeals"),
            await desk.ask("POST", f"{location}/tasks/journal/complete", {"note": "done by hand"}),
            await desk.ask("POST", f"{location}/package-links"),
            await desk.ask("GET", f"{location}/receipt"),
        ]

    *acts, complete, link, receipt = at_the_desk(tmp_path, use)
    assert [(each.status, each.slug) for each in acts] == [(409, "invalid-state")] * 4
    assert (complete.status, link.slug, receipt.slug) == (404, "invalid-state", "receipt-not-ready")


def test_a_request_that_is_done_has_targets_events_and_a_receipt(tmp_path):
    async def use(desk):
        location = await desk.submit(
            "erasure", {"identity_type": "user_id", "identity_value": "u-1"}, verification=ATTESTED
        )
        await desk.house.store.put([event(1)])
        for _ in range(3):
            await desk.house.runner.work()
        return [await desk.ask("GET", f"{location}{part}") for part in ("", "/tasks", "/events", "/receipt")]

    request, tasks, events, receipt = at_the_desk(tmp_path, use)
    assert request.json["state"] == "completed", request.json
    assert request.json["tasks"] == tasks.json["items"] != []
    assert [each["state"] for each in events.json["items"]][:2] == ["received", "queued"]
    assert (receipt.headers["content-type"], receipt.body.count(b".")) == ("application/jose", 2)
    assert request.json["links"]["receipt"] == f"{request.json['links']['request']}/receipt"


def test_what_was_gathered_is_fetched_by_a_link(tmp_path):
    async def use(desk):
        user = {"identity_type": "user_id", "identity_value": "u-1"}
        await desk.house.store.put([event(1)])
        location = await desk.submit("access", user, verification=ATTESTED)
        await desk.house.runner.work()
        link = await desk.ask("POST", f"{location}/package-links")
        looks = [await desk.ask("HEAD", link.headers["location"]) for _ in range(4)]
        fetched = [await desk.ask("GET", link.headers["location"]) for _ in range(4)]
        return link, looks, fetched

    link, looks, fetched = at_the_desk(tmp_path, use)
    assert {(each.status, each.headers["allow"]) for each in looks} == {(405, "GET")}
    assert (link.status, link.json["downloads"], link.json["expires_at"]) == (201, 3, "2026-11-23T10:35:00Z")
    assert [each.status for each in fetched] == [200, 200, 200, 410]
    assert (fetched[0].body[:2], fetched[3].slug) == (b"PK", "package-gone")
    assert {b"dsr.package_linked", b"dsr.package_taken"} <= leaves(tmp_path)


def test_a_package_that_cannot_be_evidenced_is_not_used_up(tmp_path):
    user = {"identity_type": "user_id", "identity_value": "u-1"}

    async def use(desk):
        await desk.house.store.put([event(1)])
        location = await desk.submit("access", user, verification=ATTESTED)
        await desk.house.runner.work()
        place = (await desk.ask("POST", f"{location}/package-links")).headers["location"]
        require, desk.house.evidence.require = desk.house.evidence.require, full
        refused = [await desk.ask("GET", place) for _ in range(4)]
        desk.house.evidence.require = require
        return refused, [(await desk.ask("GET", place)).status for _ in range(4)]

    async def full(*args, **fields):
        raise LogUnavailable("full")

    refused, fetched = at_the_desk(tmp_path, use)
    assert {(each.status, each.slug) for each in refused} == {(503, "log-unavailable")}
    assert fetched == [200, 200, 200, 410]


@pytest.mark.parametrize("due", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:00", "0000-01-01T00:00:00Z"])
def test_a_deadline_of_no_year_is_refused(tmp_path, due):
    answer = at_the_desk(tmp_path, lambda desk: desk.ask("GET", f"{BASE}?due_before={due}"))
    assert (answer.status, answer.json["errors"]) == (400, [{"pointer": "/due_before", "code": "value_error"}])


def test_requests_are_listed_page_by_page_and_a_cursor_is_of_one_list(tmp_path):
    async def use(desk):
        made = []
        for _ in range(5):
            made.append((await desk.submit()).rpartition("/")[2])
            desk.house.clock.ahead += 1
        first = await desk.ask("GET", f"{BASE}?limit=2")
        cursor = first.json["next_cursor"]
        second = await desk.ask("GET", f"{BASE}?limit=2&cursor={cursor}")
        last = await desk.ask("GET", second.headers["link"].partition("<")[2].partition(">")[0])
        other = await desk.ask("GET", f"{BASE}?limit=2&cursor={cursor}&type=access")
        forged = await desk.ask("GET", f"{BASE}?cursor={cursor[:-6]}AAAAAA")
        found = [each["id"] for page in (first, second, last) for each in page.json["items"]]
        return made, found, cursor, last, other, forged

    made, found, cursor, last, other, forged = at_the_desk(tmp_path, use)
    assert (found, last.json["next_cursor"], "link" in last.headers) == (made, None, False)
    assert [(each.status, each.slug) for each in (other, forged)] == [(422, "invalid-cursor")] * 2
    assert made[1] not in cursor


def test_a_request_is_found_by_the_code_that_the_person_names(tmp_path):
    async def use(desk):
        places = [await desk.submit() for _ in range(3)]
        code = (await desk.ask("GET", places[1])).json["reference"]
        found = [await desk.ask("GET", f"{BASE}?reference={each}") for each in (code, "a" * 12)]
        page = await desk.ask("GET", f"{BASE}?limit=1")
        other = await desk.ask("GET", f"{BASE}?limit=1&reference={code}&cursor={page.json['next_cursor']}")
        return places[1], [[each["links"]["request"] for each in one.json["items"]] for one in found], other.slug

    place, found, other = at_the_desk(tmp_path, use)
    assert (found, other) == ([[place], []], "invalid-cursor")


def test_requests_are_listed_by_state_type_and_deadline(tmp_path):
    async def use(desk):
        await desk.submit("access")
        await desk.submit("erasure", verification=ATTESTED)
        queries = [
            "state=queued",
            "type=access",
            "due_before=2026-11-24T00:00:00Z",
            "due_before=2027-01-01T00:00:00%2B01:00",
        ]
        return [len((await desk.ask("GET", f"{BASE}?{query}")).json["items"]) for query in queries]

    assert at_the_desk(tmp_path, use) == [1, 1, 0, 2]


def test_somebody_is_counted_and_nothing_is_changed(tmp_path):
    async def use(desk):
        await desk.house.store.put([event(1), event(2)])
        user = {"subject_identities": [{"identity_type": "user_id", "identity_value": "u-1"}]}
        return await desk.ask("POST", "/v1/dsr/preview", user)

    assert at_the_desk(tmp_path, use).json == {"queued": 2, "dead_letters": 0, "recipients": 0, "refusals": 0}
    assert b"dsr.previewed" in leaves(tmp_path)


def test_what_is_limited_to_a_destination_that_there_is_not_is_no_request(tmp_path):
    async def use(desk):
        good = await desk.ask("POST", BASE, submission(scope={"destinations": ["crm"]}))
        bad = await desk.ask("POST", BASE, submission(scope={"destinations": ["crm", "mteta"]}))
        return good, bad, await desk.ask("GET", BASE)

    good, bad, listed = at_the_desk(tmp_path, use)
    assert good.status == 201
    assert (bad.status, bad.slug) == (422, "unknown-destination")
    assert bad.json["errors"] == [{"pointer": "/scope/destinations/1", "code": "unknown"}]
    assert [each["id"] for each in listed.json["items"]] == [good.json["id"]]


def test_a_callback_leads_to_a_host_of_the_list(tmp_path):
    async def use(desk):
        return [
            await desk.ask("POST", BASE, submission(status_callback_urls=[url]))
            for url in ("https://ctl.example/cb", "https://evil.example/cb", "http://ctl.example/cb")
        ]

    good, *bad = at_the_desk(tmp_path, use)
    assert good.status == 201
    assert [(each.status, each.slug) for each in bad] == [(422, "callback-not-allowed")] * 2


@pytest.mark.parametrize(
    ("identity", "slug"),
    [
        ({"identity_type": "email", "identity_value": "canary"}, "invalid-identity"),
        (
            {"identity_type": "email", "identity_value": "canary@x.example", "identity_format": "md5"},
            "unsupported-identity",
        ),
        ({"identity_type": "canary", "identity_value": "x"}, "unsupported-identity"),
        ({"identity_type": "visitor_id", "identity_value": "canary"}, "invalid-identity"),
        ({"identity_type": "phone", "identity_value": "canary"}, "invalid-identity"),
    ],
)
def test_an_identity_that_says_nothing_is_told_by_its_place_and_never_repeated(tmp_path, identity, slug):
    async def use(desk):
        return await desk.ask("POST", BASE, submission("erasure", EMAIL, identity))

    answer = at_the_desk(tmp_path, use)
    assert (answer.status, answer.slug) == (422, slug)
    assert answer.json["errors"][0]["pointer"] == "/subject_identities/1"
    assert b"canary" not in answer.body


def test_a_yes_is_taken_from_a_consent_record_alone(tmp_path):
    async def use(desk):
        return [await desk.ask("POST", BASE, submission("opt_in", each)) for each in (EMAIL, COOKIE)]

    no, yes = at_the_desk(tmp_path, use)
    assert (no.status, no.slug, yes.status) == (422, "unsupported-identity", 201)


def test_a_request_that_nobody_made_is_not_found(tmp_path):
    async def use(desk):
        paths = [
            f"{BASE}/{id}{part}" for id in (uuid.uuid4(), "canary") for part in ("", "/tasks", "/events", "/receipt")
        ]
        return [await desk.ask("GET", path) for path in paths]

    assert {(each.status, each.slug) for each in at_the_desk(tmp_path, use)} == {(404, "not-found")}


def test_whoever_handed_it_in_is_kept_by_the_id_of_a_key(tmp_path):
    async def use(desk):
        location = await desk.submit()
        return (await desk.house.desk.show(location.rpartition("/")[2])).by

    assert at_the_desk(tmp_path, use) == BY


def test_a_process_without_the_root_key_reads_requests_and_takes_none(tmp_path):
    async def use(desk):
        body = submission()
        who = {"subject_identities": body["subject_identities"]}
        asked = [("POST", BASE, body), ("POST", "/v1/dsr/preview", who), ("PUT", "/v1/suppressions/all", who)]
        return [await desk.ask(*each) for each in asked], await desk.ask("GET", BASE)

    refused, listed = at_the_desk(tmp_path, use, rootless=True)
    assert [(each.status, each.slug, "retry-after" in each.headers) for each in refused] == [
        (503, "not-here", True)
    ] * 3
    assert listed.status == 200
