"""Keep on this machine what the servers cannot take now, and hand it over, the oldest first, when they can again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from math import inf
from pathlib import Path

from gateway.errors import ConfigurationError, StoreUnavailable
from gateway.event import Event
from gateway.store.redis.appender import Row
from gateway.store.sqlite.engine import SqliteStore
from gateway.store.sqlite.writer import Limits

# Processes that share a data directory have a spool each.
MOST_SPOOLS = 64

_AT_ONCE = 500
_LEASE_SECONDS = 60.0
_LOOK_SECONDS = 0.5

# What could not be taken over is tried again after so long.
_ORPHANS_SECONDS = 10.0

Append = Callable[[list[Row]], Awaitable[None]]


class Spool:
    """The spool of one process: an embedded store in the first free one of `spool-1`, `spool-2`… of a directory.

    What a process left behind that did not come back is handed over by whoever starts next. `fault` is told each
    exception that nobody expected.
    """

    def __init__(self, directory: Path, limits: Limits, clock: Callable[[], float]) -> None:
        self.fault: Callable[[BaseException], None] = lambda error: None
        self._directory = directory
        self._limits = limits
        self._clock = clock
        self._store: SqliteStore | None = None
        self._own = directory
        self.waiting = 0

    async def open(self) -> None:
        """Take a free one. ConfigurationError where there is none."""
        for number in range(1, MOST_SPOOLS + 1):
            self._own = self._directory / f"spool-{number}"
            store = SqliteStore(self._own, self._limits)
            try:
                await store.open()
            except ConfigurationError:
                if number == MOST_SPOOLS:
                    raise
                continue
            self._store = store
            self.waiting = sum([depth.events for depth in await store.depths()])
            return

    async def close(self) -> None:
        """Keep what is there for the next time."""
        if self._store:
            await self._store.close()

    async def put(self, events: Sequence[Event]) -> None:
        """Return when the events are on disk. StoreUnavailable where they are not."""
        if self._store is None:
            raise StoreUnavailable("the spool is closed")
        await self._store.put(events)
        self.waiting += len(events)

    async def run(self, append: Append, is_there: Callable[[], bool]) -> None:
        """Hand over whenever there is something and somebody takes it."""
        orphans = sorted({*self._directory.glob("spool-*")} - {self._own})
        looked = -inf
        while True:
            if is_there() and self.waiting:
                await self._tried(self._hand_over_own(append))
            if is_there() and orphans and time.monotonic() - looked >= _ORPHANS_SECONDS:
                looked = time.monotonic()
                orphans = [each for each in orphans if not await self._tried(self._adopt(each, append))]
            await asyncio.sleep(_LOOK_SECONDS)

    async def _tried(self, work: Awaitable[None]) -> bool:
        """Whether it went well. What is wrong with one spool is not wrong with the others."""
        try:
            await work
        except StoreUnavailable:
            return False
        except Exception as error:  # noqa: BLE001 - a fault ends one look, never the looking
            self.fault(error)
            return False
        return True

    async def _hand_over_own(self, append: Append) -> None:
        if self._store:
            await self._hand_over(self._store, append)
            self.waiting = sum([depth.events for depth in await self._store.depths()])

    async def _adopt(self, directory: Path, append: Append) -> None:
        orphan = SqliteStore(directory, self._limits)
        try:
            await orphan.open()
        except ConfigurationError:  # somebody has it
            return
        try:
            await self._hand_over(orphan, append)
        finally:
            await orphan.close()

    async def _hand_over(self, store: SqliteStore, append: Append) -> None:
        while depths := await store.depths():
            destination = min(depths, key=lambda depth: depth.oldest).destination
            leases = await store.lease(destination, _AT_ONCE, self._clock(), _LEASE_SECONDS)
            if not leases:
                return
            try:
                await append([(each.destination, each.id, each.received, each.body.encode()) for each in leases])
            except BaseException:
                await store.retry(leases, 0, tried=False)
                raise
            await store.settle(leases)
