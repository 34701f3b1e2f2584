import asyncio
import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.sqlite.engine import SqliteStore
from gateway.store.sqlite.space import MIB
from gateway.store.sqlite.writer import Limits
from tests.store.making import WRAPPING, event, ids, with_store
from tests.store.sqlite.pages import pages_of

UNDER_LOAD = """
import asyncio, pathlib, sys
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING, event

async def client(store, numbers):
    for number in numbers:
        await store.put([event(number), event(number, "other")])
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()

async def main():
    store = SqliteStore(pathlib.Path(sys.argv[1]), WRAPPING)
    await store.open()
    first = int(sys.argv[2])
    numbers = iter(range(first, first + 1_000_000))
    await asyncio.gather(*(client(store, numbers) for _ in range(32)))

asyncio.run(main())
"""


async def everything(store):
    found = [ids(await store.lease(name, 1_000_000, 5_000_000, 60)) for name in ("ads", "other")]
    return [*map(set, found), [len(names) for names in found], list(store.damages)]


def test_no_acknowledged_event_is_lost_when_the_process_is_killed_under_load(tmp_path):
    dice = random.Random(7)
    acknowledged = set()
    for kill in range(5):
        command = [sys.executable, "-c", UNDER_LOAD, str(tmp_path), str(kill * 1_000_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            first = [process.stdout.readline() for _ in range(25)]
            time.sleep(dice.uniform(0.0, 0.3))
            process.send_signal(signal.SIGKILL)
            lines = [*first, *process.stdout.read().splitlines(keepends=True)]
        # The last line may have been cut short by the kill.
        acknowledged |= {int(line) for line in lines if line.endswith("\n")}
    ads, other, counts, damages = with_store(tmp_path, everything)
    expected = {f"id-{number}" for number in acknowledged}
    assert len(expected) > 100
    assert (expected - ads, expected - other, damages) == (set(), set(), [])
    assert counts == [len(ads), len(other)]


AT_THE_LIMIT = """
import asyncio, json, pathlib, resource, sys
from gateway.errors import StoreUnavailable
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING, event, ids

async def fill(store, start):
    acknowledged = []
    for number in range(start, start + 2_000):
        try:
            await store.put([event(number, fields={"page.title": "x" * 2_000})])
        except StoreUnavailable:
            return acknowledged, True
        acknowledged.append(f"id-{number}")
    return acknowledged, False

async def main():
    store = SqliteStore(pathlib.Path(sys.argv[1]), WRAPPING)
    await store.open()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
    first, failed = await fill(store, 0)
    still, again = await fill(store, 10_000)
    readable = ids(await store.lease("ads", 100_000, 5_000_000, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await store.put([event(99_999)])
    names = ids(await store.lease("ads", 100_000, 5_000_000, 0))
    await store.close()
    print(json.dumps([first + still, failed, again, readable, names]))

asyncio.run(main())
"""


@pytest.mark.parametrize("limit", [1_000_000, 4_500_000], ids=["the log cannot grow", "it cannot be written back"])
def test_a_disk_that_refuses_to_write_loses_no_acknowledged_event_and_stops_nothing_for_good(tmp_path, limit):
    command = [sys.executable, "-c", AT_THE_LIMIT, str(tmp_path), str(limit)]
    output = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    acknowledged, failed, still_failing, readable, names = json.loads(output)
    assert (failed, still_failing) == (True, True)
    assert len(acknowledged) > 50
    assert set(acknowledged) == set(readable), "what was refused is not there either"
    assert set(acknowledged) - set(names) == set()
    assert "id-99999" in names


def test_when_the_file_can_grow_no_more_puts_are_refused_and_deletes_make_room(tmp_path):
    async def use(store):
        await store.put([event(n, fields={"page.title": "x" * 2_000}) for n in range(100)])

        def no_page_more(writer):
            (count,) = writer.execute("pragma page_count").fetchone()
            return writer.execute(f"pragma max_page_count = {count}").fetchone()

        await store._writer.change(no_page_more)
        with pytest.raises(StoreUnavailable):
            await store.put([event(n, fields={"page.title": "y" * 2_000}) for n in range(200, 300)])
        leases = await store.lease("ads", 1_000, 5_000, 60)
        await store.settle(leases[10:])
        await store.put([event(301)])
        return ids(leases), ids(await store.lease("ads", 1_000, 5_000, 60)), store.failures

    all_of_them, after, failures = with_store(tmp_path, use)
    assert all_of_them == [f"id-{n}" for n in range(100)]
    assert (after, failures) == (["id-301"], 1)


def test_above_the_mark_puts_are_refused_while_the_queue_drains_and_then_taken_again(tmp_path):
    async def use(store):
        accepted = 0
        with pytest.raises(StoreUnavailable) as refusal:
            for n in range(1_000):
                await store.put([event(n, fields={"page.title": "x" * 10_000})])
                accepted += 1
        why = [(await store.condition()).why]
        leases = await store.lease("ads", 1_000, 5_000, 60)
        await store.settle(leases)
        await store.put([event(5_000)])
        why.append((await store.condition()).why)
        return accepted, len(leases), refusal.value.retry_after, why

    accepted, leased, retry_after, why = with_store(tmp_path, use, Limits(file=MIB))
    assert 20 < accepted < 125
    assert (leased, retry_after > 0) == (accepted, True)
    assert why == ["the store is full", ""]


def test_a_failed_commit_answers_everybody_in_it_and_a_new_connection_goes_on(tmp_path):
    async def use(store):
        await store.put([event(1)])

        def broken(writer):
            writer.execute("select * from no_such_table")

        results = await asyncio.gather(
            store.put([event(2)]), store._writer.change(broken), store.put([event(3)]), return_exceptions=True
        )
        assert (await store.condition()).why == "the store is failing"
        await store.put([event(4)])
        return [type(result) for result in results], ids(await store.lease("ads", 10, 5_000, 60))

    results, names = with_store(tmp_path, use)
    # Whether the first put shared the failing transaction depends on how quick the writer was; the change always fails.
    kept = [f"id-{n}" for n, result in ((2, results[0]), (3, results[2])) if result is type(None)]
    assert results[1] is StoreUnavailable
    assert names == ["id-1", *kept, "id-4"]


class Unsure:
    """A connection to a disk that writes a commit and then says that it did not."""

    def __init__(self, connection):
        self._connection = connection

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, statement, *values):
        cursor = self._connection.execute(statement, *values)
        if statement.startswith(("commit", "insert")) and not self._connection.in_transaction:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return cursor


def test_what_was_refused_because_the_disk_failed_is_not_delivered_when_it_is_there_after_all(tmp_path):
    async def use(store):
        await store.put([event(1), event(2)])
        await store.bury(await store.lease("ads", 1, 5_000, 60), "rejected", 5_000)
        there = []
        for change in (lambda: store.put([event(3), event(2), event(3, "other")]), lambda: store.unearth("ads")):
            await store._writer.change(lambda writer: None)  # there is a connection
            store._writer._connection = Unsure(store._writer._connection)
            with pytest.raises(StoreUnavailable):
                await change()
            there += await store._read(lambda reader: reader.execute("select id from queue").fetchall())
        await store.put([event(4)])
        left = ids(await store.lease("ads", 9, 5_000, 60)), ids(await store.lease("other", 9, 5_000, 60))
        return {name for (name,) in there}, left

    there, (ads, other) = with_store(tmp_path, use)
    assert "id-3" in there, "the disk wrote what it said it had not"
    assert (set(ads), other) == ({"id-1", "id-2", "id-4"}, [])


def test_whatever_a_change_raises_those_who_wait_are_answered(tmp_path):
    async def use(store):
        with pytest.raises(StoreUnavailable) as refusal:
            await store._writer.change(lambda writer: [].pop())
        await store.put([event(1)])
        return type(refusal.value.__cause__), ids(await store.lease("ads", 10, 5_000, 60))

    assert with_store(tmp_path, use) == (IndexError, ["id-1"])


def test_a_put_that_nobody_waits_for_any_more_disturbs_nobody(tmp_path):
    async def use(store):
        tasks = [asyncio.ensure_future(store.put([event(n)])) for n in range(50)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.put([event(50)])
        return store._writer._waiting, len(await store.lease("ads", 100, 5_000, 60))

    waiting, kept = with_store(tmp_path, use)
    assert (waiting, 26 <= kept <= 51) == (0, True)


def test_a_commit_that_many_shared_is_followed_by_another_that_many_share(tmp_path):
    async def use(store):
        commits = []
        store._writer.stored = commits.append

        async def visitor(number):
            for turn in range(10):
                await store.put([event(100 * number + turn)])

        await asyncio.gather(*map(visitor, range(20)))
        return len(commits)

    assert with_store(tmp_path, use) <= 12


def test_whoever_comes_alone_waits_for_no_company(tmp_path, monkeypatch):
    # Longer than any disk takes for a commit: so long does whoever waits for company.
    monkeypatch.setattr("gateway.store.sqlite.writer._PAUSE_SECONDS", 1.5)

    async def use(store):
        loop, waits = asyncio.get_running_loop(), []
        for number in range(50):
            began = loop.time()
            await store.put([event(number)])
            waits.append(loop.time() - began)
        pause = asyncio.ensure_future(asyncio.gather(*(store.put([event(50 + number)]) for number in range(8))))
        await pause
        began = loop.time()
        await store.put([event(60)])
        return min(waits), loop.time() - began, len(await store.lease("ads", 100, 5_000, 60))

    least, after, kept = with_store(tmp_path, use)
    assert least < 1 < after and kept == 59


def test_those_who_deliver_are_told_once_of_a_commit(tmp_path):
    async def use(store):
        told = []
        store.wake = told.append
        await asyncio.gather(*(store.put([event(number)]) for number in range(20)))
        await store.put([])
        return told

    assert with_store(tmp_path, use) == ["ads"]


def test_what_waited_together_is_one_commit(tmp_path):
    async def use(store):
        def frames(writer):
            return writer.execute("pragma wal_checkpoint(passive)").fetchone()[1]

        await store._writer.change(lambda writer: None)
        await asyncio.gather(*(store.put([event(n)]) for n in range(1_000)))
        return (tmp_path / "events.db-wal").stat().st_size / 4_096

    # Each commit writes every page it touched: a thousand of them would be more than four thousand pages.
    assert with_store(tmp_path, use) < 1_000


def test_a_damaged_page_met_in_use_is_set_aside_and_the_store_goes_on(tmp_path):
    told = []

    async def use(store):
        store._writer.damaged = told.append
        await store.put([event(n, fields={"page.title": "x" * 600}) for n in range(300)])
        await store._writer.change(lambda writer: None)
        store._writer._swept = 0.0
        await store._writer.change(lambda writer: None)
        await asyncio.sleep(0.2)
        path = tmp_path / "events.db"
        with path.open("r+b") as file:
            file.seek(pages_of(path, "queue")[20])
            file.write(bytes(200))
        await store._reader.close()
        store._reader = type(store._reader)(path)
        with pytest.raises(StoreUnavailable):
            await store.lease("ads", 1_000, 5_000, 60)
        names = []
        for _ in range(3):
            try:
                names = ids(await store.lease("ads", 1_000, 5_000, 60))
                break
            except StoreUnavailable:
                continue
        await store.put([event(999)])
        return len(names), list(store.damages)

    names, damages = with_store(tmp_path, use)
    assert (len(damages), 200 < names < 300, told) == (1, True, damages)


def test_it_opens_a_directory_it_may_not_write_to_with_an_error_and_no_hang(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    (tmp_path / "events.db").mkdir()

    async def run():
        store = SqliteStore(tmp_path, WRAPPING)
        with pytest.raises(StoreUnavailable):
            await store.open()

    asyncio.run(run())
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == (soft, hard)
