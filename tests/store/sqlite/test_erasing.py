import asyncio
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from gateway.errors import ConfigurationError, StoreUnavailable
from gateway.event import Event
from gateway.sealing import key_id
from gateway.store.protocols import Erased
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING, event, using, with_store
from tests.store.sqlite.pages import SIZE, pages_of

ANN, BEN = "a" * 32, "b" * 32
NOW = 1_795_000_000
FILES = ("events.db", "events.db-wal", "keys.db", "keys.db-journal")


def of(subject, number, **other):
    return event(number, **({"received": NOW + number, "subject": subject} | other))


async def keys_of(store, subject):
    await store._write_down()
    return await store._keyring.of([subject])


def bytes_of(directory):
    return b"".join((directory / name).read_bytes() for name in FILES if (directory / name).exists())


def test_after_an_erasure_and_a_compaction_neither_ids_nor_keys_are_in_the_files(tmp_path):
    async def use(store):
        await store.put([of(ANN, 1), of(BEN, 2), of(ANN, 3)])
        await store.bury(await store.lease("ads", 1, NOW + 9, 60), "rejected", NOW + 9)
        await store.link([(BEN, ANN)], NOW)
        (mine,), (theirs,) = await keys_of(store, ANN), await keys_of(store, BEN)
        marks = (mine.id, mine.wrapped, mine.wrapped[12:28], ANN.encode(), b"id-1", b"id-3")
        await store._writer.empty()
        before = [mark in bytes_of(tmp_path) for mark in marks]
        await store.erase([ANN], NOW)
        compaction = await store.compact()
        after, others = bytes_of(tmp_path), (theirs.id, theirs.wrapped, BEN.encode(), b"id-2")
        return before, [mark in after for mark in marks], [mark in after for mark in others], compaction

    before, after, others, compaction = with_store(tmp_path, use)
    assert (before, after, others) == ([True] * 6, [False] * 6, [True] * 4)
    assert compaction.done
    assert compaction.evidence.startswith("logs emptied; 1 destroyed keys, none found in ")


def test_a_compaction_that_finds_a_destroyed_key_in_a_file_is_not_done(tmp_path):
    async def use(store):
        await store.put([of(ANN, 1)])
        (key,) = await keys_of(store, ANN)
        await store.erase([ANN], NOW)
        body = b"\x01" + key.id + bytes(40)
        statement = "insert into dead values (99, 'ads', 'x', 1, 1, ?, 1, 1, 'rejected')"
        await store._writer.change(lambda writer: writer.execute(statement, (body,)).rowcount)
        found = await store.compact()
        await store.destroy("ads")
        return found, await store.compact()

    found, gone = with_store(tmp_path, use)
    assert (found.done, found.evidence, gone.done) == (False, "events.db still has something of what was erased", True)


def copied(path, text):
    """Put a text where SQLite leaves copies: between the list of a page's rows and the rows. How often it did."""
    blob, leaf, times = bytearray(path.read_bytes()), 10, 0
    for page in range(4096, len(blob), 4096):
        begin, end = (
            page + 8 + 2 * int.from_bytes(blob[page + 3 : page + 5]),
            page + int.from_bytes(blob[page + 5 : page + 7]),
        )
        if blob[page] == leaf and begin + len(text) <= end:
            blob[begin : begin + len(text)] = text
            times += 1
    path.write_bytes(blob)
    return times


def test_a_compaction_takes_away_the_copies_of_keys_that_sqlite_leaves_where_pages_are_joined(tmp_path):
    async def use(store):
        await store.put([of(ANN, 1), of(BEN, 2)])
        (mine,), (theirs,) = await keys_of(store, ANN), await keys_of(store, BEN)
        await store.erase([ANN], NOW)
        times = copied(tmp_path / "keys.db", mine.id + mine.wrapped)
        before = mine.wrapped in bytes_of(tmp_path)
        compaction = await store.compact()
        found = [mark in bytes_of(tmp_path) for mark in (mine.id, mine.wrapped, theirs.wrapped)]
        return times > 0, before, compaction.done, found, [each.id for each in await store.held([ANN, BEN], 9)]

    assert with_store(tmp_path, use) == (True, True, True, [False, False, True], ["id-2"])


def test_while_somebody_reads_a_compaction_is_not_done(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.store.sqlite.writer._PATIENCE", 1)

    async def use(store):
        await store.put([of(ANN, 1)])
        with closing(sqlite3.connect(tmp_path / "events.db", isolation_level=None)) as reader:
            reader.execute("begin")
            reader.execute("select * from queue").fetchall()
            await store.erase([ANN], NOW)
            standing = await store.compact()
        monkeypatch.undo()
        return standing, await store.compact()

    standing, done = with_store(tmp_path, use)
    assert (standing.done, done.done) == (False, True)
    assert standing.evidence == "events.db-wal could not be emptied yet: somebody reads"


def test_a_hundred_erasures_among_ten_thousand_events_take_seconds(tmp_path):
    async def use(store):
        for start in range(0, 10_000, 1_000):
            await store.put([of(f"{number % 500:032x}", number) for number in range(start, start + 1_000)])
        cpu = time.process_time()
        erased = [await store.erase([f"{subject:032x}"], NOW) for subject in range(100)]
        cpu = time.process_time() - cpu
        (depth,) = await store.depths()
        return sum(each.queued for each in erased), depth.events, cpu

    queued, left, cpu = with_store(tmp_path, use)
    assert (queued, left) == (2_000, 8_000)
    assert cpu < 20


def test_events_are_taken_while_many_are_erased(tmp_path):
    async def use(store):
        await store.put([of(ANN, number) for number in range(5_000)])
        erasing = asyncio.create_task(store.erase([ANN], NOW))
        taken = 0
        while not erasing.done():
            await store.put([of(BEN, 10_000 + taken)])
            taken += 1
        return taken, (await erasing).queued

    taken, queued = with_store(tmp_path, use)
    assert (taken > 5, queued) == (True, 5_000)


def test_keys_that_nothing_is_sealed_under_any_more_are_destroyed_and_no_others(tmp_path):
    async def use(store):
        store._sealer._most = 2
        await store.put([of(f"{number:032x}", number) for number in range(6)])
        await store.settle(await store.lease("ads", 3, NOW + 99, 60))
        sealed = await store.seal_for(ANN, NOW, "text")
        await store._tidy()
        left = await store._keyring.passing() - store._sealer.in_use()
        await store.put([of(f"{number:032x}", 10 + number) for number in range(6)])
        leases = await store.lease("ads", 99, NOW + 99, 60)
        return len(left), len(leases), [lease.id for lease in leases if not lease.body], await store.unseal(sealed)

    # Of the six, three are settled; of the three that wait, the keys of two are at hand.
    assert with_store(tmp_path, use) == (1, 9, [], "text")


def test_a_tidy_store_has_few_keys_after_a_clean_end(tmp_path):
    async def use(store):
        await store.put([of(ANN, 1), of(BEN, 2)])

    with_store(tmp_path, use)
    with closing(sqlite3.connect(tmp_path / "keys.db")) as keys:
        assert keys.execute("select subject from keys order by subject").fetchall() == [(ANN,), (BEN,)]


DYING = """
import asyncio, os, pathlib, signal, sys
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING
from tests.store.sqlite.test_erasing import ANN, BEN, NOW, of

def dies_before(method, step, calls):
    def counted(*arguments, **named):
        calls.append(method)
        if len(calls) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(*arguments, **named)
    return counted

async def erase(directory, step):
    store, calls = SqliteStore(directory, WRAPPING), []
    await store.open()
    await store.put([of(ANN, 1), of(BEN, 2), of(ANN, 3), of("", 4)])
    await store.bury(await store.lease("ads", 1, NOW + 9, 60), "rejected", NOW + 9)
    await store.link([(BEN, ANN)], NOW)
    store._writer._transact = dies_before(store._writer._transact, step, calls)
    store._keyring._once = dies_before(store._keyring._once, step, calls)
    await store.erase([ANN], NOW)
    await store.compact()
    return len(calls)

directory, step = pathlib.Path(sys.argv[1]), 0
while step == 0 or os.waitpid(child, 0)[1] == signal.SIGKILL:
    step += 1
    child = os.fork()
    if not child:
        asyncio.run(erase(directory / str(step), step))
        os._exit(0)
print(step - 1)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The directories of processes that were killed, each before the next step of an erasure that is written."""
    directory = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-c", DYING, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return [directory / str(step) for step in range(1, int(done.stdout) + 1)]


def test_an_erasure_that_is_killed_at_any_step_is_finished_by_the_next_process(killed, tmp_path):
    async def use(store):
        readable = [held.id for held in await store.held([ANN], 10)]
        erased = await store.erase([ANN], NOW)
        compaction = await store.compact()
        left = [(Event.from_json(each.body).subject, each.id) for each in await store.lease("ads", 9, NOW, 60)]
        return readable, erased, compaction.done, left, await store.browse("ads", 9), set(await store.linked([BEN]))

    assert len(killed) >= 6
    for step, directory in enumerate(killed):
        shutil.copytree(directory, tmp_path / str(step))
        readable, erased, done, left, dead, linked = with_store(tmp_path / str(step), use)
        # Either all of it was still there, or nothing that anybody could read.
        assert (sorted(readable), erased.queued + erased.dead) in ((["id-1", "id-3"], 2), ([], 0)), step
        assert (done, left, dead, linked) == (True, [(BEN, "id-2"), ("", "id-4")], [], set()), step
        marks = (ANN.encode(), b"id-1", b"id-3")
        assert [mark in bytes_of(tmp_path / str(step)) for mark in marks] == [False] * 3


def test_what_a_killed_process_had_not_written_down_the_rows_tell(killed, tmp_path):
    shutil.copytree(killed[0], tmp_path, dirs_exist_ok=True)
    with closing(sqlite3.connect(tmp_path / "keys.db")) as keys:
        assert keys.execute("select count(*) from keys where subject is not null").fetchone() == (0,)

    async def use(store):
        stored = await store._keyring.passing()
        return len(stored), sorted(held.id for held in await store.held([ANN], 10)), await store.erase([ANN], NOW)

    assert with_store(tmp_path, use) == (3, ["id-1", "id-3"], Erased(1, 1, 1, 1))


@pytest.mark.parametrize("queued", [True, False])
def test_a_store_whose_keys_are_gone_opens_only_where_nothing_is_lost_by_it(tmp_path, queued):
    async def use(store):
        await store.put([of(ANN, 1)])
        if not queued:
            await store.settle(await store.lease("ads", 1, NOW, 60))

    with_store(tmp_path, use)
    (tmp_path / "keys.db").unlink()
    if queued:
        with pytest.raises(ConfigurationError) as refusal:
            with_store(tmp_path, use)
        (finding,) = refusal.value.findings
        assert (finding.code, finding.file) == ("G094", str(tmp_path / "keys.db"))
        assert "put that file back" in finding.hint
    else:
        with_store(tmp_path, use)


def test_a_store_that_was_sealed_under_another_root_opens_with_that_behind_the_current_one_alone(tmp_path):
    other = bytes(range(1, 33))

    async def put(store):
        await store.put([of(ANN, 1)])

    async def read(store):
        return [Event.from_json(lease.body) for lease in await store.lease("ads", 9, NOW, 60)]

    with_store(tmp_path, put)
    with pytest.raises(ConfigurationError) as refusal:
        using(lambda: SqliteStore(tmp_path, (other,)), read)
    assert "another root key" in refusal.value.findings[0].message
    assert using(lambda: SqliteStore(tmp_path, (other, *WRAPPING)), read) == [of(ANN, 1)]
    # It is wrapped anew, so that the old one may be retired.
    assert using(lambda: SqliteStore(tmp_path, (other,)), read) == [of(ANN, 1)]


def test_of_a_damaged_file_of_keys_what_can_be_read_is_kept_and_the_rest_is_unreadable_not_erased(tmp_path):
    async def fill(store):
        store._sealer._most = 4
        for number in range(400):
            await store.put([of(f"{number:032x}", number)])

    with_store(tmp_path, fill)
    path = tmp_path / "keys.db"
    text = bytearray(path.read_bytes())
    for at in pages_of(path, "keys")[1:3]:
        text[at : at + SIZE] = bytes(SIZE)
    path.write_bytes(text)

    async def use(store):
        return [(bool(lease.body), lease.erased) for lease in await store.lease("ads", 999, NOW + 999, 60)]

    found = with_store(tmp_path, use)
    assert len(found) == 400
    assert {each for each in found if not each[0]} <= {(False, False)}
    assert 50 < found.count((True, False)) < 400
    assert sorted(name.name for name in tmp_path.iterdir() if name.name.startswith("keys")) == [
        "keys.db",
        "keys.db-journal",
    ]


def test_without_room_to_delete_the_ballast_is_given_up_and_subjects_are_erased(tmp_path):
    async def use(store):
        await store.put([of(ANN, number) for number in range(50)])
        (tmp_path / "ballast").write_bytes(bytes(100))
        asked = []
        once = store._keyring._once

        def full(work):
            if not asked:
                asked.append(work)
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return once(work)

        await store._write_down()
        keyed = await store._forget({ANN})
        store._keyring._once = full
        await store._keyring.destroy(keyed)
        return (tmp_path / "ballast").exists(), (await store.held([ANN], 9)), (await store._clear(keyed, NOW))

    assert with_store(tmp_path, use) == (False, [], (50, 0))


def test_where_no_keys_can_be_stored_nothing_is_taken_and_later_it_is(tmp_path):
    async def use(store):
        add, store._keyring.add = store._keyring.add, _fails
        results = await asyncio.gather(*(store.put([of(ANN, n)]) for n in range(3)), return_exceptions=True)
        store._keyring.add = add
        await store.put([of(ANN, 9)])
        return [type(result) for result in results], [
            Event.from_json(lease.body).id for lease in await store.lease("ads", 9, NOW + 99, 60)
        ]

    assert with_store(tmp_path, use) == ([StoreUnavailable] * 3, ["id-9"])


async def _fails(*_, **__):
    raise StoreUnavailable("the keys cannot be read or written")


def test_a_copy_of_the_events_without_the_keys_that_were_destroyed_tells_nothing(tmp_path):
    """A backup of both files, and then an erasure: what the backup of the events has, the keys of today do not open."""

    async def fill(store):
        await store.put([of(ANN, 1), of(BEN, 2)])

    with_store(tmp_path / "data", fill)
    shutil.copytree(tmp_path / "data", tmp_path / "restored")
    with_store(tmp_path / "data", lambda store: store.erase([ANN], NOW))
    shutil.copy(tmp_path / "data" / "keys.db", tmp_path / "restored" / "keys.db")

    async def read(store):
        return [(lease.id, bool(lease.body), lease.erased) for lease in await store.lease("ads", 9, NOW + 9, 60)]

    assert with_store(tmp_path / "restored", read) == [("id-1", False, True), ("id-2", True, False)]


def test_a_file_of_keys_that_is_whole_is_not_taken_for_a_damaged_one(tmp_path):
    """Keys that were given away and others that were not, lasting ones, destroyed ones: SQLite finds all of it sound."""

    async def use(store):
        await store.put([of(ANN, 1), of(BEN, 2), of("", 3)])
        sealed = await store.seal_for(BEN, NOW, "text")
        await store.erase([ANN], NOW)
        await store._write_down()
        with closing(sqlite3.connect(tmp_path / "keys.db")) as keys:
            return keys.execute("pragma integrity_check").fetchall(), sealed

    found, sealed = with_store(tmp_path, use)

    async def again(store):
        return store._lossy, await store.unseal(sealed)

    assert (found, with_store(tmp_path, again)) == ([("ok",)], (False, "text"))


def test_events_of_nobody_in_particular_share_a_key_a_day(tmp_path):
    async def use(store):
        await store.put([of("", 1), of("", 2), of("", 86_400 + 1), of(ANN, 3)])
        bodies = await store._read(lambda reader: reader.execute("select body from queue order by seq").fetchall())
        return len({key_id(body) for (body,) in bodies})

    assert with_store(tmp_path, use) == 3
