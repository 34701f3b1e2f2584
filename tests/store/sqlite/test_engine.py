import asyncio
import stat
import threading

import pytest

from gateway.errors import ConfigurationError, StoreUnavailable
from gateway.store.protocols import Depth
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING, event, ids, with_store

SUBJECT = "f" * 32


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "data"


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
        putting = asyncio.ensure_future(store.put([event(1)]))
        await asyncio.sleep(0)
        after.open()
        await asyncio.gather(first, settling, putting, last)
        return ids(await store.lease("ads", 1, 2_001, 60))

    assert with_store(directory, use) == []


def spoil(writer):
    ((body,),) = writer.execute("select body from queue where id = 'id-1'").fetchall()
    changed = body[:60] + bytes([body[60] ^ 1]) + body[61:]
    writer.execute("update queue set body = ? where id = 'id-1'", (changed,))


def test_a_row_that_the_disk_changed_is_lent_without_its_text(directory):
    async def change(store):
        await store.put([event(1), event(2)])
        await store._writer.change(spoil)
        return [(lease.id, bool(lease.body), lease.erased) for lease in await store.lease("ads", 10, 2_000, 60)]

    assert with_store(directory, change) == [("id-1", False, False), ("id-2", True, False)]


def test_files_and_directory_are_readable_by_their_owner_alone(directory):
    async def use(store):
        await store.put([event(1)])
        return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}

    modes = with_store(directory, use)
    assert {"events.db", "events.db-wal", "events.db-shm", "keys.db", "lock"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_second_store_on_the_same_directory_is_refused_and_harms_nobody(directory):
    async def use(store):
        with pytest.raises(ConfigurationError):
            await SqliteStore(directory, WRAPPING).open()
        await store.put([event(1)])
        return ids(await store.lease("ads", 10, 2_000, 60))

    assert with_store(directory, use) == ["id-1"]


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
    assert set(row) - {1, 0, 1001, "ads", "id-1"} == {row[4], row[5]}
    assert len(row[5]) == 1 + 16 + 12 + len(event(1, subject=SUBJECT).to_json()) + 16
    assert SUBJECT.encode() not in row[5]


def test_what_becomes_of_events_while_the_disk_fails_is_written_down_when_it_is_well(tmp_path):
    async def use(store):
        await store.put([event(number) for number in range(4)])
        delivered, bad, later, untried = await store.lease("ads", 9, 2_000, 60)
        change, store._writer.change = store._writer.change, _fails
        await store.settle([delivered])
        await store.bury([bad], "rejected", 2_000)
        await store.retry([later], 1_900)
        await store.retry([untried], 9_000, tried=False)
        early = await store.lease("ads", 9, 2_000, 60)
        early += await store.lease("ads", 9, 2_061, 60)  # by then every lease has run out
        due = await store.next_due("ads")
        store._writer.change = change
        async with asyncio.timeout(10):
            while store._owed:
                await asyncio.sleep(0.05)
        lent = await store.lease("ads", 9, 2_000, 60)
        return early, due, [(each.id, each.attempts) for each in lent], await store.buried(), await store.depths()

    early, due, lent, buried, ((_, waiting, _),) = with_store(tmp_path, use)
    assert (early, due, lent, buried, waiting) == ([], 2_121, [("id-2", 1)], {("ads", "rejected"): 1}, 2)


def test_what_could_not_be_written_down_before_the_end_is_written_down_then(tmp_path):
    async def use(store):
        await store.put([event(1), event(2)])
        (first, _) = await store.lease("ads", 9, 2_000, 60)
        change, store._writer.change = store._writer.change, _fails
        await store.settle([first])
        store._writer.change = change

    with_store(tmp_path, use)
    assert with_store(tmp_path, lambda store: store.depths()) == [Depth("ads", 1, 1_002)]


def _fails(work):
    raise StoreUnavailable("the store is failing")
