"""The one door: the same request is one request, another body is none, and nothing is done that is not evidenced."""

import asyncio
import json
import uuid
from dataclasses import replace
from functools import partial

import pytest

from gateway.audit.sqlite import FILE, read
from gateway.dsr.desk import PERSON, Draft, Sought, new_id
from gateway.dsr.identities import Record
from gateway.dsr.problems import (
    IdempotencyConflict,
    InvalidDraft,
    InvalidIdentity,
    InvalidState,
    NotHere,
    SamePrincipal,
    UnknownRequest,
    UnsupportedIdentity,
    VerificationFailed,
)
from gateway.dsr.request import Denial, Identity, Outcome, State, Type, Verification
from gateway.errors import LogUnavailable
from tests.dsr.answering import ATTESTED, BY, NOW, SUBJECTS, U1, USER, at_home, event

CLIENT = str(uuid.UUID(int=7, version=4))
DRAFT = Draft(CLIENT, Type.ERASURE, (USER,), verification=ATTESTED)


def acts(directory):
    return [json.loads(row.leaf) for row in read(directory / "data" / FILE).rows]


def test_the_same_request_a_hundred_times_at_once_is_one_request(tmp_path):
    async def use(house):
        taken = await asyncio.gather(*[house.desk.submit(DRAFT, BY) for _ in range(100)])
        return taken, await house.desk.browse("", 10)

    taken, kept = at_home(tmp_path, use)
    assert {request.id for request, _ in taken} == {kept[0].id}
    assert (sum(fresh for _, fresh in taken), len(kept)) == (1, 1)
    assert [each["act"] for each in acts(tmp_path)].count("dsr.received") == 1


@pytest.mark.parametrize(
    "other",
    [
        DRAFT._replace(type=Type.ACCESS),
        DRAFT._replace(identities=(Identity("user_id", "u-2"),)),
        DRAFT._replace(regulation="gdpr"),
        DRAFT._replace(callbacks=("https://ctl.example/",)),
        DRAFT._replace(verification=replace(ATTESTED, evidence="crm-992")),
        DRAFT._replace(verification=replace(ATTESTED, assurance="low")),
    ],
)
def test_another_body_under_the_same_id_is_a_conflict_and_changes_nothing(tmp_path, other):
    async def use(house):
        first, _ = await house.desk.submit(DRAFT, BY)
        with pytest.raises(IdempotencyConflict):
            await house.desk.submit(other, BY)
        return first, await house.desk.browse("", 10)

    first, kept = at_home(tmp_path, use)
    assert kept == [first]


@pytest.mark.parametrize(
    ("identities", "problem", "place"),
    [
        ((USER, Identity("email", "nobody")), InvalidIdentity, 1),
        ((Identity("email", "ann@mail.example", "sha256"),), InvalidIdentity, 0),
        ((Identity("visitor_id", "1.forged"),), InvalidIdentity, 0),
        ((Identity("user_id", "a b"),), InvalidIdentity, 0),
        ((Identity("android_id", "x"),), UnsupportedIdentity, 0),
        ((Identity("email", "0" * 32, "md5"),), UnsupportedIdentity, 0),
        ((Identity("user_id", "u" * 5_000),), InvalidIdentity, 0),
    ],
)
def test_an_identity_that_cannot_be_read_is_no_request_and_is_not_repeated(tmp_path, identities, problem, place):
    async def use(house):
        with pytest.raises(problem) as raised:
            await house.desk.submit(DRAFT._replace(identities=identities), BY)
        return raised.value, await house.desk.browse("", 10)

    error, kept = at_home(tmp_path, use)
    assert (error.place, kept) == (place, [])
    assert not any(identity.value in str(error) for identity in identities)


@pytest.mark.parametrize("other", [{"subject_request_id": "7"}, {"regulation": "none"}, {"identities": ()}])
def test_a_draft_that_says_nothing_is_none(tmp_path, other):
    async def use(house):
        with pytest.raises(InvalidDraft):
            await house.desk.submit(DRAFT._replace(**other), BY)

    at_home(tmp_path, use)


def test_what_cannot_be_evidenced_is_not_done_and_can_be_handed_in_again(tmp_path):
    async def use(house):
        log = house.directory / FILE
        log.mkdir()
        with pytest.raises(LogUnavailable):
            await house.desk.submit(DRAFT, BY)
        none = await house.desk.browse("", 10)
        log.rmdir()
        return none, await house.desk.submit(DRAFT, BY)

    none, (request, fresh) = at_home(tmp_path, use)
    assert (none, request.state, fresh) == ([], State.QUEUED, True)


def test_a_yes_is_taken_from_a_consent_record_alone_and_ends_only_what_came_before(tmp_path):
    record = SUBJECTS.digest("5f0c")
    yes = Identity("visitor_id", "a cookie")

    async def use(house):
        house.records["a cookie"] = Record("5f0c", NOW - 10, ("ads",))
        with pytest.raises(InvalidDraft, match="consent record"):
            await house.desk.submit(DRAFT._replace(type=Type.OPT_IN), BY)
        await house.store.refuse(record, ["measure"], NOW - 20)
        await house.store.refuse(record, ["ads"], NOW - 20)
        await house.store.refuse(U1, ["ads"], NOW - 5)
        request = await house.done(await house.submit(Type.OPT_IN, yes, USER))
        return request.outcome, await house.store.refusals_of([record, U1])

    outcome, refusals = at_home(tmp_path, use)
    assert outcome is Outcome.DONE
    assert {each.purpose: each.standing for each in refusals[record]} == {"ads": False, "measure": True}
    assert [each.standing for each in refusals[U1]] == [True]


@pytest.mark.parametrize(
    ("type", "identity", "method", "enough"),
    [
        (Type.ERASURE, USER, "cookie", True),
        (Type.ACCESS, USER, "cookie", False),
        (Type.PORTABILITY, USER, "email_otp", True),
        (Type.ACCESS, USER, "attested", True),
        (Type.ACCESS, Identity("visitor_id", "a cookie"), "cookie", True),
        (Type.ERASURE, USER, "believed", False),
    ],
)
def test_what_is_handed_out_of_an_account_takes_more_than_a_cookie(tmp_path, type, identity, method, enough):
    async def use(house):
        house.records["a cookie"] = Record("5f0c", NOW, ())
        how = Verification(method, "low", BY)
        draft = DRAFT._replace(type=type, identities=(identity,), verification=how)
        if enough:
            return (await house.desk.submit(draft, BY))[0].state
        with pytest.raises(VerificationFailed):
            await house.desk.submit(draft, BY)
        waiting, _ = await house.desk.submit(draft._replace(verification=Verification()), BY)
        with pytest.raises(VerificationFailed):
            await house.desk.verify(waiting.id, how)
        return (await house.desk.show(waiting.id)).state

    assert at_home(tmp_path, use) is (State.QUEUED if enough else State.AWAITING_VERIFICATION)


def test_every_act_is_evidenced_with_who_asked(tmp_path):
    async def use(house):
        desk = house.desk
        waiting = await house.submit(verification=Verification())
        await desk.verify(waiting.id, replace(ATTESTED, by=BY))
        await desk.deny(waiting.id, Denial("other", "we know nothing of you", BY, 0))
        appealed = await desk.appeal(waiting.id, PERSON)
        with pytest.raises(SamePrincipal):
            await desk.decide_appeal(waiting.id, appealed.appeals[0].id, True, BY)
        await desk.decide_appeal(waiting.id, appealed.appeals[0].id, True, "ZbCdEf123_-x")
        await desk.cancel(waiting.id, PERSON)
        with pytest.raises(InvalidState):
            await desk.cancel((await house.done(await house.submit())).id, PERSON)
        return waiting.id

    id = at_home(tmp_path, use)
    told = [(each["act"], each.get("by")) for each in acts(tmp_path) if each.get("request") == id]
    assert told == [
        ("dsr.received", BY), ("dsr.verified", BY), ("dsr.denied", BY), ("dsr.appealed", PERSON),
        ("dsr.appeal_decided", "ZbCdEf123_-x"), ("dsr.cancelled", PERSON),
    ]  # fmt: skip


def test_nobody_knows_what_nobody_handed_in(tmp_path):
    async def use(house):
        for act in (house.desk.show("x"), house.desk.cancel("x", BY), house.desk.of_client(CLIENT)):
            with pytest.raises(UnknownRequest):
                await act
        house.desk._office = replace(house.desk._office, reader=None)
        with pytest.raises(NotHere):
            await house.desk.submit(DRAFT, BY)

    at_home(tmp_path, use)


def test_a_look_at_what_is_kept_counts_and_changes_nothing(tmp_path):
    async def use(house):
        await house.store.put([event(1), event(2, SUBJECTS.of("user", "u-2"))])
        counted = await house.desk.preview([USER], BY)
        return counted, await house.store.held([U1], 9), await house.desk.browse("", 9)

    counted, held, kept = at_home(tmp_path, use)
    assert (tuple(counted), len(held), kept) == ((1, 0, 0, 0), 1, [])


def test_requests_are_found_by_state_type_and_deadline_page_by_page(tmp_path):
    async def use(house):
        for type in (Type.ERASURE, Type.ACCESS, Type.ERASURE):
            await house.submit(type)
            house.clock.ahead += 10
        first, second, third = await house.desk.browse("", 10)
        return (
            await house.desk.browse(first.id, 1) == [second],
            await house.desk.browse("", 10, Sought(type=Type.ERASURE)) == [first, third],
            await house.desk.browse("", 10, Sought(state=State.COMPLETED)) == [],
            await house.desk.browse("", 10, Sought(due_before=second.due)) == [first],
            await house.desk.browse("", 10, Sought(reference=second.reference)) == [second],
        )

    assert at_home(tmp_path, use) == (True,) * 5


def test_an_appeal_is_due_although_its_request_has_ended(tmp_path):
    async def use(house):
        request = await house.submit()
        await house.desk.deny(request.id, Denial("other", "words", BY, 0))
        denied = await house.desk.browse("", 9, Sought(due_before=NOW + 10**9))
        appealed = await house.desk.appeal(request.id, PERSON)
        due = appealed.appeals[0].due
        found = [len(await house.desk.browse("", 9, Sought(due_before=time))) for time in (due, due + 1)]
        await house.desk.decide_appeal(request.id, appealed.appeals[0].id, False, "judge-------")
        return denied, found, await house.desk.browse("", 9, Sought(due_before=NOW + 10**9))

    assert at_home(tmp_path, use) == ([], [0, 1], [])


def falling(number, many):
    return bytes([number]) * many


def test_ids_sort_by_their_time():
    made = [new_id(NOW + at / 1000, partial(falling, 255 - at)) for at in range(50)]
    assert made == sorted(made)
    assert {uuid.UUID(each).version for each in made} == {7}
