"""The embedded store: queue, dead letters and withdrawals of one process in one SQLite file.

Leases live in memory alone. The directory is locked, so no other process can hold one, and after a crash all of them
are void at once, without a clock having to run out.
"""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gateway.errors import StoreUnavailable
from gateway.event import Event
from gateway.store.protocols import Condition, DeadLetter, Depth, Lease, Refusal
from gateway.store.sqlite.lock import DirectoryLock
from gateway.store.sqlite.quarantine import Damage, expire_quarantine
from gateway.store.sqlite.reader import Reader, checksum, due, next_due, text
from gateway.store.sqlite.writer import DAMAGE_ERRORS, Limits, Row, Writer, code_of

T = TypeVar("T")

Work = Callable[[sqlite3.Connection], int]

# What a waiting row costs in memory beside its text.
_ROW_BYTES = 512

# Identifiers of settled events remembered in memory, so that a repeated request is not delivered twice.
_REMEMBERED = 65_536

# How many changes that failed are remembered, and how often they are tried again.
_MOST_OWED = 10_000
_OWED_SECONDS = 1.0

_DELETE = "delete from queue where seq in (select value from json_each(?))"
_RETRY = "update queue set due = ?, attempts = attempts + ? where seq in (select value from json_each(?))"
_BURY = (
    "insert into dead (destination, id, received, checksum, body, attempts, buried, reason) "
    "select destination, id, received, checksum, body, attempts, ?, ? from queue "
    "where seq in (select value from json_each(?)) order by seq"
)
_BURY_ANEW = (
    "delete from dead where destination = ? and id in "
    "(select id from queue where seq in (select value from json_each(?)))"
)
_OF_DEAD = "from dead where destination = ?1 and (?2 is null or id in (select value from json_each(?2)))"
_UNEARTH = (
    "insert or ignore into queue (destination, id, received, checksum, body) "
    f"select destination, id, received, checksum, body {_OF_DEAD} order by seq"
)
_BROWSE = (
    "select id, destination, received, buried, reason, attempts, cast(body as blob) from dead where destination = ?1 "
    "and (?2 = '' or seq < (select min(seq) from dead where destination = ?1 and id = ?2)) order by seq desc limit ?3"
)


class SqliteStore:
    """Queue, Withdrawals, DeadLetters and Backlog of `gateway.store.protocols`, for one event loop.

    `wake` is called with the name of each destination that was just given an event.
    """

    def __init__(self, directory: Path, limits: Limits | None = None) -> None:
        self._directory = directory
        self._path = directory / "events.db"
        self._lock = DirectoryLock(directory)
        self._writer = Writer(self._path, limits or Limits())
        self._reader = Reader(self._path)
        self._lent: dict[str, dict[int, float]] = {}
        self._settled: dict[tuple[str, str], None] = {}
        self._owed: list[tuple[Work, Sequence[Lease]]] = []
        self._owing: asyncio.Task[None] | None = None
        self.wake: Callable[[str], None] = lambda destination: None
        self._writer.stored = self._stored

    async def open(self) -> None:
        """Lock, check and open the directory. ConfigurationError where another process has it."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            await self._writer.start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Commit what was accepted, and let go of the directory."""
        if self._owing:
            self._owing.cancel()
            await asyncio.gather(self._owing, return_exceptions=True)
            await self._settle_debts()
        await self._writer.stop()
        await self._reader.close()
        self._lock.release()

    async def condition(self) -> Condition:
        """See `Store`."""
        try:
            await self.depths()
        except StoreUnavailable as error:
            return Condition("sqlite", "strict", sound=False, why=str(error))
        return Condition("sqlite", "strict", sound=True, why=self._writer.why)

    @property
    def damages(self) -> Sequence[Damage]:
        """What was found damaged, and set aside, since the process began."""
        return tuple(self._writer.damages)

    @property
    def failures(self) -> int:
        """How many transactions failed since the process began."""
        return self._writer.failures

    # Queue

    def put(self, events: Sequence[Event]) -> Awaitable[None]:
        """See `Queue`. One commit for all who wait, one wake-up for all of them, and no task for any."""
        rows: list[Row] = []
        cost = 0
        for event in events:
            if (event.destination, event.key) in self._settled:
                continue
            body = event.to_json()
            raw = body.encode("utf-8", "replace")
            # A lone surrogate is no text that SQLite, or any vendor, would take.
            stored = body if body.isascii() else raw.decode()
            rows.append((event.destination, event.key, event.received, checksum(raw), stored))
            cost += len(body) + _ROW_BYTES
        return self._writer.append(rows, cost)

    async def lease(self, destination: str, most: int, now: float, seconds: float) -> list[Lease]:
        """See `Queue`."""
        lent = self._lent.setdefault(destination, {})
        for key in [key for key, until in lent.items() if until <= now]:
            del lent[key]
        before = set(lent)
        found = await self._read(lambda reader: due(reader, destination, now, most + len(before)))
        # What was lent when the reading began may have been settled since, and still be in the snapshot that was read.
        free = [lease for lease in found if lease.key not in before and lease.key not in lent][:most]
        lent.update((int(lease.key), now + seconds) for lease in free)
        return free

    def holds(self, lease: Lease, now: float) -> bool:
        """See `Queue`."""
        return self._lent.get(lease.destination, {}).get(lease.key, 0.0) > now

    async def settle(self, leases: Sequence[Lease]) -> None:
        """See `Queue`."""
        keys = _keys(leases)
        # Before the commit: a repetition that comes while it is under way would find no row, and be kept as new.
        for lease in leases:
            self._settled[lease.destination, lease.id] = None
        await self._told(lambda writer: _run(writer, _DELETE, keys), leases)
        while len(self._settled) > _REMEMBERED:
            del self._settled[next(iter(self._settled))]

    async def retry(self, leases: Sequence[Lease], at: float, tried: bool = True) -> None:
        """See `Queue`."""
        keys = _keys(leases)
        # Zero marks the events that were never tried.
        await self._told(lambda writer: _run(writer, _RETRY, max(at, 1.0), int(tried), keys), leases)

    async def bury(self, leases: Sequence[Lease], reason: str, now: float) -> None:
        """See `Queue`."""
        keys = _keys(leases)

        def work(writer: sqlite3.Connection) -> int:
            for destination in {lease.destination for lease in leases}:
                _run(writer, _BURY_ANEW, destination, keys)
            _run(writer, _BURY, int(now), reason, keys)
            return _run(writer, _DELETE, keys)

        await self._told(work, leases)

    async def _told(self, work: Work, leases: Sequence[Lease]) -> None:
        """Have leases ended, or remember to end them: what is delivered already should not go out again because the
        disk failed. StoreUnavailable where too much is remembered."""
        try:
            await self._writer.change(work)
        except StoreUnavailable:
            if len(self._owed) >= _MOST_OWED:
                raise
            self._owed.append((work, leases))
            self._owing = self._owing or asyncio.create_task(self._catch_up(), name="store-owing")
        else:
            self._release(leases)

    async def _catch_up(self) -> None:
        """End the leases that could not be ended before."""
        while self._owed:
            await asyncio.sleep(_OWED_SECONDS)
            await self._settle_debts()
        self._owing = None

    async def _settle_debts(self) -> None:
        owed, self._owed = self._owed, []
        try:
            await self._writer.change(lambda writer: sum([work(writer) for work, _ in owed]))
        except StoreUnavailable:
            self._owed = owed + self._owed
        else:
            self._release([lease for _, leases in owed for lease in leases])

    # Backlog

    async def next_due(self, destination: str) -> float | None:
        """See `Backlog`. What is lent counts as waiting for the end of its lease."""
        lent = dict(self._lent.get(destination, {}))
        return await self._read(lambda reader: next_due(reader, destination, lent))

    async def depths(self) -> list[Depth]:
        """See `Backlog`."""
        query = (
            "select waiting.destination, events, received from queue join "
            "(select destination, count(*) as events, min(seq) as first from queue group by destination) as waiting "
            "on seq = first"
        )
        return await self._read(lambda reader: [Depth(*row) for row in reader.execute(query)])

    # Withdrawals

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """See `Withdrawals`."""
        rows = [(subject, purpose, at) for purpose in _purposes(purposes)]
        statement = (
            "insert into refusals (subject, purpose, at, standing) values (?, ?, ?, 1) "
            "on conflict do update set at = max(at, excluded.at), standing = 1"
        )
        await self._writer.change(lambda writer: writer.executemany(statement, rows).rowcount)

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """See `Withdrawals`. A refusal of every purpose is lifted only as a whole."""
        if purposes is None:
            statement = "update refusals set standing = 0 where subject = ?"
            values: list[tuple[str, ...]] = [(subject,)]
        else:
            statement = "update refusals set standing = 0 where subject = ? and purpose = ?"
            values = [(subject, purpose) for purpose in purposes]
        await self._writer.change(lambda writer: writer.executemany(statement, values).rowcount)

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """See `Withdrawals`."""
        wanted = json.dumps([subject for subject in subjects if subject])
        query = (
            "select subject, purpose, at, standing from refusals where subject in (select value from json_each(?)) "
            "order by subject, purpose"
        )
        found: dict[str, tuple[Refusal, ...]] = {}
        for subject, purpose, at, standing in await self._read(lambda reader: _rows(reader, query, wanted)):
            found[subject] = (*found.get(subject, ()), Refusal(purpose, at, bool(standing)))
        return found

    async def expire(self, before: int) -> int:
        """See `Withdrawals`."""
        return await self._writer.change(lambda writer: _run(writer, "delete from refusals where at < ?", before))

    # Dead letters

    async def buried(self) -> Mapping[tuple[str, str], int]:
        """See `DeadLetters`."""
        query = "select destination, reason, count(*) from dead group by destination, reason"
        rows = await self._read(lambda reader: _rows(reader, query))
        return {(destination, reason): count for destination, reason, count in rows}

    async def browse(self, destination: str, most: int, after: str = "") -> list[DeadLetter]:
        """See `DeadLetters`."""
        rows = await self._read(lambda reader: _rows(reader, _BROWSE, destination, after, most))
        return [DeadLetter(*row)._replace(body=text(row[-1])) for row in rows]

    async def unearth(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        chosen = _chosen(ids)

        def work(writer: sqlite3.Connection) -> int:
            queued = _run(writer, _UNEARTH, destination, chosen)
            _run(writer, f"delete {_OF_DEAD}", destination, chosen)
            return queued

        return await self._writer.change(work)

    async def destroy(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        chosen = _chosen(ids)
        return await self._writer.change(lambda writer: _run(writer, f"delete {_OF_DEAD}", destination, chosen))

    async def discard(self, before: int) -> int:
        """See `DeadLetters`. Damaged files set aside before that time go with them."""
        await asyncio.to_thread(expire_quarantine, self._path, before)
        return await self._writer.change(lambda writer: _run(writer, "delete from dead where buried < ?", before))

    def _stored(self, destinations: Collection[str]) -> None:
        for destination in destinations:
            self.wake(destination)

    def _release(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self._lent.get(lease.destination, {}).pop(int(lease.key), None)

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._reader.read(self._writer.generation, work)
        except StoreUnavailable as error:
            if code_of(error.__cause__) in DAMAGE_ERRORS:
                await self._writer.examine()
            raise


def _keys(leases: Sequence[Lease]) -> str:
    return json.dumps([lease.key for lease in leases])


def _chosen(ids: Collection[str] | None) -> str | None:
    return None if ids is None else json.dumps(list(ids))


def _purposes(purposes: Collection[str] | None) -> Collection[str]:
    return ("",) if purposes is None else purposes


def _run(writer: sqlite3.Connection, statement: str, *values: str | float | None) -> int:
    return writer.execute(statement, values).rowcount


def _rows(reader: sqlite3.Connection, query: str, *values: str | float) -> list[tuple[Any, ...]]:
    return reader.execute(query, values).fetchall()
