import asyncio
from dataclasses import replace
from zlib import crc32

import pytest

from gateway.delivery import RESULTS, Rules
from gateway.errors import StoreUnavailable
from gateway.lane import LEASE_SECONDS, LONGEST_SLEEP, PROBE
from gateway.last_look import FRESH_SECONDS
from gateway.outbound import Outcome
from gateway.pace import WIDEST
from gateway.sealing import bound, period
from gateway.sender import Route
from tests.delivering import Lenient, Stated, rigged
from tests.store.making import event

SUBJECT = "f" * 32


def made(number, **other):
    return event(number, **({"received": 4_900} | other))


def test_what_is_queued_is_delivered_once_under_the_policy_of_the_moment(tmp_path):
    async def use(rig):
        await rig.store.put([made(n, policy="then") for n in range(250)])
        rig.run()
        await rig.wait(lambda: rig.results().get("delivered") == 250)
        return rig.vendor.taken, await rig.store.depths(), rig.policy.asked[0][2]

    taken, depths, day = rigged(tmp_path, use)
    assert taken == {f"id-{n}": 1 for n in range(250)}
    assert (depths, day) == ([], 0)


def test_a_sleeping_lane_is_woken_by_a_put(tmp_path):
    async def use(rig):
        rig.run()
        await rig.wait(lambda: rig.worker._lanes["ads"]._idle)
        await asyncio.sleep(0.1)
        await rig.store.put([made(1)])
        await rig.wait(lambda: rig.vendor.taken, LONGEST_SLEEP / 2)

    rigged(tmp_path, use)


def test_an_event_that_the_policy_refuses_by_now_never_leaves(tmp_path):
    async def use(rig):
        rig.policy.refuses.add("purchase")
        await rig.store.put([made(1, name="purchase"), made(2)])
        rig.run()
        await rig.wait(lambda: rig.vendor.taken)
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.vendor.seen, rig.results()

    assert rigged(tmp_path, use) == ([["id-2"]], {"refused": 1, "delivered": 1})


@pytest.mark.parametrize("purposes", [None, ["ads"]])
def test_what_was_withdrawn_after_it_was_queued_never_leaves(tmp_path, purposes):
    async def use(rig):
        await rig.store.put([made(1, subject=SUBJECT), made(2, subject="e" * 32), made(3)])
        await rig.store.refuse(SUBJECT, purposes, 4_950)
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 3)
        return rig.vendor.seen

    assert rigged(tmp_path, use) == [["id-2", "id-3"]]


def test_whoever_an_event_is_also_filed_under_may_refuse_it(tmp_path):
    async def use(rig):
        await rig.store.put([made(1, subject="e" * 32, also=("f" * 32, SUBJECT)), made(2, subject="e" * 32)])
        await rig.store.refuse(SUBJECT, None, 4_950)
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.vendor.seen

    assert rigged(tmp_path, use) == [["id-2"]]


def test_who_received_what_is_told_before_its_request_counts_as_landed(tmp_path):
    async def use(rig):
        told, told_when_landed = [], []

        async def received(destination, events):
            await asyncio.sleep(0.05)
            told.append((destination, [event.id for event in events]))

        rig.parts = replace(rig.parts, received=received)
        rig.vendor.gate.clear()
        await rig.store.put([made(1, subject=SUBJECT)])
        rig.run()
        await rig.wait(rig.vendor.arrived.is_set)
        waiting = asyncio.create_task(rig.worker.landed([SUBJECT]))
        await asyncio.sleep(0)
        rig.vendor.gate.set()
        await waiting
        told_when_landed += told
        return told_when_landed

    assert rigged(tmp_path, use) == [("ads", ["id-1"])]


def test_a_vendor_that_was_sent_something_and_says_that_it_failed_counts_as_one_who_received_it(tmp_path):
    async def use(rig):
        told = []

        async def received(destination, events):
            told.append((destination, [event.id for event in events]))

        rig.parts = replace(rig.parts, received=received)
        rig.vendor.status = lambda names: 503
        await rig.store.put([made(1, subject=SUBJECT)])
        rig.run()
        await rig.wait(lambda: rig.results().get("retried"))
        return told

    assert rigged(tmp_path, use)[0] == ("ads", ["id-1"])


@pytest.mark.parametrize("error", [LookupError("made up"), StoreUnavailable("made up")])
def test_what_has_left_does_not_leave_again_because_who_received_it_cannot_be_written_down(tmp_path, error):
    async def use(rig):
        async def received(destination, events):
            raise error

        faults = []
        rig.parts = replace(rig.parts, received=received, fault=faults.append)
        await rig.store.put([made(1, subject=SUBJECT)])
        rig.run()
        await rig.wait(rig.results)
        return rig.results(), rig.vendor.seen, faults, await rig.store.depths()

    assert rigged(tmp_path, use) == ({"delivered": 1}, [["id-1"]], [error], [])


def test_a_withdrawal_while_the_vendor_is_down_holds_when_it_is_back(tmp_path):
    async def use(rig):
        rig.vendor.status = lambda names: 503
        await rig.store.put([made(1, subject=SUBJECT), made(2)])
        rig.run()
        await rig.wait(lambda: rig.results().get("retried"))
        await rig.store.refuse(SUBJECT, None, 5_000)
        rig.vendor.status = lambda names: 200
        rig.clock.ahead = 10
        rig.worker.resume("ads")
        await rig.wait(lambda: rig.results().get("delivered"))
        return rig.vendor.taken, rig.results()["refused"]

    assert rigged(tmp_path, use) == ({"id-2": 1}, 1)


def test_a_withdrawal_between_two_batches_of_a_lease_holds_for_the_second(tmp_path):
    async def use(rig):
        rig.manifest.size = 1
        rig.vendor.gate.clear()
        await rig.store.put([made(1), made(2, subject=SUBJECT)])
        rig.run()
        await rig.wait(rig.vendor.arrived.is_set)
        await rig.store.refuse(SUBJECT, None, 4_950)
        await rig.worker.landed([SUBJECT])
        rig.vendor.gate.set()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.vendor.taken

    assert rigged(tmp_path, use, Rules(parallel=1)) == {"id-1": 1}


def test_the_wait_for_landing_ends_when_the_subjects_request_is_answered_and_not_before(tmp_path):
    async def use(rig):
        rig.vendor.gate.clear()
        await rig.store.put([made(1, subject=SUBJECT)])
        rig.run()
        await rig.wait(rig.vendor.arrived.is_set)
        await rig.worker.landed(["e" * 32])
        landing = asyncio.create_task(rig.worker.landed([SUBJECT]))
        await asyncio.sleep(0.05)
        early = landing.done()
        rig.vendor.gate.set()
        await asyncio.wait_for(landing, 20)
        return early

    assert rigged(tmp_path, use) is False


def test_what_is_too_old_is_dropped_and_never_sent(tmp_path):
    async def use(rig):
        rig.manifest.age_limit = 500
        await rig.store.put([made(1, received=4_400), made(2)])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.vendor.seen, rig.results()

    assert rigged(tmp_path, use) == ([["id-2"]], {"too_old": 1, "delivered": 1})


def test_what_has_waited_for_longer_than_its_law_keeps_events_is_dropped(tmp_path):
    async def use(rig):
        rig.policy.days = 2
        await rig.store.put([made(1), made(2, received=int(rig.clock()) + 86_400)])
        rig.clock.ahead = 2 * 86_400 + 60
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.vendor.seen, rig.results()

    assert rigged(tmp_path, use) == ([["id-2"]], {"too_old": 1, "delivered": 1})


@pytest.mark.parametrize("body", ["[]", "{}", "not json", '["id"]', "[" * 3_000, "[1,2,3,4,5,6,7,8,9,10,11,12,13,14]"])
def test_a_row_that_is_no_event_is_buried_and_holds_nobody_up(tmp_path, body):
    async def use(rig):
        await rig.store.put([made(1), made(2)])

        def spoil(writer):
            sealed = rig.store._sealer.seal("", period("", 0), body.encode(), bound("ads", "id-1"))
            values = (sealed, crc32(sealed))
            return writer.execute("update queue set body = ?, checksum = ? where id = 'id-1'", values).rowcount

        await rig.store._writer.change(spoil)
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.results(), await rig.store.buried(), rig.vendor.taken

    assert rigged(tmp_path, use) == ({"unreadable": 1, "delivered": 1}, {("ads", "unreadable"): 1}, {"id-2": 1})


def test_an_event_whose_key_is_gone_is_done_with_and_counted(tmp_path):
    async def use(rig):
        await rig.store.put([made(1, subject=SUBJECT), made(2)])
        await rig.store._keyring.destroy(await rig.store._forget({SUBJECT}))  # and there an erasure is killed
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.results(), await rig.store.buried(), rig.vendor.taken, await rig.store.depths()

    assert rigged(tmp_path, use) == ({"erased": 1, "delivered": 1}, {}, {"id-2": 1}, [])


def test_a_mapper_that_crashes_on_one_event_buries_only_that_one(tmp_path):
    async def use(rig):
        rig.manifest.crashes = frozenset({"id-7"})
        await rig.store.put([made(n) for n in range(50)])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 50)
        assert {type(fault) for fault in rig.faults} == {KeyError}
        return rig.results(), rig.vendor.taken.total(), await rig.store.buried()

    assert rigged(tmp_path, use) == ({"crashed": 1, "delivered": 49}, 49, {("ads", "crashed"): 1})


def test_a_batch_that_a_vendor_refuses_is_halved_until_the_poison_stands_alone(tmp_path):
    async def use(rig):
        rig.manifest.meaning = {400: Outcome.BISECT}
        rig.vendor.status = lambda names: 400 if "id-42" in names else 200
        await rig.store.put([made(n) for n in range(500)])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 500)
        return rig.results(), set(rig.vendor.taken.values()), len(rig.vendor.seen)

    results, times, requests = rigged(tmp_path, use)
    assert (results, times) == ({"rejected": 1, "delivered": 499}, {1})
    assert requests < 25


def test_a_vendor_that_fails_on_one_event_does_not_hold_up_the_others_for_long(tmp_path):
    async def use(rig):
        rig.vendor.status = lambda names: 500 if "id-42" in names else 200
        await rig.store.put([made(n) for n in range(200)])
        rig.run()
        async with asyncio.timeout(20):
            while rig.results().get("delivered") != 199:
                await asyncio.sleep(0.05)
                rig.clock.ahead += 40
                rig.worker.resume("ads")
        tries = sum("id-42" in names for names in rig.vendor.seen)
        return set(rig.vendor.taken.values()), [depth.events for depth in await rig.store.depths()], tries

    *found, tries = rigged(tmp_path, use)
    assert found == [{1}, [1]]
    assert tries <= 8


def test_events_that_the_vendor_names_are_buried_and_the_rest_is_done(tmp_path):
    async def use(rig):
        rig.manifest.meaning, rig.manifest.refused = {207: Outcome.REJECT_INDICES}, (1,)
        rig.vendor.status = lambda names: 207
        await rig.store.put([made(n) for n in range(4)])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 4)
        return rig.results(), [dead.id for dead in await rig.store.browse("ads", 9)], rig.vendor.seen

    assert rigged(tmp_path, use) == (
        {"rejected": 1, "delivered": 3}, ["id-1"], [["id-0", "id-1", "id-2", "id-3"]],
    )  # fmt: skip


def test_where_a_vendor_names_an_event_that_was_not_sent_it_is_found_out_which_it_meant(tmp_path):
    async def use(rig):
        rig.manifest.meaning, rig.manifest.refused = {207: Outcome.REJECT_INDICES}, (9, -1)
        rig.vendor.status = lambda names: 207 if "id-1" in names else 200
        await rig.store.put([made(n) for n in range(4)])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 4)
        return rig.results(), [dead.id for dead in await rig.store.browse("ads", 9)]

    assert rigged(tmp_path, use) == ({"rejected": 1, "delivered": 3}, ["id-1"])


def test_events_that_a_manifest_has_no_use_for_are_done_with(tmp_path):
    async def use(rig):
        await rig.store.put([made(1, name="unmapped"), made(2), made(3, name="unmapped")])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 3)
        return rig.results(), rig.vendor.seen

    assert rigged(tmp_path, use) == ({"skipped": 2, "delivered": 1}, [["id-2"]])


@pytest.mark.parametrize(
    ("outcome", "result", "reason"),
    [(Outcome.DROP, "dropped", None), (Outcome.DEAD_LETTER, "rejected", "rejected")],
)
def test_a_final_answer_is_final(tmp_path, outcome, result, reason):
    async def use(rig):
        rig.manifest.meaning = {403: outcome}
        rig.vendor.status = lambda names: 403
        await rig.store.put([made(1)])
        rig.run()
        await rig.wait(lambda: rig.results().get(result) == 1)
        return await rig.store.depths(), await rig.store.buried()

    assert rigged(tmp_path, use) == ([], {("ads", reason): 1} if reason else {})


def test_what_may_have_arrived_is_not_repeated_to_a_vendor_that_would_count_it_twice(tmp_path):
    async def use(rig):
        rig.manifest.meaning = {0: Outcome.RETRY_IF_UNSENT}
        rig.vendor.status = lambda names: 0
        await rig.store.put([made(1)])
        rig.run()
        await rig.wait(lambda: rig.results().get("uncertain") == 1)
        return rig.vendor.seen, await rig.store.buried()

    assert rigged(tmp_path, use) == ([["id-1"]], {("ads", "uncertain"): 1})


def test_nothing_is_lost_to_a_vendor_that_is_down_and_all_of_it_arrives_later(tmp_path):
    async def use(rig):
        rig.vendor.status, rig.manifest.size = (lambda names: 503), 10
        await rig.store.put([made(n) for n in range(300)])
        rig.clock.stand()
        rig.steady.stand()
        rig.run()
        await rig.rested(4)
        state, seen = rig.worker.states(), len(rig.vendor.seen)
        await rig.store.put([made(n) for n in range(300, 400)])
        await asyncio.sleep(0.2)
        quiet = len(rig.vendor.seen) == seen
        rig.vendor.status = lambda names: 200
        rig.clock.ahead = 60
        rig.worker.resume("ads")
        await rig.wait(lambda: rig.results().get("delivered") == 400)
        return state, seen, quiet, set(rig.vendor.taken.values())

    assert rigged(tmp_path, use, Rules(parallel=4)) == ({"ads": "failing"}, 4, True, {1})


def test_an_event_that_fails_beyond_the_retry_window_is_buried(tmp_path):
    async def use(rig):
        rig.vendor.status = lambda names: 503
        await rig.store.put([made(1, received=4_000), made(2)])
        rig.run()
        await rig.wait(lambda: rig.results().get("expired"))
        return await rig.store.buried(), [depth.events for depth in await rig.store.depths()]

    assert rigged(tmp_path, use, Rules(retry_window=900)) == ({("ads", "expired"): 1}, [1])


@pytest.mark.parametrize("header", ["Retry-After: 120", "Retry-After: Thu, 01 Jan 1970 01:25:20 GMT"])
def test_a_throttling_vendor_is_left_alone_for_as_long_as_it_asks(tmp_path, header):
    async def use(rig):
        rig.manifest.meaning = {429: Outcome.THROTTLE}
        rig.vendor.status, rig.vendor.headers = lambda names: 429, f"{header}\r\n"
        await rig.store.put([made(1)])
        rig.run()
        await rig.wait(lambda: rig.worker.states()["ads"] == "throttled")
        await rig.wait(lambda: not rig.worker._lanes["ads"].flights)
        await asyncio.sleep(0.1)
        (lease,) = await rig.store.lease("ads", 1, 9_000, 1)
        return len(rig.vendor.seen), lease.attempts

    assert rigged(tmp_path, use) == (1, 0)


@pytest.mark.parametrize(("outcome", "state"), [(Outcome.DISABLE, "disabled"), (Outcome.REFRESH_AUTH, "authorisation")])
def test_a_disabled_lane_keeps_its_events_and_shows_its_state_until_it_is_resumed(tmp_path, outcome, state):
    async def use(rig):
        rig.manifest.meaning = {401: outcome}
        rig.vendor.status = lambda names: 401
        await rig.store.put([made(1)])
        rig.run()
        await rig.wait(lambda: rig.worker.states()["ads"] == state)
        rig.vendor.status = lambda names: 200
        await asyncio.sleep(0.1)
        before = len(rig.vendor.seen)
        rig.clock.ahead = 4_000
        rig.worker.resume("ads")
        await rig.wait(lambda: rig.results().get("delivered"))
        return before, rig.worker.states(), await rig.store.buried()

    assert rigged(tmp_path, use) == (1, {"ads": "running"}, {})


def test_a_request_that_its_route_forbids_disables_the_lane_and_loses_nothing(tmp_path):
    async def use(rig):
        rig.targets["ads"] = rig.targets["ads"]._replace(route=Route(frozenset({"other.example"})))
        await rig.store.put([made(1)])
        rig.run()
        await rig.wait(lambda: rig.worker.states()["ads"] == "disabled")
        await asyncio.sleep(0.05)
        return rig.vendor.seen, [depth.events for depth in await rig.store.depths()]

    assert rigged(tmp_path, use) == ([], [1])


def test_every_result_that_is_counted_is_in_the_closed_list(tmp_path):
    async def use(rig):
        await rig.store.put([made(1), made(2, name="unmapped")])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return set(rig.results())

    assert rigged(tmp_path, use) <= set(RESULTS)


def test_what_was_decided_under_a_policy_that_is_gone_is_decided_again_before_it_is_sent(tmp_path):
    async def use(rig):
        rig.vendor.gate.clear()
        rig.manifest.size = 1
        await rig.store.put([made(n, name="purchase") for n in range(40)])
        rig.run()
        under_way = rig.parts.rules.parallel
        await rig.wait(lambda: len(rig.vendor.seen) == under_way)
        rig.policy = Lenient()
        rig.policy.fingerprint = "stricter"
        rig.policy.refuses.add("purchase")
        rig.vendor.gate.set()
        await rig.wait(lambda: sum(rig.results().values()) == 40)
        return rig.results(), under_way

    results, under_way = rigged(tmp_path, use)
    assert results == {"delivered": under_way, "refused": 40 - under_way}


def test_while_the_policy_does_not_know_a_destination_its_events_wait(tmp_path):
    async def use(rig):
        rig.policy.destinations.lacks.add("ads")
        await rig.store.put([made(n) for n in range(3)])
        rig.run()
        await rig.store.put([made(3)])
        await asyncio.sleep(0.2)
        before = rig.results(), [depth.events for depth in await rig.store.depths()]
        rig.policy.destinations.lacks.clear()
        rig.worker.wake()
        await rig.wait(lambda: rig.results().get("delivered") == 4)
        return before

    assert rigged(tmp_path, use) == ({}, [4])


def test_a_destination_that_leaves_the_policy_between_lease_and_decision_gets_nothing_and_loses_nothing(tmp_path):
    async def use(rig):
        rig.vendor.gate.clear()
        rig.manifest.size = 1
        await rig.store.put([made(n) for n in range(40)])
        rig.run()
        await rig.wait(lambda: len(rig.vendor.seen) == rig.parts.rules.parallel)
        rig.policy.fingerprint = "without"
        rig.policy.destinations.lacks.add("ads")
        rig.vendor.gate.set()
        await rig.wait(lambda: rig.results().get("delivered") == rig.parts.rules.parallel)
        await asyncio.sleep(0.2)
        return rig.results(), [depth.events for depth in await rig.store.depths()], rig.parts.rules.parallel

    results, depths, under_way = rigged(tmp_path, use)
    assert (results, depths) == ({"delivered": under_way}, [40 - under_way])


def test_one_bad_event_of_five_hundred_is_found_with_its_fifth_try(tmp_path):
    async def use(rig):
        rig.manifest.size, rig.manifest.meaning = 500, {400: Outcome.BISECT}
        rig.vendor.status = lambda names: 400 if "id-42" in names else 200
        await rig.store.put([made(n) for n in range(500)])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 500)
        return rig.results(), sum("id-42" in names for names in rig.vendor.seen), set(rig.vendor.taken.values())

    assert rigged(tmp_path, use) == ({"rejected": 1, "delivered": 499}, 5, {1})


def test_a_vendor_that_is_back_gets_one_small_request_first_and_then_more_and_more(tmp_path):
    async def use(rig):
        rig.manifest.size = 20
        rig.vendor.status = lambda names: 503
        await rig.store.put([made(n) for n in range(900)])
        rig.run()
        await rig.wait(lambda: rig.worker.states()["ads"] == "failing")
        await rig.rested(1)
        before = len(rig.vendor.seen)
        rig.vendor.status = lambda names: 200
        rig.clock.ahead = rig.steady.ahead = 5
        rig.worker.wake()
        await rig.wait(lambda: rig.results().get("delivered") == 900)
        return [len(names) for names in rig.vendor.seen[before:]][:2], set(rig.vendor.taken.values())

    (first, second), times = rigged(tmp_path, use)
    assert (first, second > first, times) == (PROBE, True, {1})


def test_one_slow_answer_holds_up_no_other_request(tmp_path):
    async def use(rig):
        rig.manifest.size = 1
        rig.vendor.held.add("id-0")
        rig.vendor.gate.clear()
        await rig.store.put([made(n) for n in range(3 * WIDEST)])
        rig.run()
        await rig.wait(lambda: rig.results().get("delivered", 0) >= WIDEST + 8)
        early = dict(rig.vendor.taken)
        rig.vendor.gate.set()
        await rig.wait(lambda: rig.results().get("delivered") == 3 * WIDEST)
        return "id-0" in early, set(rig.vendor.taken.values())

    assert rigged(tmp_path, use) == (False, {1})


def test_a_lane_that_is_stopped_in_the_middle_leaves_nobody_waiting(tmp_path):
    async def use(rig):
        rig.vendor.gate.clear()
        await rig.store.put([made(n, subject=SUBJECT) for n in range(3)])
        rig.run()
        await rig.wait(rig.vendor.arrived.is_set)
        landing = asyncio.create_task(rig.worker.landed([SUBJECT]))
        await rig.worker.stop(0.0)
        await asyncio.wait_for(landing, 20)
        return len(rig.worker._lanes["ads"].flights)

    assert rigged(tmp_path, use) == 0


def test_a_stated_limit_is_kept_to(tmp_path):
    async def use(rig):
        rig.manifest.size, rig.manifest.rate_limit = 1, Stated(20, 1)
        await rig.store.put([made(n) for n in range(30)])
        rig.run()
        began = rig.steady()
        await rig.wait(lambda: rig.results().get("delivered", 0) >= 10)
        early = rig.steady() - began
        await rig.wait(lambda: rig.results().get("delivered") == 30)
        return early, rig.steady() - began

    early, late = rigged(tmp_path, use)
    assert early >= 0.4
    assert late >= 1.4


def test_a_lane_that_has_to_wait_for_its_turn_holds_no_events_meanwhile(tmp_path):
    async def use(rig):
        rig.manifest.size, rig.manifest.rate_limit = 1, Stated(1, 60)
        await rig.store.put([made(n) for n in range(3)])
        rig.run()
        await rig.wait(lambda: rig.results().get("delivered") == 1)
        await rig.wait(lambda: not rig.store._lent["ads"])
        await asyncio.sleep(0.1)
        seen = len(rig.vendor.seen)
        rig.steady.ahead = 61
        rig.worker.wake()
        await rig.wait(lambda: rig.results().get("delivered") == 2)
        return seen, rig.worker.states()

    assert rigged(tmp_path, use) == (1, {"ads": "running"})


def test_a_manifests_linger_gathers_what_comes_after_a_delivery(tmp_path):
    async def use(rig):
        rig.manifest.linger = 2.0
        rig.run()
        for number in range(12):
            await rig.store.put([made(number)])
            await asyncio.sleep(0.05)
        await rig.wait(lambda: rig.vendor.taken.total() == 12)
        return [len(names) for names in rig.vendor.seen]

    sizes = rigged(tmp_path, use)
    assert sizes[0] == 1
    assert len(sizes) <= 3


@pytest.mark.parametrize("jump", [3_600, -7_200, 86_400, -86_400, 2**31])
def test_a_clock_that_is_set_puts_no_lane_to_sleep_and_loses_nothing(tmp_path, jump):
    async def use(rig):
        rig.vendor.status = lambda names: 503
        rig.clock.ahead = 200_000.0
        await rig.store.put([made(n, received=int(rig.clock()) + 2**31 + 10) for n in range(5)])
        rig.run()
        await rig.wait(lambda: rig.results().get("retried") == 5)
        rig.vendor.status = lambda names: 200
        rig.clock.ahead += jump
        rig.steady.ahead += 2
        rig.worker.wake()
        await rig.wait(lambda: rig.results().get("delivered") == 5)
        return rig.vendor.taken, await rig.store.depths()

    assert rigged(tmp_path, use) == ({f"id-{n}": 1 for n in range(5)}, [])


def test_what_the_lane_no_longer_holds_when_its_turn_comes_is_left_to_whoever_has_it(tmp_path):
    async def use(rig):
        recall = rig.store.refusals_of
        asked = []

        async def slow(subjects):
            asked.append(subjects)
            if len(asked) == 2:  # the last look before the request: the process was stopped for as long as a lease
                rig.clock.ahead += LEASE_SECONDS
            return await recall(subjects)

        rig.store.refusals_of = slow
        await rig.store.put([made(1, subject=SUBJECT)])
        rig.run()
        await rig.wait(lambda: rig.results().get("delivered") == 1)
        return rig.vendor.taken, len(rig.policy.asked)

    # Decided on twice, for it was lent twice, and sent once.
    assert rigged(tmp_path, use) == ({"id-1": 1}, 2)


@pytest.mark.parametrize("seconds", [0.0, 2 * FRESH_SECONDS])
def test_what_another_replica_is_told_of_while_a_request_waits_for_its_token_does_not_leave(tmp_path, seconds):
    async def use(rig):
        send = rig.sender.send

        async def late(outbound, route, still):
            if not rig.vendor.seen and not rig.steady.ahead:  # the first time there is no token
                rig.steady.ahead = seconds
                await rig.store.refuse(SUBJECT, None, 4_950)
            return await send(outbound, route, still)

        rig.sender.send = late
        await rig.store.put([made(1, subject=SUBJECT), made(2)])
        rig.run()
        await rig.wait(lambda: sum(rig.results().values()) == 2)
        return rig.vendor.taken

    # Within a moment it may still leave: a withdrawal holds at other replicas after a second.
    assert rigged(tmp_path, use) == ({"id-2": 1} if seconds else {"id-1": 1, "id-2": 1})


def test_what_was_not_sent_because_nobody_could_say_who_has_withdrawn_goes_out_as_soon_as_somebody_can(tmp_path):
    async def use(rig):
        recall = rig.store.refusals_of
        asked = []

        async def away(subjects):
            asked.append(subjects)
            if len(asked) in (1, 3):  # before the decision, and before the second request
                raise StoreUnavailable("the store is away")
            return await recall(subjects)

        rig.store.refusals_of = away
        rig.manifest.size = 1
        await rig.store.put([made(number, subject=SUBJECT) for number in range(3)])
        rig.run()
        await rig.wait(lambda: rig.results().get("delivered") == 3)
        return rig.vendor.taken

    assert rigged(tmp_path, use, Rules(parallel=1)) == {"id-0": 1, "id-1": 1, "id-2": 1}
