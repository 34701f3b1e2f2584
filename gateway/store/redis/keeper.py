"""Keep in touch with the servers: say that a replica lives, see what they can promise, notice what they have lost."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from gateway.errors import StoreUnavailable
from gateway.store.redis.fitness import Verdict, Wanted, judge, read, shut_out, worst
from gateway.store.redis.line import Line
from gateway.store.redis.names import Names
from gateway.store.redis.scripts import BEAT, PEEK, Call, run
from gateway.store.redis.servers import command
from gateway.tasks import end
from gateway.telemetry import log

BEAT_SECONDS = 1.0

# An owner that has said nothing for so long is dead, and what it was lent may be lent again. It takes itself for dead
# a little earlier.
ALIVE_SECONDS = 10.0
DOUBT_SECONDS = 8.0

# How often a server is asked again what it can promise, and how often one is looked for that is away.
JUDGE_SECONDS = 15.0
SEEK_SECONDS = 0.25


class Depths(NamedTuple):
    """What waits for a destination: how many events, since when the oldest, and when the next may be lent."""

    events: int
    oldest: int
    due: float | None


class Tenure:
    """Under which name a replica is lent the events of one destination, and when that was last known to be believed
    (on the monotonic clock). A name is given up where nobody knows what it was lent."""

    def __init__(self) -> None:
        self.owner = secrets.token_hex(8)
        self.believed = 0.0

    def renew(self) -> None:
        """Take another name."""
        self.owner = secrets.token_hex(8)
        self.believed = 0.0

    def holds(self, owner: str) -> bool:
        """Whether what was lent under a name is still ours."""
        return owner == self.owner and time.monotonic() - self.believed < DOUBT_SECONDS


class Keeper:
    """Looks after a line. `wake` is called with each destination that has something to do, `lost` with how many events
    were there before everything was gone, `forgotten` when what was withdrawn is; `catch_up` is awaited before anything
    else that is done there; `fault` is told each exception that nobody expected. `clock` gives POSIX seconds."""

    def __init__(self, line: Line, names: Names, wanted: Wanted, clock: Callable[[], float]) -> None:
        self._line = line
        self._names = names
        self._wanted = wanted
        self._clock = clock
        self._states: dict[str, bytes] = {}
        self._depths: dict[str, int] = {}
        self._listed: set[str] = set()
        self._judged = 0.0
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._told = line.why
        self.tenures: dict[str, Tenure] = {}
        self.seen: set[str] = set()
        self.verdict = Verdict("none")
        self.wake: Callable[[str], None] = lambda destination: None
        self.lost: Callable[[int], None] = lambda count: None
        self.forgotten: Callable[[], None] = lambda: None
        self.catch_up: Callable[[], Awaitable[None]] = _nothing
        self.fault: Callable[[BaseException], None] = lambda error: None

    def tenure(self, destination: str) -> Tenure:
        """Under which name the events of a destination are lent."""
        return self.tenures.setdefault(destination, Tenure())

    def start(self) -> None:
        """Keep in touch until `stop`."""
        self._task = asyncio.create_task(self._run(), name="store-keeper")

    async def stop(self) -> None:
        """Give back at once what is still lent."""
        self._stopping = True
        await end([self._task])
        for destination, tenure in self.tenures.items():
            tag = self._names.destination(destination)
            with suppress(StoreUnavailable):
                await self._line.ask(tag, partial(command, "DEL", f"{tag}:alive:{tenure.owner}"))

    async def look(self) -> None:
        """One look at everything. Where it goes wrong, the line is closed."""
        try:
            if self._line.why or time.monotonic() - self._judged >= JUDGE_SECONDS:
                await self._judge()
            await self.catch_up()
            for destination in sorted({*self.tenures, *self.seen}):
                await self.beat(destination)
        except StoreUnavailable as error:
            self._line.close(self._line.why or str(error))
        self._tell()

    async def _run(self) -> None:
        while not self._stopping:
            wait = SEEK_SECONDS if self._line.why else BEAT_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await (asyncio.Event() if self._line.why else self._line.closed).wait()
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - a fault ends one look, never the looking
                self._line.close("a fault")
                self.fault(error)

    async def _judge(self) -> None:
        """Find the servers and see what they can promise; open the line where that will do."""
        line = self._line
        before, self.verdict = self.verdict, await self._verdict()
        self._judged = time.monotonic()
        if self.verdict.wrong:
            line.close(self.verdict.wrong)
            raise StoreUnavailable(self.verdict.wrong)
        if before.durability != self.verdict.durability:
            log("store", state="durability", reason=self.verdict.durability)
        if line.why:
            line.open()

    async def _verdict(self) -> Verdict:
        line = self._line
        try:
            await line.reach(line.servers.find)
            found = [await line.reach(partial(read, client)) for client in line.servers.all()]
            return worst(judge(server, self._wanted) for server in found)
        except StoreUnavailable as error:
            if verdict := shut_out(error.__cause__):
                return verdict
            raise

    async def beat(self, destination: str) -> None:
        """Be believed to be alive by those who are lent the events of a destination, and see how it is there."""
        tag, tenure = self._names.destination(destination), self.tenures.get(destination)
        began = time.monotonic()
        arguments = (tenure.owner if tenure else "", int(ALIVE_SECONDS * 1000), secrets.token_hex(8))
        state, depths = await self._line.ask(tag, partial(run, calls=[Call(BEAT, tag, arguments), Call(PEEK, tag)]))
        with suppress(StoreUnavailable):  # later, where the server is full
            await self.enlist(destination)
        if tenure:
            tenure.believed = began
        self._compare(destination, state, depths_of(depths))
        if tenure and (due := depths_of(depths).due) is not None and due <= self._clock():
            self.wake(destination)

    async def enlist(self, destination: str) -> None:
        """Have a destination among those that every replica knows."""
        if destination not in self._listed:
            known = self._names.destinations
            await self._line.ask(known, partial(command, "SADD", known, destination))
            self._listed.add(destination)

    def _compare(self, destination: str, state: bytes, depths: Depths) -> None:
        """Where the state has another name, all that was there is gone, and with it what anybody was lent."""
        before = self._states.get(destination)
        if before is not None and before != state:
            self.tenures.get(destination, Tenure()).renew()
            self._listed.discard(destination)
            self.report(self._depths.get(destination, 0))
        self._states[destination] = state
        self._depths[destination] = depths.events

    def report(self, count: int) -> None:
        """Say that events were lost that the servers had acknowledged."""
        log("store", logging.ERROR, state="lost", count=count)
        self.lost(count)

    def _tell(self) -> None:
        told, self._told = self._told, self._line.why
        if self._line.why and self._line.why != told:
            log("store", logging.WARNING, state="away", reason=self._line.why)
        elif told and not self._line.why:
            log("store", state="there", reason=self.verdict.durability)


async def _nothing() -> None:
    pass


def depths_of(answer: Iterable[int | bytes | None]) -> Depths:
    """What the script `peek` returned."""
    events, oldest, due = answer
    return Depths(int(events or 0), int(oldest or 0), None if due is None else float(due))
