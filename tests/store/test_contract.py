"""What every engine promises, tried on each of them."""

import asyncio

import pytest

from gateway.errors import StoreUnavailable
from gateway.event import Event
from gateway.store.protocols import Depth, Refusal
from tests.store.making import event, ids

SUBJECT = "f" * 32


def test_what_is_put_can_be_leased_and_reads_back_as_it_was(kept):
    first, second = event(1, kept={"v": "1"}, subject=SUBJECT), event(2)

    async def use(store):
        await store.put([first, second])
        return await store.lease("ads", 10, 2_000, 60)

    leases = kept.of(use)
    assert [Event.from_json(lease.body) for lease in leases] == [first, second]
    assert [(lease.id, lease.received, lease.attempts) for lease in leases] == [("id-1", 1001, 0), ("id-2", 1002, 0)]


def test_an_event_is_kept_once_for_each_destination(kept):
    async def use(store):
        await store.put([event(1), event(1), event(1, "other")])
        await store.put([event(1)])
        return ids(await store.lease("ads", 10, 2_000, 60)), ids(await store.lease("other", 10, 2_000, 60))

    assert kept.of(use) == (["id-1"], ["id-1"])


def test_a_settled_event_that_is_put_again_is_not_delivered_again(kept):
    async def use(store):
        await store.put([event(1)])
        await store.settle(await store.lease("ads", 10, 2_000, 60))
        await store.put([event(1), event(2)])
        return ids(await store.lease("ads", 10, 2_000, 60))

    assert kept.of(use) == ["id-2"]


def test_nobody_gets_what_is_lent_until_the_lease_has_run_out(kept):
    async def use(store):
        await store.put([event(number) for number in range(5)])
        lent = [await store.lease("ads", 2, now, 60) for now in (2_000, 2_001, 2_059)]
        again = await store.lease("ads", 10, 2_060, 60)
        return [*map(ids, lent), ids(again)]

    assert kept.of(use) == [["id-0", "id-1"], ["id-2", "id-3"], ["id-4"], ["id-0", "id-1"]]


def test_leases_that_are_asked_for_together_share_nothing(kept):
    async def use(store):
        await store.put([event(number) for number in range(100)])
        lent = await asyncio.gather(*(store.lease("ads", 10, 2_000, 60) for _ in range(10)))
        return [name for leases in lent for name in ids(leases)]

    names = kept.of(use)
    assert len(names) == len(set(names))


def test_what_is_settled_late_takes_nobody_elses_event_with_it(kept):
    async def use(store):
        await store.put([event(1)])
        late = await store.lease("ads", 1, 2_000, 1)
        await store.settle(await store.lease("ads", 1, 2_002, 60))
        await store.put([event(2)])
        await store.settle(late)
        return ids(await store.lease("ads", 10, 2_003, 60))

    assert kept.of(use) == ["id-2"]


def test_a_retried_event_comes_back_when_it_is_due_and_not_before(kept):
    async def use(store):
        await store.put([event(1), event(2)])
        await store.retry(await store.lease("ads", 1, 2_000, 60), 2_100.5)
        fresh = await store.lease("ads", 10, 2_100, 60)
        due = await store.lease("ads", 10, 2_100.5, 60)
        return ids(fresh), [(lease.id, lease.attempts) for lease in due]

    assert kept.of(use) == (["id-2"], [("id-1", 1)])


def test_what_is_given_back_untried_counts_no_attempt(kept):
    async def use(store):
        await store.put([event(1)])
        await store.retry(await store.lease("ads", 1, 2_000, 60), 0, tried=False)
        return [lease.attempts for lease in await store.lease("ads", 1, 2_000, 60)]

    assert kept.of(use) == [0]


def test_a_restart_continues_where_it_was_and_ends_every_lease(kept):
    async def before(store):
        await store.put([event(number) for number in range(4)])
        first, second, third, _ = await store.lease("ads", 10, 2_000, 10_000)
        await store.settle([first])
        await store.retry([second], 3_000)
        await store.bury([third], "rejected", 2_000)

    async def after(store):
        free = await store.lease("ads", 10, 2_001, 10_000)
        due = await store.lease("ads", 10, 3_000, 60)
        return ids(free), [(lease.id, lease.attempts) for lease in due], await store.buried()

    kept.of(before)
    assert kept.of(after) == (["id-3"], [("id-1", 1)], {("ads", "rejected"): 1})


def test_the_next_due_time_tells_a_lane_how_long_to_sleep(kept):
    async def use(store):
        times = [await store.next_due("ads")]
        await store.put([event(1), event(2)])
        times.append(await store.next_due("ads"))
        leases = await store.lease("ads", 10, 2_000, 60)
        times.append(await store.next_due("ads"))
        await store.retry(leases[:1], 2_030)
        times.append(await store.next_due("ads"))
        await store.settle(leases[1:])
        await store.settle(await store.lease("ads", 10, 2_030, 60))
        return [*times, await store.next_due("ads")]

    assert kept.of(use) == [None, 0, 2_060, 2_030, None]


def test_depths_tell_the_number_and_the_age_of_what_waits(kept):
    async def use(store):
        await store.put([event(3), event(1), event(2, "other")])
        return await store.depths()

    assert kept.of(use) == [Depth("ads", 2, 1003), Depth("other", 1, 1002)]


def test_dead_letters_can_be_counted_browsed_unearthed_and_expire(kept):
    async def use(store):
        await store.put([event(1), event(2), event(3)])
        leases = await store.lease("ads", 10, 2_000, 60)
        await store.bury(leases[:1], "rejected", 2_000)
        await store.bury(leases[1:], "expired", 3_000)
        counted = dict(await store.buried())
        seen = [
            (dead.id, dead.reason, dead.buried, Event.from_json(dead.body)) for dead in await store.browse("ads", 2)
        ]
        gone = await store.discard(3_000)
        back = await store.unearth("ads")
        return counted, seen, gone, back, dict(await store.buried()), ids(await store.lease("ads", 10, 4_000, 60))

    counted, seen, gone, back, left, queued = kept.of(use)
    assert counted == {("ads", "rejected"): 1, ("ads", "expired"): 2}
    assert seen == [("id-3", "expired", 3_000, event(3)), ("id-2", "expired", 3_000, event(2))]
    assert (gone, back, left, queued) == (1, 2, {}, ["id-2", "id-3"])


def test_dead_letters_are_browsed_page_by_page_and_unearthed_or_destroyed_one_by_one(kept):
    async def use(store):
        await store.put([event(n) for n in range(5)])
        await store.bury(await store.lease("ads", 10, 2_000, 60), "rejected", 2_000)
        first = await store.browse("ads", 2)
        second = await store.browse("ads", 9, first[-1].id)
        gone = await store.destroy("ads", ["id-0", "id-9"]), await store.destroy("other")
        back = await store.unearth("ads", ["id-1", "id-3"]), await store.unearth("ads", [])
        left = ids(await store.browse("ads", 9)), await store.browse("ads", 9, "id-0")
        return ids(first), ids(second), gone, back, left, ids(await store.lease("ads", 9, 3_000, 60))

    assert kept.of(use) == (
        ["id-4", "id-3"], ["id-2", "id-1", "id-0"], (1, 0), (2, 0), (["id-4", "id-2"], []), ["id-1", "id-3"],
    )  # fmt: skip


def test_a_dead_letter_is_found_by_its_destination_and_id_for_as_long_as_it_is_there(kept):
    async def use(store):
        await store.put([event(n) for n in range(3)])
        await store.bury(await store.lease("ads", 10, 2_000, 60), "rejected", 2_000)
        found = await store.find("ads", "id-1")
        same = found == next(dead for dead in await store.browse("ads", 9) if dead.id == "id-1")
        nothing = await store.find("ads", "id-9"), await store.find("other", "id-1")
        await store.destroy("ads", ["id-1"])
        return same, Event.from_json(found.body), nothing, await store.find("ads", "id-1")

    assert kept.of(use) == (True, event(1), (None, None), None)


def test_an_event_that_is_buried_twice_is_one_dead_letter(kept):
    async def use(store):
        for reason, now in (("expired", 2_000), ("rejected", 3_000)):
            await store.put([event(1), event(2, "other")])
            for destination in ("ads", "other"):
                await store.bury(await store.lease(destination, 9, now, 60), reason, now)
        return dict(await store.buried()), [(dead.id, dead.buried) for dead in await store.browse("ads", 9)]

    assert kept.of(use) == ({("ads", "rejected"): 1, ("other", "rejected"): 1}, [("id-1", 3_000)])


def test_a_dead_letter_that_is_queued_by_now_anyway_is_unearthed_once(kept):
    async def use(store):
        await store.put([event(1)])
        await store.bury(await store.lease("ads", 10, 2_000, 60), "rejected", 2_000)
        await store.put([event(1)])
        return await store.unearth("ads"), ids(await store.lease("ads", 9, 3_000, 60)), await store.browse("ads", 9)

    assert kept.of(use) == (0, ["id-1"], [])


def test_a_refusal_is_there_as_soon_as_it_is_acknowledged_and_after_a_restart(kept):
    async def before(store):
        await store.put([event(1, subject=SUBJECT)])
        await store.refuse(SUBJECT, ["ads", "measure"], 2_000)
        return await store.refusals_of([SUBJECT, "e" * 32, ""])

    expected = {SUBJECT: (Refusal("ads", 2_000), Refusal("measure", 2_000))}
    assert kept.of(before) == expected
    assert kept.of(lambda store: store.refusals_of([SUBJECT])) == expected


def test_a_lifted_refusal_still_covers_what_came_before_it(kept):
    async def use(store):
        await store.refuse(SUBJECT, None, 2_000)
        await store.refuse(SUBJECT, ["ads"], 2_100)
        await store.lift(SUBJECT, ["ads"])
        one = (await store.refusals_of([SUBJECT]))[SUBJECT]
        await store.lift(SUBJECT, None)
        both = (await store.refusals_of([SUBJECT]))[SUBJECT]
        await store.refuse(SUBJECT, ["ads"], 2_050)
        again = (await store.refusals_of([SUBJECT]))[SUBJECT]
        return one, both, again, await store.expire(2_050), await store.refusals_of([SUBJECT])

    one, both, again, gone, left = kept.of(use)
    assert one == (Refusal("", 2_000), Refusal("ads", 2_100, standing=False))
    assert both == (Refusal("", 2_000, standing=False), Refusal("ads", 2_100, standing=False))
    assert again == (Refusal("", 2_000, standing=False), Refusal("ads", 2_100))
    assert (gone, left) == (1, {SUBJECT: (Refusal("ads", 2_100),)})


def test_a_lone_surrogate_is_kept_as_a_question_mark_and_spoils_nobody_elses_batch(kept):
    async def use(store):
        await asyncio.gather(store.put([event(1, fields={"page.title": "\ud800é"})]), store.put([event(2)]))
        return [Event.from_json(lease.body).fields for lease in await store.lease("ads", 10, 2_000, 60)]

    assert kept.of(use)[0] == {"page.title": "?é"}


def test_it_wakes_the_lane_of_each_destination_that_was_given_an_event(kept):
    woken = []

    async def use(store):
        store.wake = woken.append
        await store.put([event(1), event(2), event(1, "other")])

    kept.of(use)
    assert sorted(woken) == ["ads", "other"]


def test_a_closed_store_takes_nothing(kept):
    closed = []

    async def use(store):
        closed.append(store)

    async def afterwards():
        with pytest.raises(StoreUnavailable):
            await closed[0].put([event(1)])
        with pytest.raises(StoreUnavailable):
            await closed[0].refusals_of([SUBJECT])

    kept.of(use)
    asyncio.run(afterwards())


def test_too_many_waiting_events_are_refused_at_once_and_the_others_are_kept(kept):
    async def use(store):
        async def put(number):
            await store.put([event(number)])

        results = await asyncio.gather(*map(put, range(20)), return_exceptions=True)
        left = ids(await store.lease("ads", 100, 2_000, 60))
        await store.put([event(99)])
        return [type(result) for result in results], left

    results, left = kept.of(use, waiting=5_000)
    assert results.count(StoreUnavailable) > 0
    assert left == [f"id-{n}" for n, result in enumerate(results) if result is type(None)]
