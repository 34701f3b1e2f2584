"""The one thread that writes: what has gathered while the last commit was under way becomes the next commit.

An idle writer commits a single event at once; only where many have just shared a commit does the next one wait a moment
for company. Nobody is told of success before the commit that holds their rows has reached the disk, and a commit that
failed is never taken for a later one that succeeded.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gateway.errors import StoreUnavailable
from gateway.store.sqlite.jobs import Batch, Change, Done, Emptying, Job, Put, Row, last_number, transact
from gateway.store.sqlite.quarantine import Damage, open_sound, set_aside
from gateway.store.sqlite.schema import connect_to_read, is_sound
from gateway.store.sqlite.space import Space

T = TypeVar("T")

# Events of one commit at most, so that the first of a burst does not wait for all of it.
_BATCH = 2048

# From so many jobs in a commit the next one is put off by this long: what a commit costs beside its rows (the way to
# the disk, three changes of thread) is then shared by more of them, and a visitor waits no longer than for a slow disk.
_COMPANY = 8
_PAUSE_SECONDS = 0.002

# Room is measured after so many bytes of events; a commit writes some pages whatever is in it.
_MEASURED_BYTES = 128 << 10
_COMMIT_BYTES = 8 << 10

_HOUSEKEEPING_SECONDS = 10.0

# Tenths of a second that the log's emptying waits for those who read.
_PATIENCE = 10

_UNDAMAGED_ERRORS = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CONSTRAINT)
DAMAGE_ERRORS = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

# Anything: whatever happens in this thread, those who wait must be answered.
_FAILURES = (Exception,)


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of the engine, in bytes.

    `file` is the mark of the database, `reserve` what stays free on the disk, `waiting` the text of events not yet
    committed, `check` the greatest file that is read through at start.
    """

    file: int = 4 << 30
    reserve: int = 64 << 20
    waiting: int = 16 << 20
    check: int = 256 << 20


class Writer:
    """A thread with the only writing connection. All public methods belong to the event loop that started it. `why`
    says why the last events were not kept, and is empty where they were; `damaged` is told what was set aside."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._space = Space(path, limits.file, limits.reserve)
        self._jobs: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._gathered: list[Job] = []
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._connection: sqlite3.Connection | None = None
        self._waiting = 0
        self._unmeasured = _MEASURED_BYTES
        self._closed = True
        self._swept = 0.0
        self._last = 0
        self._doubtful: list[tuple[str, str]] = []
        self._told = 0
        self.damages: list[Damage] = []
        self.generation = 0
        self.failures = 0
        self.why = ""
        self.stored: Callable[[Collection[str]], None] = lambda destinations: None
        self.damaged: Callable[[Damage], None] = lambda damage: None

    async def start(self) -> None:
        """Open the database and begin. sqlite3.Error or OSError where that is impossible."""
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._thread.start()
        await self.change(lambda connection: None)

    async def stop(self) -> None:
        """Commit what was accepted, then close."""
        if not self._closed:
            self._closed = True
            self._jobs.put(self._gathered)
            self._gathered = []
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)

    def append(self, rows: list[Row], cost: int) -> "asyncio.Future[None]":
        """A future of the commit these rows are part of. StoreUnavailable at once where too many are waiting. `stored`
        is told the destinations of each commit."""
        if self._closed or self._waiting + cost > self._limits.waiting:
            raise StoreUnavailable("the store is closed" if self._closed else "too many events are waiting")
        self._waiting += cost
        future: asyncio.Future[None] = self._loop.create_future()
        if rows:
            self._gather(Put(rows, cost, future))
        else:
            future.set_result(None)
        return future

    def change(self, work: Callable[[sqlite3.Connection], T]) -> "asyncio.Future[T]":
        """A future of what `work` returns, once its transaction is durable. StoreUnavailable where it failed."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._gather(Change(work, future))
        return future

    def empty(self) -> "asyncio.Future[bool]":
        """A future that tells whether the log was emptied, so that what is deleted from the file is nowhere else."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[bool] = self._loop.create_future()
        self._gather(Emptying(future))
        return future

    def make_room(self) -> bool:
        """Give up the ballast, where there is one, so that something can be deleted. For any thread."""
        return self._space.drop_ballast()

    def examine(self) -> "asyncio.Future[None]":
        """Read the database through, because something in it could not be read, and replace it if it is damaged."""
        return self.change(lambda connection: _examine(self._path))

    def _gather(self, job: Job) -> None:
        """Keep a job for the next transaction: the one after that which runs now, or after this turn of the loop.

        So what arrives together is committed together, and the thread is woken once for all of it.
        """
        self._gathered.append(job)
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        batch, self._gathered = self._gathered[:_BATCH], self._gathered[_BATCH:]
        self._busy = bool(batch)
        if batch:
            self._jobs.put(batch)

    def _run(self) -> None:
        open_for_work = True
        while open_for_work:
            batch, open_for_work = self._take()
            if batch:
                self._commit(batch)
            if time.monotonic() - self._swept > _HOUSEKEEPING_SECONDS:
                self._sweep()
        self._sweep()
        self._close()

    def _take(self) -> tuple[list[Job], bool]:
        """The jobs of the next transaction, none where there are none for a while; and whether there may be more."""
        with contextlib.suppress(queue.Empty):
            batch = self._jobs.get(timeout=_HOUSEKEEPING_SECONDS)
            return batch or [], batch is not None
        return [], True

    def _commit(self, jobs: list[Job]) -> None:
        puts, changes, emptyings = batch = Batch.of(jobs)
        stored, results, cause = False, None, None
        try:
            connection = self._opened()
            stored = not (puts and self._is_full(connection, sum(put.cost for put in puts)))
            results = self._transact(connection, puts if stored else [], changes)
        except _FAILURES as error:
            stored, cause = False, error
            self._abandon(error)
            self._doubt(puts, error)
            if changes and code_of(error) == sqlite3.SQLITE_FULL:
                results = self._transact_on_a_full_disk(changes)
        emptied = self._emptied() if emptyings else False
        # The loop may have been closed under a process that is ending; then nobody waits any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._answer, batch, Done(stored, results, emptied, cause))

    def _transact_on_a_full_disk(self, changes: list[Change]) -> list[object] | None:
        try:
            self._space.drop_ballast()
            results = self._transact(self._opened(), [], changes)
        except _FAILURES as error:
            self._abandon(error)
            return None
        # The log takes as much again for the next deletion, unless it is emptied at once.
        self._sweep()
        return results

    def _transact(self, connection: sqlite3.Connection, puts: list[Put], changes: list[Change]) -> list[object]:
        results, self._last = transact(connection, puts, changes, self._last)
        return results

    def _answer(self, batch: Batch, done: Done) -> None:
        told, self._told = self._told, len(self.damages)
        for damage in self.damages[told : self._told]:
            self.damaged(damage)
        self._waiting -= sum([put.cost for put in batch.puts])
        batch.answer(done)
        if batch.puts:
            self.why = "" if done.stored else "the store is failing" if done.cause else "the store is full"
        if done.stored:
            self.stored({row[0] for put in batch.puts for row in put.rows})
        if len(batch.puts) + len(batch.changes) < _COMPANY:
            self._hand_over()
        else:
            self._loop.call_later(_PAUSE_SECONDS, self._hand_over)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            connection, damage = open_sound(self._path, self._limits.check, self._last)
            self._connection = connection
            self.generation += 1
            if damage:
                self.damages.append(damage)
            # What an earlier connection wrote but could not make durable may stand in the log before what we shall
            # write: it must be on disk, or gone, before anything after it is called durable.
            if not _checkpoint(connection):
                self._close()
                raise sqlite3.OperationalError("the log of an earlier connection cannot be written back yet")
            self._last = self._last or last_number(connection)
        if self._doubtful:
            self._take_back(self._connection)
        return self._connection

    def _doubt(self, puts: list[Put], error: Exception) -> None:
        """Remember rows of a commit that failed where nobody can say whether they will be there: they were refused."""
        if code_of(error) not in _UNDAMAGED_ERRORS and isinstance(error, sqlite3.Error):
            self._doubtful += [(row[0], row[1]) for put in puts for row in put.rows]

    def _take_back(self, connection: sqlite3.Connection) -> None:
        rows = [(self._last, *row) for row in self._doubtful]
        connection.execute("begin immediate")
        connection.executemany("delete from queue where seq > ? and destination = ? and id = ?", rows)
        connection.execute("commit")
        self._doubtful = []

    def _abandon(self, error: Exception) -> None:
        self.failures += 1
        code = code_of(error)
        if code in DAMAGE_ERRORS and self._connection is not None:
            self._replace_damaged()
        elif code in _UNDAMAGED_ERRORS or not isinstance(error, sqlite3.Error):
            self._roll_back()
        else:
            self._close()

    def _replace_damaged(self) -> None:
        self._close()
        with contextlib.suppress(*_FAILURES):
            self._connection, damage = set_aside(self._path, self._last)
            self.generation += 1
            self.damages.append(damage)

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            try:
                self._connection.execute("rollback")
            except sqlite3.Error:
                self._close()

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _is_full(self, connection: sqlite3.Connection, cost: int) -> bool:
        self._unmeasured += cost + _COMMIT_BYTES
        if self._unmeasured < _MEASURED_BYTES:
            return False
        if self._space.is_short() and time.monotonic() - self._swept > 1.0:
            self._sweep()
        full = self._space.is_past_the_mark() and _live_bytes(connection) >= self._limits.file
        full = full or self._space.is_short()
        # While it is full, every put asks anew: the next deletion may have made room.
        self._unmeasured = _MEASURED_BYTES if full else 0
        return full

    def _emptied(self) -> bool:
        try:
            connection = self._opened()
            connection.execute("pragma incremental_vacuum(1024)").fetchall()
            return any(_checkpoint(connection) for _ in range(_PATIENCE))
        except _FAILURES as error:
            self._abandon(error)
            return False

    def _sweep(self) -> None:
        """Give freed pages back, and empty the log, in which deleted rows would otherwise stay readable."""
        self._swept = time.monotonic()
        if self._connection is None:
            return
        try:
            self._connection.execute("pragma incremental_vacuum(1024)").fetchall()
            _checkpoint(self._connection)
            self._space.fill_ballast()
        except _FAILURES as error:
            self._abandon(error)


def _live_bytes(connection: sqlite3.Connection) -> int:
    """Bytes of the database without the pages that it can use again."""
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (int(connection.execute(f"pragma {name}").fetchone()[0]) for name in names)
    return (pages - free) * size


def _examine(path: Path) -> None:
    # The writer's own connection may remember the pages as they were.
    fresh = connect_to_read(path)
    try:
        sound = is_sound(fresh)
    finally:
        fresh.close()
    if not sound:
        damage = sqlite3.DatabaseError("the database is damaged")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _checkpoint(connection: sqlite3.Connection) -> bool:
    """Copy the log into the database and empty it; False where a reader stood in the way."""
    busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not busy


def code_of(error: BaseException | None) -> int | None:
    """The primary SQLite result code of an error."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
