import asyncio
import json
import stat
import threading

import pytest

from gateway.errors import ConfigurationError, StoreUnavailable
from gateway.event import Event
from gateway.store.protocols import Depth, Refusal
from gateway.store.sqlite.engine import SqliteStore
from gateway.store.sqlite.writer import Limits
from tests.store.making import event, ids, with_store

SUBJECT = "f" * 32


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "data"


def test_what_is_put_can_be_leased_and_reads_back_as_it_was(directory):
    first, second = event(1, kept={"v": "1"}, subject=SUBJECT), event(2)

    async def use(store):
        await store.put([first, second])
        return await store.lease("ads", 10, 2_000, 60)

    leases = with_store(directory, use)
    assert [Event.from_json(lease.body) for lease in leases] == [first, second]
    assert [(lease.id, lease.received, lease.attempts) for lease in leases] == [("id-1", 1001, 0), ("id-2", 1002, 0)]


def test_an_event_is_kept_once_for_each_destination(directory):
    async def use(store):
        await store.put([event(1), event(1), event(1, "other")])
        await store.put([event(1)])
        return ids(await store.lease("ads", 10, 2_000, 60)), ids(await store.lease("other", 10, 2_000, 60))

    assert with_store(directory, use) == (["id-1"], ["id-1"])


def test_a_settled_event_that_is_put_again_is_not_delivered_again(directory):
    async def use(store):
        await store.put([event(1)])
        await store.settle(await store.lease("ads", 10, 2_000, 60))
        await store.put([event(1), event(2)])
        return ids(await store.lease("ads", 10, 2_000, 60))

    assert with_store(directory, use) == ["id-2"]


class Gate:
    """Work that keeps the writer busy until it is let go on."""

    def __init__(self):
        self._reached, self._opened = threading.Event(), threading.Event()

    def __call__(self, writer):
        self._reached.set()
        self._opened.wait(5)

    async def reached(self):
        await asyncio.to_thread(self._reached.wait, 5)

    def open(self):
        self._opened.set()


def test_an_event_that_is_put_again_while_it_is_being_settled_is_not_delivered_again(directory):
    before, after = Gate(), Gate()

    async def use(store):
        await store.put([event(1)])
        leases = await store.lease("ads", 1, 2_000, 60)
        first = store._writer.change(before)
        await before.reached()
        settling = asyncio.create_task(store.settle(leases))
        await asyncio.sleep(0)
        last = store._writer.change(after)  # of the same transaction as the settlement
        before.open()
        await after.reached()
        putting = asyncio.create_task(store.put([event(1)]))
        await asyncio.sleep(0)
        after.open()
        await asyncio.gather(first, settling, putting, last)
        return ids(await store.lease("ads", 1, 2_001, 60))

    assert with_store(directory, use) == []


def test_nobody_gets_what_is_lent_until_the_lease_has_run_out(directory):
    async def use(store):
        await store.put([event(number) for number in range(5)])
        lent = [await store.lease("ads", 2, now, 60) for now in (2_000, 2_001, 2_059)]
        again = await store.lease("ads", 10, 2_060, 60)
        return [*map(ids, lent), ids(again)]

    assert with_store(directory, use) == [["id-0", "id-1"], ["id-2", "id-3"], ["id-4"], ["id-0", "id-1"]]


def test_leases_that_are_asked_for_together_share_nothing(directory):
    async def use(store):
        await store.put([event(number) for number in range(100)])
        lent = await asyncio.gather(*(store.lease("ads", 10, 2_000, 60) for _ in range(10)))
        return [name for leases in lent for name in ids(leases)]

    names = with_store(directory, use)
    assert len(names) == len(set(names))


def test_what_is_settled_late_takes_nobody_elses_event_with_it(directory):
    async def use(store):
        await store.put([event(1)])
        late = await store.lease("ads", 1, 2_000, 1)
        await store.settle(await store.lease("ads", 1, 2_002, 60))
        await store.put([event(2)])
        await store.settle(late)
        return ids(await store.lease("ads", 10, 2_003, 60))

    assert with_store(directory, use) == ["id-2"]


def test_a_retried_event_comes_back_when_it_is_due_and_not_before(directory):
    async def use(store):
        await store.put([event(1), event(2)])
        await store.retry(await store.lease("ads", 1, 2_000, 60), 2_100.5)
        fresh = await store.lease("ads", 10, 2_100, 60)
        due = await store.lease("ads", 10, 2_100.5, 60)
        return ids(fresh), [(lease.id, lease.attempts) for lease in due]

    assert with_store(directory, use) == (["id-2"], [("id-1", 1)])


def test_what_is_given_back_untried_counts_no_attempt(directory):
    async def use(store):
        await store.put([event(1)])
        await store.retry(await store.lease("ads", 1, 2_000, 60), 0, tried=False)
        return [lease.attempts for lease in await store.lease("ads", 1, 2_000, 60)]

    assert with_store(directory, use) == [0]


def test_a_restart_continues_where_it_was_and_ends_every_lease(directory):
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

    with_store(directory, before)
    assert with_store(directory, after) == (["id-3"], [("id-1", 1)], {("ads", "rejected"): 1})


def test_the_next_due_time_tells_a_lane_how_long_to_sleep(directory):
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

    assert with_store(directory, use) == [None, 0, 2_060, 2_030, None]


def test_depths_tell_the_number_and_the_age_of_what_waits(directory):
    async def use(store):
        await store.put([event(3), event(1), event(2, "other")])
        return await store.depths()

    assert with_store(directory, use) == [Depth("ads", 2, 1003), Depth("other", 1, 1002)]


def test_dead_letters_can_be_counted_browsed_unearthed_and_expire(directory):
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

    counted, seen, gone, back, left, queued = with_store(directory, use)
    assert counted == {("ads", "rejected"): 1, ("ads", "expired"): 2}
    assert seen == [("id-3", "expired", 3_000, event(3)), ("id-2", "expired", 3_000, event(2))]
    assert (gone, back, left, queued) == (1, 2, {}, ["id-2", "id-3"])


def test_dead_letters_are_browsed_page_by_page_and_unearthed_or_destroyed_one_by_one(directory):
    async def use(store):
        await store.put([event(n) for n in range(5)])
        await store.bury(await store.lease("ads", 10, 2_000, 60), "rejected", 2_000)
        first = await store.browse("ads", 2)
        second = await store.browse("ads", 9, first[-1].id)
        gone = await store.destroy("ads", ["id-0", "id-9"]), await store.destroy("other")
        back = await store.unearth("ads", ["id-1", "id-3"]), await store.unearth("ads", [])
        left = ids(await store.browse("ads", 9)), await store.browse("ads", 9, "id-0")
        return ids(first), ids(second), gone, back, left, ids(await store.lease("ads", 9, 3_000, 60))

    assert with_store(directory, use) == (
        ["id-4", "id-3"], ["id-2", "id-1", "id-0"], (1, 0), (2, 0), (["id-4", "id-2"], []), ["id-1", "id-3"],
    )  # fmt: skip


def test_a_dead_letter_that_is_queued_by_now_anyway_is_unearthed_once(directory):
    async def use(store):
        await store.put([event(1)])
        await store.bury(await store.lease("ads", 10, 2_000, 60), "rejected", 2_000)
        await store.put([event(1)])
        return await store.unearth("ads"), ids(await store.lease("ads", 9, 3_000, 60)), await store.browse("ads", 9)

    assert with_store(directory, use) == (0, ["id-1"], [])


def test_a_refusal_is_there_as_soon_as_it_is_acknowledged_and_after_a_restart(directory):
    async def before(store):
        await store.put([event(1, subject=SUBJECT)])
        await store.refuse(SUBJECT, ["ads", "measure"], 2_000)
        return await store.refusals_of([SUBJECT, "e" * 32, ""])

    expected = {SUBJECT: (Refusal("ads", 2_000), Refusal("measure", 2_000))}
    assert with_store(directory, before) == expected
    assert with_store(directory, lambda store: store.refusals_of([SUBJECT])) == expected


def test_a_lifted_refusal_still_covers_what_came_before_it(directory):
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

    one, both, again, gone, left = with_store(directory, use)
    assert one == (Refusal("", 2_000), Refusal("ads", 2_100, standing=False))
    assert both == (Refusal("", 2_000, standing=False), Refusal("ads", 2_100, standing=False))
    assert again == (Refusal("", 2_000, standing=False), Refusal("ads", 2_100))
    assert (gone, left) == (1, {SUBJECT: (Refusal("ads", 2_100),)})


def test_a_lone_surrogate_is_kept_as_a_question_mark_and_spoils_nobody_elses_batch(directory):
    async def use(store):
        await asyncio.gather(store.put([event(1, fields={"page.title": "\ud800é"})]), store.put([event(2)]))
        return [Event.from_json(lease.body).fields for lease in await store.lease("ads", 10, 2_000, 60)]

    assert with_store(directory, use)[0] == {"page.title": "?é"}


def test_a_row_that_the_disk_changed_is_lent_without_its_text(directory):
    async def change(store):
        await store.put([event(1), event(2)])
        await store._writer.change(
            lambda writer: writer.execute("update queue set body = replace(body, 'shop', 'shoq') where id = 'id-1'")
        )
        return [(lease.id, bool(lease.body)) for lease in await store.lease("ads", 10, 2_000, 60)]

    assert with_store(directory, change) == [("id-1", False), ("id-2", True)]


def test_it_wakes_the_lane_of_each_destination_that_was_given_an_event(directory):
    woken = []

    async def use(store):
        store.wake = woken.append
        await store.put([event(1), event(2), event(1, "other")])

    with_store(directory, use)
    assert sorted(woken) == ["ads", "other"]


def test_files_and_directory_are_readable_by_their_owner_alone(directory):
    async def use(store):
        await store.put([event(1)])
        return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}

    modes = with_store(directory, use)
    assert {"events.db", "events.db-wal", "events.db-shm", "lock"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_second_store_on_the_same_directory_is_refused_and_harms_nobody(directory):
    async def use(store):
        with pytest.raises(ConfigurationError):
            await SqliteStore(directory).open()
        await store.put([event(1)])
        return ids(await store.lease("ads", 10, 2_000, 60))

    assert with_store(directory, use) == ["id-1"]


def test_a_closed_store_takes_nothing(directory):
    async def use():
        store = SqliteStore(directory)
        await store.open()
        await store.close()
        with pytest.raises(StoreUnavailable):
            await store.put([event(1)])

    asyncio.run(use())


def test_too_many_waiting_events_are_refused_at_once_and_the_others_are_kept(directory):
    async def use(store):
        results = await asyncio.gather(*(store.put([event(n)]) for n in range(20)), return_exceptions=True)
        kept = ids(await store.lease("ads", 100, 2_000, 60))
        await store.put([event(99)])
        return [type(result) for result in results], kept

    results, kept = with_store(directory, use, Limits(waiting=5_000))
    assert results.count(StoreUnavailable) > 0
    assert kept == [f"id-{n}" for n, result in enumerate(results) if result is type(None)]


def test_nothing_deleted_stays_readable_in_any_file(directory):
    async def use(store):
        await store.put([event(n, fields={"page.title": "canary-" + "x" * 9_000}) for n in range(20)])
        await store.settle(await store.lease("ads", 100, 2_000, 60))

    with_store(directory, use)
    assert [path.name for path in directory.iterdir() if b"canary-" in path.read_bytes()] == []


def test_rows_hold_nothing_beyond_the_event(directory):
    async def use(store):
        await store.put([event(1, subject=SUBJECT)])
        rows = await store._read(lambda reader: reader.execute("select * from queue").fetchall())
        return rows

    (row,) = with_store(directory, use)
    assert set(row) - {1, 0, 1001, "ads", "id-1"} == {row[4], event(1, subject=SUBJECT).to_json()}
    assert json.loads(row[5].split("\n")[1])[0] == "id-1"
