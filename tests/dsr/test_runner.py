"""Every request ends in the state that is true of it, whatever happened on the way."""

import asyncio
import contextlib
import inspect
import json
from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.audit.jws import public_of
from gateway.audit.receipt import verify_receipt
from gateway.audit.sqlite import FILE, read
from gateway.dsr.books import BOOKS
from gateway.dsr.doing import ELSEWHERE_SECONDS
from gateway.dsr.request import METHODS, Denial, Identity, Outcome, Scope, State, TaskState, Type, Verification
from gateway.errors import StoreUnavailable
from gateway.store.protocols import Refusal
from tests.dsr.answering import BY, MANIFESTS, NOW, SEED, SUBJECTS, U1, USER, Vendor, at_home, event, house, states

OTHER = SUBJECTS.of("user", "u-2")
HUBSPOT = {"hub_id": "4711"}
EMAIL = Identity("email", "ann@mail.example")
MAIL = SUBJECTS.of("email", sha256(b"ann@mail.example").hexdigest())


async def sent(house, destination="crm", **ids):
    """Have a destination know the person by some ids."""
    fields = {"id.user": "u-1", **ids}
    await house.recipients.received(destination, [event(1, fields=fields, levels=dict.fromkeys(fields, "raw"))])


def test_an_erasure_leaves_nothing_and_takes_nothing_of_anyone_else(tmp_path):
    async def use(house):
        await house.store.put([event(1), event(2, OTHER), event(3)])
        request = await house.done(await house.submit())
        left = await house.store.held([U1], 9), await house.lookup.count([U1])
        return request, left, await house.store.held([OTHER], 9), await house.store.refusals_of([U1, OTHER])

    request, (held, counted), others, refusals = at_home(tmp_path, use)
    assert (request.state, request.outcome) == (State.COMPLETED, Outcome.DONE)
    assert states(request) == dict.fromkeys(("journal", "suppression", "in_flight", "store", "files"), "done")
    assert (request.task("store").matched, request.task("store").deleted) == (2, 2)
    assert (held, counted[:3]) == ([], (0, 0, 0))
    assert [each.id for each in others] == ["id-2"]
    assert refusals == {U1: (Refusal("", NOW, True),)}


def test_who_is_nowhere_is_told_so_and_nothing_is_called_done(tmp_path):
    async def use(house):
        return await house.done(await house.submit())

    request = at_home(tmp_path, use)
    assert (request.state, request.outcome) == (State.COMPLETED, Outcome.NO_MATCH)


@pytest.mark.parametrize(
    ("status", "said", "task", "outcome"),
    [
        (204, b"", TaskState.DONE, Outcome.DONE),
        (200, b'{"id": "job-7"}', TaskState.ACCEPTED, Outcome.DONE_WITH_EXCEPTIONS),
        (404, b"", TaskState.NOT_FOUND, Outcome.DONE_WITH_EXCEPTIONS),
    ],
)
def test_a_vendors_answer_is_never_called_more_than_it_is(tmp_path, status, said, task, outcome):
    async def use(house):
        vendor = Vendor(status, said)
        async with await house.vendor("crm", MANIFESTS["hubspot"], vendor, HUBSPOT, {"private_app_token": "T"}):
            await sent(house, **{"contact.email_sha256": "0" * 64})
            await house.store.link([(MAIL, U1)], NOW)
            request = await house.done(await house.submit(Type.ERASURE, EMAIL))
        return request, vendor.asked

    request, asked = at_home(tmp_path, use)
    assert request.state is State.COMPLETED
    assert (request.task("destination:crm").state, request.outcome) == (task, outcome)
    assert len(asked) == 1
    assert request.task("destination:crm").vendor_ref == ("job-7" if task is TaskState.ACCEPTED else "")


def test_a_vendor_that_fails_for_now_is_asked_again_and_the_request_is_not_complete_before(tmp_path):
    async def use(house):
        vendor = Vendor(204, troubles=[(500, "", b""), (0, "", b"")])
        async with await house.vendor("crm", MANIFESTS["hubspot"], vendor, HUBSPOT, {"private_app_token": "T"}):
            await sent(house)
            request = await house.submit(Type.ERASURE, USER, EMAIL)
            seen = []
            for ahead in (0, 61, 400):
                house.clock.ahead = ahead
                request = await house.done(request)
                seen.append((request.state, request.task("destination:crm").state, request.task("files").state))
        return seen, request.outcome

    seen, outcome = at_home(tmp_path, use)
    waiting = (State.WAITING_EXTERNAL, TaskState.FAILED, TaskState.DONE)
    assert seen == [waiting, waiting, (State.COMPLETED, TaskState.DONE, TaskState.DONE)]
    assert outcome is Outcome.DONE


def test_a_vendor_that_says_no_for_good_waits_for_a_person_who_says_what_was_done(tmp_path):
    async def use(house):
        vendor = Vendor(401)
        async with await house.vendor("crm", MANIFESTS["hubspot"], vendor, HUBSPOT, {"private_app_token": "T"}):
            await sent(house)
            request = await house.done(await house.submit(Type.ERASURE, USER, EMAIL))
            before = request.state, request.outcome, request.task("destination:crm").note
            await house.desk.complete_manual(request.id, "destination:crm", "deleted in their console", "AbCdEf123_-x")
            return before, await house.done(request)

    before, request = at_home(tmp_path, use)
    assert before == (State.NEEDS_ATTENTION, None, "the vendor answered 401")
    assert (request.state, request.outcome) == (State.COMPLETED, Outcome.DONE)


@pytest.mark.parametrize(
    ("vendor", "settings", "secrets", "state", "words"),
    [
        ("meta", {"pixel_id": "12345"}, {"access_token": "T"}, TaskState.UNSUPPORTED, ""),
        ("hubspot", HUBSPOT, {}, TaskState.FAILED, "secret.private_app_token"),
        ("hubspot", HUBSPOT, {"private_app_token": "T"}, TaskState.UNSUPPORTED, "email, which it never got"),
    ],
)
def test_who_cannot_be_asked_is_not_passed_over(tmp_path, vendor, settings, secrets, state, words):
    async def use(house):
        async with await house.vendor("crm", MANIFESTS[vendor], Vendor(), settings, secrets):
            await sent(house)
            return await house.done(await house.submit())

    request = at_home(tmp_path, use)
    assert request.task("destination:crm").state is state
    assert words in request.task("destination:crm").note
    assert request.outcome is (None if state is TaskState.FAILED else Outcome.DONE_WITH_EXCEPTIONS)


def test_a_destination_that_is_gone_is_not_forgotten_where_it_received_something(tmp_path):
    async def use(house):
        await sent(house, "gone")
        return await house.done(await house.submit())

    request = at_home(tmp_path, use)
    assert (request.state, states(request)["destination:gone"]) == (State.NEEDS_ATTENTION, "manual")


def test_who_received_nothing_is_asked_for_nothing(tmp_path):
    async def use(house):
        vendor = Vendor()
        async with await house.vendor("crm", MANIFESTS["hubspot"], vendor, HUBSPOT, {"private_app_token": "T"}):
            request = await house.done(await house.submit(Type.ERASURE, USER, EMAIL))
        return request, vendor.asked

    request, asked = at_home(tmp_path, use)
    assert (states(request)["destination:crm"], asked, request.outcome) == ("skipped", [], Outcome.NO_MATCH)


def test_whoever_is_linked_is_erased_with_what_was_asked_for(tmp_path):
    record = SUBJECTS.digest("5f0c")

    async def use(house):
        await house.store.put([event(1, record, also=(MAIL,))])
        await house.store.link([(MAIL, record)], NOW)
        request = await house.done(await house.submit(Type.ERASURE, EMAIL))
        return request, await house.store.held([record], 9), (await house.store.refusals_of([record])).keys()

    request, held, refused = at_home(tmp_path, use)
    assert (request.outcome, held, refused) == (Outcome.DONE, [], {record})


def test_that_two_names_are_one_persons_is_handed_out_and_erased(tmp_path):
    async def use(house):
        await house.store.link([(MAIL, U1)], NOW)
        access = await house.done(await house.submit(Type.ACCESS, EMAIL))
        package = json.loads(await house.desk.package(access.id))
        first = await house.done(await house.submit(Type.ERASURE, EMAIL))
        second = await house.done(await house.submit(Type.ERASURE, EMAIL))
        return access.outcome, package["linked"], first.outcome, second.outcome, await house.store.linked([MAIL])

    found = at_home(tmp_path, use)
    assert (found[:4], set(found[4])) == ((Outcome.DONE, 1, Outcome.DONE, Outcome.NO_MATCH), set())


def test_copies_that_are_kept_elsewhere_are_named_until_they_are_too_old(tmp_path):
    async def use(house):
        house.backups = 86_400
        await house.store.put([event(1)])
        request = await house.done(await house.submit())
        before = request.state, request.task("backups").completes_by
        house.clock.ahead = 86_401
        return before, await house.done(request)

    before, request = at_home(tmp_path, use)
    assert before == (State.WAITING_EXTERNAL, NOW + 86_400)
    assert (request.state, request.outcome) == (State.COMPLETED, Outcome.DONE)


@pytest.mark.parametrize("lasting", [True, False])
def test_who_may_come_back_is_refused_only_for_what_was_before(tmp_path, lasting):
    async def use(house):
        await house.done(await house.submit(scope=Scope(keep_suppressed=lasting)))
        return await house.store.refusals_of([U1])

    assert at_home(tmp_path, use) == {U1: (Refusal("", NOW, lasting),)}


@pytest.mark.parametrize("purpose", ["ads", ""])
def test_an_erasure_that_lets_somebody_back_ends_nothing_that_was_refused_before(tmp_path, purpose):
    async def use(house):
        await house.store.refuse(U1, [purpose], NOW - 5)
        await house.store.put([event(1)])
        request = await house.done(await house.submit(scope=Scope(keep_suppressed=False)))
        return request.state, await house.store.refusals_of([U1]), await house.store.held([U1], 9)

    state, refusals, held = at_home(tmp_path, use)
    assert (state, held) == (State.COMPLETED, [])
    assert Refusal(purpose, NOW - 5, True) in refusals[U1]
    assert [each.purpose for each in refusals[U1] if each.standing] == [purpose]


def test_an_erasure_that_died_between_refusing_and_letting_back_does_let_back(tmp_path):
    async def use(house):
        house.clock.ahead = -5
        request = await house.submit(scope=Scope(keep_suppressed=False))
        house.clock.ahead = 0
        await house.store.refuse(U1, None, NOW - 1)
        await house.done(request)
        return await house.store.refusals_of([U1])

    assert at_home(tmp_path, use) == {U1: (Refusal("", NOW, False),)}


def test_access_hands_out_what_is_held_and_nothing_of_anyone_else(tmp_path):
    async def use(house):
        await house.store.put([event(1), event(2, OTHER, fields={"id.user": "u-2"})])
        await sent(house)
        await house.store.refuse(U1, ["ads"], NOW - 5)
        request = await house.done(await house.submit(Type.ACCESS))
        package = json.loads(await house.desk.package(request.id))
        sealed = await house.store.sheet("dsr.package", request.id)
        house.clock.ahead = 61
        await house.runner.work()
        return request, package, sealed.body, await house.desk.package(request.id)

    request, package, sealed, later = at_home(tmp_path, use)
    assert (request.state, request.outcome, later) == (State.COMPLETED, Outcome.DONE, None)
    assert [each["fields"]["id.user"] for each in package["events"]] == ["u-1"]
    assert package["recipients"][0]["ids"] == {"id.user": ["u-1"]}
    assert [each["purpose"] for each in package["refusals"]] == ["ads"]
    assert "u-2" not in json.dumps(package) and "u-1" not in sealed


def test_after_an_erasure_the_same_question_finds_nothing(tmp_path):
    async def use(house):
        await house.store.put([event(1)])
        await sent(house)
        await house.done(await house.submit())
        request = await house.done(await house.submit(Type.ACCESS))
        package = json.loads(await house.desk.package(request.id))
        return package["events"], package["recipients"], package["consents"]

    assert at_home(tmp_path, use) == ([], [], [])


@pytest.mark.parametrize(
    ("type", "refused"),
    [(Type.OPT_OUT, {"ads"}), (Type.OBJECTION, {"ads", "measure"}), (Type.RESTRICTION, {""})],
)
def test_a_withdrawal_refuses_the_families_it_is_about(tmp_path, type, refused):
    async def use(house):
        request = await house.done(await house.submit(type))
        return request, await house.store.refusals_of([U1])

    request, refusals = at_home(tmp_path, use)
    assert (request.state, request.outcome) == (State.COMPLETED, Outcome.DONE)
    assert {each.purpose for each in refusals[U1]} == refused


def test_what_the_gateway_cannot_put_right_waits_for_a_person(tmp_path):
    async def use(house):
        request = await house.done(await house.submit(Type.RECTIFICATION))
        await house.desk.complete_manual(request.id, "rectification", "put right in the shop", "AbCdEf123_-x")
        return request.state, (await house.done(request)).outcome

    assert at_home(tmp_path, use) == (State.NEEDS_ATTENTION, Outcome.DONE)


def test_nothing_of_a_person_is_left_in_the_ledger_when_a_request_has_ended(tmp_path):
    async def use(house):
        request = await house.submit(Type.ERASURE, USER, EMAIL)
        held = await house.books.held(request.id)
        await house.runner.work()
        books = ("dsr.person", "dsr.key", "dsr.open", "dsr.salt", "recipients")
        return held.identities, [await house.store.sheets(book, "", 9) for book in books]

    identities, sheets = at_home(tmp_path, use)
    assert (identities, sheets) == ((USER, EMAIL), [[]] * 5)


def test_a_receipt_says_what_became_of_each_target_and_names_nobody(tmp_path):
    async def use(house):
        await house.store.put([event(1)])
        request = await house.submit()
        early = await house.desk.receipt(request.id)
        await house.runner.work()
        return request, early, await house.desk.receipt(request.id)

    request, early, receipt = at_home(tmp_path, use)
    kind, claims = verify_receipt(receipt, [public_of(SEED)])
    assert (early, kind, claims["jti"], claims["outcome"]) == (None, "dsr", request.id, "done")
    assert {each["target"]: each["state"] for each in claims["targets"]}["store"] == "done"
    assert U1 not in json.dumps(claims) and "u-1" not in json.dumps(claims)


async def denied(house):
    request = await house.submit()
    await house.desk.deny(request.id, Denial("claim_not_covered", "Not ours.", BY, 0))
    return request


async def cancelled(house):
    request = await house.submit()
    await house.desk.cancel(request.id, BY)
    return request


async def expired(house):
    request = await house.submit(verification=Verification())
    house.clock.ahead = 8 * 86_400
    return request


@pytest.mark.parametrize(
    ("ended", "outcome", "reason"),
    [(denied, "denied", "claim_not_covered"), (cancelled, "cancelled", None), (expired, "expired", None)],
)
def test_what_ends_without_being_done_has_a_receipt_as_well(tmp_path, ended, outcome, reason):
    async def use(house):
        request = await ended(house)
        await house.another(seal=None).work()
        open_still = [sheet.key for sheet in await house.store.sheets("dsr.open", "", 9)]
        await house.runner.work()
        return request, open_still, await house.desk.receipt(request.id)

    request, open_still, receipt = at_home(tmp_path, use)
    claims = verify_receipt(receipt, [public_of(SEED)])[1]
    assert open_still == [request.id]
    assert (claims["jti"], claims["outcome"], claims.get("reason"), claims["targets"]) == (
        request.id,
        outcome,
        reason,
        [],
    )


def test_a_receipt_is_there_as_soon_as_a_request_is_told_to_have_ended(tmp_path):
    async def use(house):
        request = await cancelled(house)
        receipt, _ = await asyncio.gather(house.desk.receipt(request.id), house.runner.work())
        return receipt

    assert at_home(tmp_path, use)


def test_an_appeal_that_is_upheld_late_is_worked_on_and_has_a_receipt_of_its_own(tmp_path):
    async def use(house):
        await house.store.put([event(1)])
        request = await denied(house)
        await house.runner.work()
        first = await house.desk.receipt(request.id)
        house.clock.ahead = 60 * 86_400 - 1
        appealed = await house.desk.appeal(request.id, "person------")
        house.clock.ahead += 30 * 86_400
        await house.runner.work()
        await house.runner.sweep()
        await house.desk.decide_appeal(request.id, appealed.appeals[0].id, True, "judge-------")
        done = await house.done(request)
        second = await house.desk.receipt(request.id)
        house.clock.ahead += 3_700
        await house.runner.sweep()
        return first, done, second, await house.store.held([U1], 9), await house.store.sheets("dsr.receipt", "", 9)

    first, done, second, held, left = at_home(tmp_path, use)
    told = [verify_receipt(each, [public_of(SEED)])[1]["outcome"] for each in (first, second)]
    assert (done.state, done.outcome, told) == (State.COMPLETED, Outcome.DONE, ["denied", "done"])
    assert (held, left) == ([], [])


def test_what_is_cancelled_the_moment_it_would_begin_is_cancelled_and_no_fault(tmp_path):
    async def use(house):
        request, change = await house.submit(), house.books.change

        async def too_late(id, alter):
            house.books.change = change
            await house.desk.cancel(id, BY)
            return await change(id, alter)

        house.books.change = too_late
        await house.runner.work()
        request = await house.done(request)
        acts = [json.loads(row.leaf)["act"] for row in read(tmp_path / "data" / FILE).rows]
        return request.state, request.holder, request.tasks, house.faults, acts

    assert at_home(tmp_path, use) == (State.CANCELLED, "", (), [], ["dsr.received", "dsr.cancelled"])


def test_whom_a_denied_request_was_about_is_forgotten_when_nobody_can_appeal_any_more(tmp_path):
    async def use(house):
        request = await denied(house)
        kept = []
        for house.clock.ahead in (0, 60 * 86_400 - 1, 60 * 86_400):
            await house.runner.work()
            kept.append(await house.books.held(request.id) is not None)
        return kept, await house.store.sheets("dsr.open", "", 9)

    assert at_home(tmp_path, use) == ([True, True, False], [])


def test_a_request_that_nobody_verifies_ends_by_itself(tmp_path):
    async def use(house):
        request = await house.submit(verification=Verification())
        house.clock.ahead = 8 * 86_400
        return request.state, await house.done(request), await house.books.held(request.id)

    before, request, held = at_home(tmp_path, use)
    assert (before, request.state, held) == (State.AWAITING_VERIFICATION, State.EXPIRED, None)


class Away:
    """A store that does not answer at one call, and from then on again."""

    def __init__(self, store):
        self._store, self.left = store, 0

    def __getattr__(self, name):
        found = getattr(self._store, name)

        async def call(*given, **named):
            self.left -= 1
            if self.left == 0:
                raise StoreUnavailable("away")
            return await found(*given, **named)

        return call if inspect.iscoroutinefunction(found) else found


def test_what_was_accepted_is_completed_when_the_store_is_there_again(tmp_path):
    async def run():
        async with house(tmp_path, Away) as made:
            for call in range(1, 80, 9):
                await made.store.put([event(call)])
                request = await made.submit()
                made.store.left = call
                with contextlib.suppress(StoreUnavailable):
                    await made.runner.work()
                made.store.left = 0
                request = await made.done(request)
                assert (request.state, request.task("store").matched, made.faults) == (State.COMPLETED, 1, []), call
                await made.store.lift(U1, None)

    asyncio.run(run())


def test_a_journal_that_cannot_be_written_keeps_everything_until_it_can(tmp_path):
    async def use(house):
        await house.store.put([event(1)])
        (tmp_path / "erasures.jsonl").mkdir()
        request = await house.done(await house.submit())
        before = (
            request.state,
            states(request)["journal"],
            states(request)["store"],
            len(await house.store.held([U1], 9)),
        )
        (tmp_path / "erasures.jsonl").rmdir()
        house.clock.ahead = 61
        return before, await house.done(request)

    before, request = at_home(tmp_path, use)
    assert before == (State.WAITING_EXTERNAL, "failed", "pending", 1)
    assert (request.state, request.outcome) == (State.COMPLETED, Outcome.DONE)


def test_who_holds_a_request_has_it_alone_for_a_while(tmp_path):
    async def use(house):
        request = await house.submit()
        kept = await house.books.load(request.id)
        await house.books.save(replace(kept.request, holder="another", held=NOW + 60), kept.revision)
        before = await house.done(request)
        house.clock.ahead = 61
        return before.state, (await house.done(request)).state

    assert at_home(tmp_path, use) == (State.QUEUED, State.COMPLETED)


def test_where_others_may_have_something_under_way_they_are_waited_for(tmp_path):
    async def use(house):
        house.hands = replace(house.hands, shared=True)
        house.runner = house.another()
        await house.store.put([event(1)])
        request = await house.done(await house.submit())
        before = request.state, states(request)["in_flight"], len(await house.store.held([U1], 9)), [*house.landings]
        house.clock.ahead = ELSEWHERE_SECONDS
        return before, (await house.done(request)).state

    before, state = at_home(tmp_path, use)
    assert before == (State.WAITING_EXTERNAL, "pending", 1, [(U1,)])
    assert state is State.COMPLETED


def test_what_a_process_has_no_key_or_token_for_it_leaves_to_another(tmp_path):
    async def use(house):
        await sent(house)
        inside = house.another(methods=frozenset(METHODS) - {"api_delete", "rewrite"})
        async with await house.vendor("crm", MANIFESTS["hubspot"], Vendor(), HUBSPOT, {"private_app_token": "T"}):
            request = await house.submit(Type.ERASURE, USER, EMAIL)
            seen = []
            for runner in (inside, house.another(methods=frozenset({"api_delete", "rewrite"}), seal=None), inside):
                await runner.work()
                request = await house.desk.show(request.id)
                seen.append((request.state, request.task("destination:crm").state))
        return seen

    assert at_home(tmp_path, use) == [
        (State.RUNNING, TaskState.PENDING), (State.RUNNING, TaskState.DONE), (State.COMPLETED, TaskState.DONE),
    ]  # fmt: skip


def test_what_ended_long_ago_is_forgotten_whole(tmp_path):
    async def use(house):
        request = await house.done(await house.submit())
        house.clock.ahead = 3_700
        await house.runner.sweep()
        return [await house.store.sheets(book, "", 9) for book in BOOKS], request.state

    assert at_home(tmp_path, use) == ([[]] * len(BOOKS), State.COMPLETED)
