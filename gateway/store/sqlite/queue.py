"""The queue of the embedded engine: what waits, what is lent, and what was settled of late.

Leases live in memory alone. The directory is locked, so no other process can hold one, and after a crash all of them
are void at once, without a clock having to run out.
"""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.errors import StoreUnavailable
from gateway.event import Event
from gateway.sealing import bound, key_id, month_of, period
from gateway.store.protocols import Depth, Lease
from gateway.store.sqlite.files import Files, run
from gateway.store.sqlite.jobs import Row
from gateway.store.sqlite.reader import checksum, due, next_due, text
from gateway.store.sqlite.writer import Limits

Work = Callable[[sqlite3.Connection], int]

# What a waiting row costs in memory beside its text.
_ROW_BYTES = 512

# Identifiers of settled events remembered in memory, so that a repeated request is not delivered twice; and numbers of
# events that an erasure took, so that none is lent that somebody had just read.
_REMEMBERED = 65_536

# How many changes that failed are remembered, and how often they are tried again.
_MOST_OWED = 10_000
_OWED_SECONDS = 1.0

# How many events may wait for keys to be made. More of them would only wait for a disk that does not answer.
_MOST_PARKED = 4_096

_DELETE = "delete from queue where seq in (select value from json_each(?))"
_TAKE = f"{_DELETE} returning seq, destination"
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


class Loan(NamedTuple):
    """Until when an event is lent, and the key that it is sealed under."""

    until: float
    key: bytes


class QueueFile(Files):
    """`Queue` and `Backlog` of `gateway.store.protocols`.

    `wake` is called with the name of each destination that was just given an event, `gone` with that of one whose
    queued events were erased, and how many; those that were lent just then whoever has them tells about.
    """

    def __init__(self, directory: Path, wrapping: Sequence[bytes], limits: Limits | None = None) -> None:
        super().__init__(directory, wrapping, limits)
        self._lent: dict[str, dict[int, Loan]] = {}
        self._settled: dict[tuple[str, str], bytes] = {}
        self._taken: dict[int, None] = {}
        self._owed: list[tuple[Work, Sequence[Lease]]] = []
        self._owing: asyncio.Task[None] | None = None
        self._parked = 0
        self.wake: Callable[[str], None] = lambda destination: None
        self.gone: Callable[[str, int], None] = lambda destination, number: None
        self.forgotten: Callable[[Collection[str]], None] = lambda subjects: None  # no other process erases here
        self._writer.stored = self._stored

    def put(self, events: Sequence[Event]) -> Awaitable[None]:
        """See `Queue`. One commit for all who wait, one wake-up for all of them, and no task for any."""
        rows: list[Row] = []
        cost = 0
        for event in events:
            destination, key, subject, received = event.destination, event.key, event.subject, event.received
            if not self._is_stocked(month_of(received), len(events)):
                return self._put_when_stocked(events)
            if (destination, key) in self._settled:
                continue
            # A lone surrogate is no text that any vendor would take.
            plain = event.to_json().encode("utf-8", "replace")
            body = self._sealer.seal(subject, period(subject, received), plain, bound(destination, key))
            rows.append((destination, key, received, checksum(body), body))
            cost += len(body) + _ROW_BYTES
        return self._writer.append(rows, cost)

    async def _put_when_stocked(self, events: Sequence[Event]) -> None:
        if self._parked >= _MOST_PARKED:
            raise StoreUnavailable("too many events are waiting")
        self._parked += len(events)
        try:
            for received in {event.received for event in events}:
                await self._stocked(month_of(received), len(events))
        finally:
            self._parked -= len(events)
        await self.put(events)

    async def lease(self, destination: str, most: int, now: float, seconds: float) -> list[Lease]:
        """See `Queue`."""
        lent = self._lent.setdefault(destination, {})
        over = [seq for seq, loan in lent.items() if loan.until <= now]
        owed = {lease.key for _, leases in self._owed for lease in leases} if over else ()
        for seq in over:
            if seq in owed:  # it is delivered, perhaps, and only the disk does not know
                lent[seq] = lent[seq]._replace(until=now + seconds)
            else:
                del lent[seq]
        before = set(lent)
        found = await self._read(lambda reader: due(reader, destination, now, most + len(before)))
        keys = await self._keys_of([row.body for row in found if row.seq not in before])
        # What was lent or erased since the reading began may still be in the snapshot that was read.
        free = [row for row in found if row.seq not in before and row.seq not in lent and row.seq not in self._taken]
        leases: list[Lease] = []
        for row in free[:most]:
            name = text(row.name)
            opened = self._opened((destination, name), row.body, row.checksum, keys)
            leases.append(Lease(row.seq, name, destination, row.received, row.attempts, *opened))
            lent[row.seq] = Loan(now + seconds, key_id(row.body))
        return leases

    def holds(self, lease: Lease, now: float) -> bool:
        """See `Queue`."""
        loan = self._lent.get(lease.destination, {}).get(lease.key)
        return loan is not None and loan.until > now

    async def settle(self, leases: Sequence[Lease]) -> None:
        """See `Queue`."""
        keys = _keys(leases)
        # Before the commit: a repetition that comes while it is under way would find no row, and be kept as new.
        for lease in leases:
            loan = self._lent.get(lease.destination, {}).get(lease.key)
            self._settled[lease.destination, lease.id] = loan.key if loan else b""
        await self._told(lambda writer: run(writer, _DELETE, (keys,)), leases)
        while len(self._settled) > _REMEMBERED:
            del self._settled[next(iter(self._settled))]

    async def retry(self, leases: Sequence[Lease], at: float, tried: bool = True) -> None:
        """See `Queue`."""
        keys = _keys(leases)
        # Zero marks the events that were never tried.
        await self._told(lambda writer: run(writer, _RETRY, (max(at, 1.0), int(tried), keys)), leases)

    async def bury(self, leases: Sequence[Lease], reason: str, now: float) -> None:
        """See `Queue`."""
        keys = _keys(leases)

        def work(writer: sqlite3.Connection) -> int:
            for destination in {lease.destination for lease in leases}:
                run(writer, _BURY_ANEW, (destination, keys))
            run(writer, _BURY, (int(now), reason, keys))
            return run(writer, _DELETE, (keys,))

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
        owed = [*self._owed]  # until it is written down it is owed, also where who waits for that is cancelled
        with contextlib.suppress(StoreUnavailable):
            await self._writer.change(lambda writer: sum([work(writer) for work, _ in owed]))
            del self._owed[: len(owed)]
            self._release([lease for _, leases in owed for lease in leases])

    async def _take(self, seqs: Sequence[int], now: float) -> int:
        """Take erased events off the queue; how many. Nobody is lent them from now on."""
        self._taken.update(dict.fromkeys(seqs))
        lent = {seq for loans in self._lent.values() for seq, loan in loans.items() if loan.until > now}
        chosen = json.dumps(seqs)
        taken = await self._writer.change(lambda writer: writer.execute(_TAKE, (chosen,)).fetchall())
        for name in {name for _, name in taken}:
            self.gone(name, sum(destination == name and seq not in lent for seq, destination in taken))
        while len(self._taken) > _REMEMBERED:
            del self._taken[next(iter(self._taken))]
        return len(taken)

    def _forget_settled(self, keys: Collection[bytes]) -> None:
        """Remember no more what was settled of events that were sealed under these keys."""
        self._settled = {name: key for name, key in self._settled.items() if key not in keys}

    async def next_due(self, destination: str) -> float | None:
        """See `Backlog`. What is lent counts as waiting for the end of its lease."""
        lent = {seq: loan.until for seq, loan in self._lent.get(destination, {}).items()}
        return await self._read(lambda reader: next_due(reader, destination, lent))

    async def depths(self) -> list[Depth]:
        """See `Backlog`."""
        query = (
            "select waiting.destination, events, received from queue join "
            "(select destination, count(*) as events, min(seq) as first from queue group by destination) as waiting "
            "on seq = first"
        )
        return await self._read(lambda reader: [Depth(*row) for row in reader.execute(query)])

    def _stored(self, destinations: Collection[str]) -> None:
        for destination in destinations:
            self.wake(destination)

    def _release(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self._lent.get(lease.destination, {}).pop(int(lease.key), None)


def _keys(leases: Sequence[Lease]) -> str:
    return json.dumps([lease.key for lease in leases])
