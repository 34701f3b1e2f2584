"""The store that many replicas share, in Redis, and what is kept aside while that is away."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.errors import ConfigurationError, Finding, StoreUnavailable
from gateway.event import Event
from gateway.store.protocols import Compaction, Condition, Erased, Held, Refusal
from gateway.store.redis.appender import Appender, Row
from gateway.store.redis.compacting import compact
from gateway.store.redis.dead_letters import RedisDeadLetters
from gateway.store.redis.erasing import RedisErasing
from gateway.store.redis.fitness import Wanted
from gateway.store.redis.keeper import Keeper
from gateway.store.redis.keyring import Keyrings
from gateway.store.redis.ledger import RedisLedger
from gateway.store.redis.line import Line
from gateway.store.redis.memory import Memory
from gateway.store.redis.names import Names
from gateway.store.redis.parts import Parts, SealedElsewhere
from gateway.store.redis.queue import RedisQueue
from gateway.store.redis.scripts import Replication
from gateway.store.redis.servers import Servers
from gateway.store.redis.spool import Spool
from gateway.store.redis.withdrawals import RedisWithdrawals
from gateway.tasks import end
from gateway.telemetry import log

# What a waiting row costs in memory beside its text.
_ROW_BYTES = 512

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


class Outside(NamedTuple):
    """What the store is given of the world: the servers, the keys of 32 bytes that what it keeps is sealed with in the
    end (the current one first), a clock of POSIX seconds, and a spool for what the servers cannot take."""

    servers: Servers
    wrapping: Sequence[bytes]
    clock: Callable[[], float]
    spool: Spool | None = None


class RedisStore(RedisQueue, RedisErasing, RedisDeadLetters, RedisLedger):
    """A `Store` of `gateway.store.protocols`, for one event loop. `keeper.lost` is told how many events a server has
    lost, and `gone` how many queued events of a destination were erased."""

    def __init__(self, outside: Outside, options: Options) -> None:
        replication = Replication(options.wanted.replicas, int(options.seconds * 1000 * _PART_FOR_REPLICAS))
        self._line = line = Line(outside.servers, options.seconds)
        names = Names(options.prefix)
        parts = Parts(line, names, replication, Keyrings(outside.wrapping))
        RedisQueue.__init__(self, parts, Keeper(line, names, options.wanted, outside.clock))
        RedisErasing.__init__(self, parts)
        parts.seen = self.keeper.seen
        self._appender = Appender(parts, self.keeper.enlist, options.waiting)
        self._appender.gone = self._gone
        self._spool = outside.spool
        self._spooling: asyncio.Task[None] | None = None
        self._withdrawals = RedisWithdrawals(line, names, replication, outside.clock)
        self._withdrawals.memory = Memory(options.memory)
        self._withdrawals.fault = self._fault
        self._withdrawals.forgotten = self._knows_no_more
        self._looked = False
        self.keeper.catch_up = self._look
        self.wake: Callable[[str], None] = lambda destination: None
        self.forgotten: Callable[[Collection[str]], None] = lambda subjects: None
        self.keeper.wake = self._wake

    def is_there(self) -> bool:
        """Whether the servers would be asked."""
        return not self._line.why

    def _wake(self, destination: str) -> None:
        self.wake(destination)

    def _fault(self, error: BaseException) -> None:
        self.keeper.fault(error)

    def _gone(self, destination: str, number: int) -> None:
        self.gone(destination, number)

    async def open(self) -> None:
        """Look for the servers. ConfigurationError where they are there and will not do, or where what they have was
        sealed with another root key; where they are away, the store goes on looking."""
        await asyncio.to_thread(self._withdrawals.memory.read)
        await self.keeper.look()
        try:
            await self._know_months()
        except BaseException:
            await self._line.servers.close()
            raise
        if self._spool:
            self._spool.gone = self._gone
            await self._spool.open()
            self._spooling = asyncio.create_task(self._spool.run(self), name="store-spool")
        self.keeper.start()

    async def close(self) -> None:
        """Append what was accepted, give back what is lent, and hang up."""
        if self._spool and self._spooling:
            await end([self._spooling])
            await self._spool.close()
        await self._appender.finish()
        await self._catch_up()
        await self.keeper.stop()
        self._line.close("the store is closed")
        await self._line.servers.close()

    async def condition(self) -> Condition:
        """See `Store`."""
        away, aside = self._line.why, self._spool.waiting if self._spool else 0
        sound = self._spool is not None or not away
        return Condition("redis", self.keeper.verdict.durability, sound, away or self._appender.why, aside)

    async def _know_months(self) -> None:
        """See that the servers will do, and know the keys of the months that they have."""
        verdict = self.keeper.verdict
        if verdict.wrong:
            raise ConfigurationError([Finding("the Redis server", 1, 1, "G091", verdict.wrong, verdict.hint)])
        try:
            await self._parts.learn_all()
        except SealedElsewhere as error:
            hint = "put that key behind the current one, or use another `store.prefix`"
            raise ConfigurationError([Finding("the Redis server", 1, 1, "G094", str(error), hint)]) from None
        except StoreUnavailable:
            return  # it is away, and what is unknown is asked for when it is needed

    async def _look(self) -> None:
        """What is done before anything else, and from time to time."""
        await self._withdrawals.look()
        erased = await self.look()
        if erased:
            self.forgotten(erased)
        if erased and self._looked and self._spool:
            await self._spool.erase(erased, 0)
        self._looked = True
        await self._catch_up()

    # Queue

    async def put(self, events: Sequence[Event]) -> None:
        """See `Queue`."""
        try:
            await self.append(
                [Row(each.destination, each.key, each.received, _encoded(each), each.subject) for each in events]
            )
        except StoreUnavailable:
            if self._spool is None:
                raise
            await self._spool.put(events)

    async def append(self, rows: list[Row]) -> None:
        """The same with events that are written out already."""
        if not rows:
            return
        await self._appender.append(rows, sum(len(row.plain) + _ROW_BYTES for row in rows))
        for destination in {row.destination for row in rows}:
            self.keeper.seen.add(destination)
            self.wake(destination)

    # Withdrawals

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """See `Withdrawals`."""
        await self._withdrawals.refuse(subject, purposes, at)

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """See `Withdrawals`."""
        await self._withdrawals.lift(subject, purposes)

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """See `Withdrawals`. Where the server has forgotten some, it refuses what is lent and came before."""
        return await self._withdrawals.refusals_of(subjects, self._oldest_lent())

    async def expire(self, before: int) -> int:
        """See `Withdrawals`."""
        return await self._withdrawals.expire(before)

    def _knows_no_more(self) -> None:
        """Nothing that was lent before may be sent: nobody knows any more who has withdrawn."""
        log("store", logging.ERROR, state="forgotten")
        self.keeper.forgotten()
        for tenure in self.keeper.tenures.values():
            tenure.renew()

    # Erasing, of what lies aside too

    async def link(self, pairs: Collection[tuple[str, str]], at: int) -> None:
        """See `Erasing`."""
        try:
            await super().link(pairs, at)
        except StoreUnavailable:
            if self._spool is None:
                raise
            await self._spool.link(pairs, at)

    async def linked(self, subjects: Collection[str]) -> Collection[str]:
        """See `Erasing`."""
        aside = await self._spool.linked(subjects) if self._spool else ()
        return {*aside, *await super().linked(subjects)}

    async def held(self, subjects: Collection[str], most: int) -> list[Held]:
        """See `Erasing`."""
        aside = await self._spool.held(subjects, most) if self._spool else []
        return aside + await super().held(subjects, most - len(aside)) if len(aside) < most else aside

    async def erase(self, subjects: Collection[str], at: int) -> Erased:
        """See `Erasing`."""
        erased = await super().erase(subjects, at)
        if self._spool is None:
            return erased
        aside = await self._spool.erase(subjects, at)
        return Erased(*(here + there for here, there in zip(erased, aside, strict=True)))

    async def compact(self) -> Compaction:
        """See `Erasing`."""
        shared = await compact(self._line)
        if self._spool is None:
            return shared
        aside = await self._spool.compact()
        return Compaction(shared.done and aside.done, f"{shared.evidence}; aside: {aside.evidence}")


def _encoded(event: Event) -> bytes:
    """A lone surrogate is no text that any vendor would take."""
    return event.to_json().encode("utf-8", "replace")
