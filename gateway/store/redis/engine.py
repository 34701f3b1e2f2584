"""The store that many replicas share: queue, dead letters and withdrawals in Redis.

Who has which event is known to the server alone. A lease names its owner, and only the owner can end it; a replica that
was stopped for a while finds that its name no longer counts, and sends nothing under it.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from gateway.errors import ConfigurationError, Finding, StoreUnavailable
from gateway.event import Event
from gateway.store.protocols import Condition, DeadLetter, Depth, Lease, Refusal
from gateway.store.redis.appender import Appender, Row
from gateway.store.redis.dead_letters import RedisDeadLetters
from gateway.store.redis.fitness import Wanted
from gateway.store.redis.keeper import ALIVE_SECONDS, Depths, Keeper, depths_of
from gateway.store.redis.line import Line
from gateway.store.redis.memory import Memory
from gateway.store.redis.names import Names
from gateway.store.redis.scripts import END_LEASE, LEASE, PEEK, Call, Replication, run
from gateway.store.redis.servers import Servers, command
from gateway.store.redis.spool import Spool
from gateway.store.redis.withdrawals import RedisWithdrawals
from gateway.telemetry import log

# What a waiting row costs in memory beside its text.
_ROW_BYTES = 512

# Identifiers of settled events that a destination remembers, so that a repeated request is not delivered twice.
_REMEMBERED = 65_536

_AT_ONCE = 500
_MOST_OWED = 10_000

# Of the time that an answer may take; a script that the server has not seen yet is sent twice.
_PART_FOR_REPLICAS = 0.4


class Options(NamedTuple):
    """How a server is used: the `prefix` of every key, what is `wanted` of it, how many `seconds` it may take to
    answer, how many bytes of events may wait for that, and in which directory is noted what it once knew."""

    prefix: str = "gw"
    wanted: Wanted = Wanted()
    seconds: float = 0.5
    waiting: int = 16 << 20
    memory: Path | None = None


class Grip(NamedTuple):
    """The key of a lease: who holds which entry until when."""

    owner: str
    entry: bytes
    until: float


class _Lent(NamedTuple):
    """What was lent of a destination: when the oldest of it was received, and until when (on the monotonic clock) some
    of it may be held."""

    oldest: int
    until: float


class RedisStore:
    """A `Store` of `gateway.store.protocols`, for one event loop. `clock` gives POSIX seconds; with a `spool`, what the
    servers cannot take is kept there. `keeper.lost` is told how many events a server has lost."""

    def __init__(
        self, servers: Servers, options: Options, clock: Callable[[], float], spool: Spool | None = None
    ) -> None:
        replication = Replication(options.wanted.replicas, int(options.seconds * 1000 * _PART_FOR_REPLICAS))
        self._line = Line(servers, options.seconds)
        self._names = Names(options.prefix)
        self._appender = Appender(self._line, self._names, replication, options.waiting)
        self.keeper = Keeper(self._line, self._names, options.wanted, clock)
        self._spool = spool
        self._spooling: asyncio.Task[None] | None = None
        self._withdrawals = RedisWithdrawals(self._line, self._names, replication, clock)
        self._withdrawals.memory = Memory(options.memory)
        self._withdrawals.fault = self._fault
        self._dead = RedisDeadLetters(self._line, self._names, self._destinations)
        self._withdrawals.forgotten = self._forgotten
        self._owed: deque[Call] = deque()
        self._lent: dict[str, _Lent] = {}
        self.keeper.catch_up = self._look
        self.wake: Callable[[str], None] = lambda destination: None
        self.keeper.wake = self._wake

    def _is_there(self) -> bool:
        return not self._line.why

    def _wake(self, destination: str) -> None:
        self.wake(destination)

    def _fault(self, error: BaseException) -> None:
        self.keeper.fault(error)

    async def open(self) -> None:
        """Look for the servers. ConfigurationError where they are there and will not do; where they are away, the store
        goes on looking."""
        await asyncio.to_thread(self._withdrawals.memory.read)
        await self.keeper.look()
        verdict = self.keeper.verdict
        if verdict.wrong:
            await self._line.servers.close()
            raise ConfigurationError([Finding("the Redis server", 1, 1, "G091", verdict.wrong, verdict.hint)])
        if self._spool:
            await self._spool.open()
            self._spooling = asyncio.create_task(self._spool.run(self.append, self._is_there), name="store-spool")
        self.keeper.start()

    async def close(self) -> None:
        """Append what was accepted, give back what is lent, and hang up."""
        if self._spool and self._spooling:
            self._spooling.cancel()
            await asyncio.gather(self._spooling, return_exceptions=True)
            await self._spool.close()
        await self._appender.finish()
        await self._catch_up()
        await self.keeper.stop()
        self._line.close("the store is closed")
        await self._line.servers.close()

    async def condition(self) -> Condition:
        """See `Store`."""
        why, aside = self._line.why, self._spool.waiting if self._spool else 0
        return Condition("redis", self.keeper.verdict.durability, self._spool is not None or not why, why, aside)

    # Queue

    async def put(self, events: Sequence[Event]) -> None:
        """See `Queue`."""
        try:
            rows = [(each.destination, each.key, each.received, _encoded(each.to_json())) for each in events]
            await self.append(rows)
        except StoreUnavailable:
            if self._spool is None:
                raise
            await self._spool.put(events)

    async def append(self, rows: list[Row]) -> None:
        """The same with events that are written out already."""
        if not rows:
            return
        await self._appender.append(rows, sum(len(row[3]) + _ROW_BYTES for row in rows))
        for destination in {row[0] for row in rows}:
            self.keeper.seen.add(destination)
            self.wake(destination)

    async def lease(self, destination: str, most: int, now: float, seconds: float) -> list[Lease]:
        """See `Queue`. A lease also ends when its owner is not heard of for a while."""
        tag, tenure, began = self._names.destination(destination), self.keeper.tenure(destination), time.monotonic()
        if not tenure.believed:
            await self.keeper.beat(destination)  # what dead owners had comes first
        owner, until = tenure.owner, now + seconds
        call = Call(LEASE, tag, (owner, now, until, most, int(ALIVE_SECONDS * 1000)))
        try:
            ((remade, vanished, found),) = await self._line.ask(tag, partial(run, calls=[call]), again=False)
        except StoreUnavailable:
            # Perhaps the answer was lost, and with it what we were lent.
            tenure.renew()
            raise
        tenure.believed = began
        if remade or vanished:
            self.keeper.report(vanished)
        leases = sorted((_lease(destination, owner, until, row) for row in found), key=_place)
        self._note_lent(destination, leases, time.monotonic() + seconds)
        return leases

    def _note_lent(self, destination: str, leases: Sequence[Lease], until: float) -> None:
        if leases:
            before = self._lent.get(destination)
            oldest = min(lease.received for lease in leases)
            if before and before.until > time.monotonic():
                oldest, until = min(oldest, before.oldest), max(until, before.until)
            self._lent[destination] = _Lent(oldest, until)

    def holds(self, lease: Lease, now: float) -> bool:
        """See `Queue`."""
        grip: Grip = lease.key
        return self.keeper.tenure(lease.destination).holds(grip.owner) and now < grip.until

    async def settle(self, leases: Sequence[Lease]) -> None:
        """See `Queue`."""
        await self._end(leases, "settle", _REMEMBERED, "")

    async def retry(self, leases: Sequence[Lease], at: float, tried: bool = True) -> None:
        """See `Queue`."""
        await self._end(leases, "retry", at, int(tried))

    async def bury(self, leases: Sequence[Lease], reason: str, now: float) -> None:
        """See `Queue`."""
        await self._end(leases, "bury", int(now), reason)

    async def _end(self, leases: Sequence[Lease], act: str, first: float, second: str | int) -> None:
        """Told twice, it does nothing the second time: the leases are nobody's any more."""
        groups: dict[tuple[str, str], list[str | bytes]] = {}
        for lease in leases:
            groups.setdefault((lease.destination, lease.key.owner), []).extend((lease.key.entry, lease.id))
        for (destination, owner), pairs in groups.items():
            tag = self._names.destination(destination)
            for start in range(0, len(pairs), 2 * _AT_ONCE):
                arguments = (owner, act, first, second, *pairs[start : start + 2 * _AT_ONCE])
                await self._told(Call(END_LEASE, tag, arguments))

    async def _told(self, call: Call) -> None:
        """Have leases ended, or remember to end them: what is delivered already should not go out again for an answer
        that was lost, and whoever counts it must count it once. StoreUnavailable where too much is remembered."""
        try:
            await self._line.ask(call.tag, partial(run, calls=[call]))
        except StoreUnavailable:
            if len(self._owed) >= _MOST_OWED:
                raise
            self._owed.append(call)

    async def _look(self) -> None:
        """What is done before anything else, and from time to time."""
        await self._withdrawals.look()
        await self._catch_up()

    async def _catch_up(self) -> None:
        """End the leases that could not be ended before."""
        while self._owed:
            call = self._owed[0]
            try:
                await self._line.ask(call.tag, partial(run, calls=[call]))
            except StoreUnavailable:
                self._owed.rotate(-1)  # it may be refused for something of its own
                return
            with suppress(ValueError):
                self._owed.remove(call)

    # Backlog

    async def next_due(self, destination: str) -> float | None:
        """See `Backlog`. What is lent counts as waiting for the end of its lease."""
        return (await self._peek(destination)).due

    async def depths(self) -> list[Depth]:
        """See `Backlog`."""
        found = [(name, await self._peek(name)) for name in await self._destinations()]
        return [Depth(name, depths.events, depths.oldest) for name, depths in found if depths.events]

    async def _peek(self, destination: str) -> Depths:
        tag = self._names.destination(destination)
        (answer,) = await self._line.ask(tag, partial(run, calls=[Call(PEEK, tag)]))
        return depths_of(answer)

    async def _destinations(self) -> list[str]:
        key = self._names.destinations
        found: set[bytes] = await self._line.ask(key, partial(command, "SMEMBERS", key))
        return sorted({name.decode() for name in found} | self.keeper.seen)

    # Withdrawals

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """See `Withdrawals`."""
        await self._withdrawals.refuse(subject, purposes, at)

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """See `Withdrawals`."""
        await self._withdrawals.lift(subject, purposes)

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """See `Withdrawals`. Where the server has forgotten some, it refuses what is lent and came before."""
        now = time.monotonic()
        oldest = min((lent.oldest for lent in self._lent.values() if lent.until > now), default=inf)
        return await self._withdrawals.refusals_of(subjects, oldest)

    async def expire(self, before: int) -> int:
        """See `Withdrawals`."""
        return await self._withdrawals.expire(before)

    def _forgotten(self) -> None:
        """Nothing that was lent before may be sent: nobody knows any more who has withdrawn."""
        log("store", logging.ERROR, state="forgotten")
        self.keeper.forgotten()
        for tenure in self.keeper.tenures.values():
            tenure.renew()

    # Dead letters

    async def buried(self) -> Mapping[tuple[str, str], int]:
        """See `DeadLetters`."""
        return await self._dead.buried()

    async def browse(self, destination: str, most: int, after: str = "") -> list[DeadLetter]:
        """See `DeadLetters`."""
        return await self._dead.browse(destination, most, after)

    async def unearth(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        return await self._dead.unearth(destination, ids)

    async def destroy(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        return await self._dead.destroy(destination, ids)

    async def discard(self, before: int) -> int:
        """See `DeadLetters`."""
        return await self._dead.discard(before)


def _encoded(body: str) -> bytes:
    """A lone surrogate is no text that any vendor would take."""
    return body.encode("utf-8", "replace")


def _lease(destination: str, owner: str, until: float, row: Sequence[Any]) -> Lease:
    entry, name, received, attempts, body = row
    grip = Grip(owner, entry, until)
    return Lease(grip, name.decode(), destination, int(received), int(attempts), body.decode("utf-8", "replace"))


def _place(lease: Lease) -> tuple[int, ...]:
    """Where an entry stands in its stream: milliseconds, and a number among those."""
    return tuple(int(step) for step in lease.key.entry.split(b"-"))
