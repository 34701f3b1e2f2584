"""Keep on this machine what the servers cannot take now, and hand it over, the oldest first, when they can again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from math import inf
from operator import add
from pathlib import Path
from typing import Protocol

from gateway.errors import ConfigurationError, StoreUnavailable
from gateway.event import Event
from gateway.store.protocols import Compaction, Erased, Held, Lease
from gateway.store.redis.appender import Row
from gateway.store.sqlite.engine import SqliteStore
from gateway.store.sqlite.files import subject_of
from gateway.store.sqlite.quarantine import Damage
from gateway.store.sqlite.writer import Limits

# Processes that share a data directory have a spool each.
MOST_SPOOLS = 64

# What a directory's lock is called where another process has it.
LOCKED = "store-locked"

_AT_ONCE = 500
_LEASE_SECONDS = 60.0
_LOOK_SECONDS = 0.5

# What could not be taken over is tried again after so long.
_ORPHANS_SECONDS = 10.0


class Shared(Protocol):
    """What the spool asks of the store that it stands in for."""

    async def append(self, rows: list[Row]) -> None:
        """Return when the events are durable there. StoreUnavailable where they are not."""

    def is_there(self) -> bool:
        """Whether anybody would be asked."""

    async def link(self, pairs: Collection[tuple[str, str]], at: int) -> None:
        """See `Erasing` of `gateway.store.protocols`."""

    async def erased(self) -> Mapping[str, int]:
        """Who was erased when, as far back as that is remembered."""

    @property
    def gone(self) -> Callable[[str, int], None]:
        """Told how many events of a destination were erased before they were handed over."""


class Spool:
    """The spool of one process: an embedded store in the first free one of `spool-1`, `spool-2`… of a directory.

    What a process left behind that did not come back is handed over by whoever starts next. `fault` is told each
    exception that nobody expected, `gone` how many events of a destination an erasure destroyed, `damaged` which file
    was found damaged and set aside.
    """

    def __init__(self, directory: Path, wrapping: Sequence[bytes], limits: Limits, clock: Callable[[], float]) -> None:
        self.fault: Callable[[BaseException], None] = lambda error: None
        self.gone: Callable[[str, int], None] = lambda destination, number: None
        self.damaged: Callable[[Damage], None] = lambda damage: None
        self._directory = directory
        self._wrapping = wrapping
        self._limits = limits
        self._clock = clock
        self._store: SqliteStore | None = None
        self._own = directory
        self._linked = True  # perhaps, by whoever was here before
        self._orphan: SqliteStore | None = None
        self._taken = 0
        self.waiting = 0

    async def open(self) -> None:
        """Take a free one. ConfigurationError where there is none."""
        for number in range(1, MOST_SPOOLS + 1):
            self._own = self._directory / f"spool-{number}"
            store = self._at(self._own)
            try:
                await store.open()
            except ConfigurationError:
                if number == MOST_SPOOLS:
                    raise
                continue
            self._store = store
            store.gone = self._gone
            self.waiting = sum([depth.events for depth in await store.depths()])
            return

    def _at(self, directory: Path) -> SqliteStore:
        store = SqliteStore(directory, self._wrapping, self._limits)
        store.damaged = self.damaged
        return store

    def _gone(self, destination: str, number: int) -> None:
        self.gone(destination, number)

    async def close(self) -> None:
        """Keep what is there for the next time."""
        if self._store:
            await self._store.close()

    async def put(self, events: Sequence[Event]) -> None:
        """Return when the events are on disk. StoreUnavailable where they are not."""
        if self._store is None:
            raise StoreUnavailable("the spool is closed")
        await self._store.put(events)
        self._taken += len(events)
        self.waiting += len(events)

    async def link(self, pairs: Collection[tuple[str, str]], at: int) -> None:
        """Return when the links are on disk. StoreUnavailable where they are not."""
        if self._store is None:
            raise StoreUnavailable("the spool is closed")
        await self._store.link(pairs, at)
        self._linked = True

    async def linked(self, subjects: Collection[str]) -> Collection[str]:
        """See `Erasing`, of what lies here."""
        return await self._store.linked(subjects) if self._store else ()

    async def held(self, subjects: Collection[str], most: int) -> list[Held]:
        """See `Erasing` of `gateway.store.protocols`; it is the same with the others."""
        return await self._store.held(subjects, most) if self._store else []

    async def erase(self, subjects: Collection[str], at: int) -> Erased:
        """What lies here, and in what is handed over just now. The events of others are filtered when that begins."""
        erased = await self._store.erase(subjects, at) if self._store else Erased(0, 0, 0, 0)
        self.waiting = max(0, self.waiting - erased.queued)
        if self._orphan:
            with suppress(StoreUnavailable):  # it is being closed, and what is left in it is filtered the next time
                more = await self._orphan.erase(subjects, at)
                erased = Erased(*map(add, erased, more))
        return erased

    async def compact(self) -> Compaction:
        """The files of this process."""
        return await self._store.compact() if self._store else Compaction(True, "")

    async def run(self, shared: Shared) -> None:
        """Hand over whenever there is something and somebody takes it."""
        orphans = sorted({*self._directory.glob("spool-*")} - {self._own})
        looked = -inf
        while True:
            if shared.is_there() and (self.waiting or self._linked):
                await self._tried(self._hand_over_own(shared))
            if shared.is_there() and orphans and time.monotonic() - looked >= _ORPHANS_SECONDS:
                looked = time.monotonic()
                orphans = [each for each in orphans if not await self._tried(self._adopt(each, shared))]
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

    async def _hand_over_own(self, shared: Shared) -> None:
        if self._store:
            self._linked = False
            try:
                await self._hand_over(self._store, shared)
            except BaseException:
                self._linked = True
                raise
            taken, depths = self._taken, await self._store.depths()
            # What was put while that was read may not be in it.
            self.waiting = sum([depth.events for depth in depths]) + self._taken - taken

    async def _adopt(self, directory: Path, shared: Shared) -> None:
        orphan = self._at(directory)
        try:
            await orphan.open()
        except ConfigurationError as error:
            if {finding.code for finding in error.findings} == {LOCKED}:  # somebody has it
                return
            raise
        orphan.gone, self._orphan = self._gone, orphan
        try:
            await self._hand_over(orphan, shared)
        finally:
            self._orphan = None
            await orphan.close()

    async def _hand_over(self, store: SqliteStore, shared: Shared) -> None:
        erased = await shared.erased()
        await _hand_over_links(store, shared, erased)  # first: no event is there that cannot be found by all its names
        while depths := await store.depths():
            destination = min(depths, key=lambda depth: depth.oldest).destination
            leases = await store.lease(destination, _AT_ONCE, self._clock(), _LEASE_SECONDS)
            if not leases:
                return
            rows = [_row(lease) for lease in leases if not lease.erased]
            kept = [row for row in rows if row.received > erased.get(row.subject, -1)]
            try:
                await shared.append(kept)
            except BaseException:
                await store.retry(leases, 0, tried=False)
                raise
            await store.settle(leases)
            if len(kept) < len(leases):
                shared.gone(destination, len(leases) - len(kept))


async def _hand_over_links(store: SqliteStore, shared: Shared, erased: Mapping[str, int]) -> None:
    """The links that lie here, but for those from before the erasure of one of their ends."""
    while links := await store.links(_AT_ONCE):
        for day in {day for _, _, day in links}:
            after = {subject for subject, at in erased.items() if at >= day}
            pairs = [(also, subject) for also, subject, at in links if at == day and after.isdisjoint((also, subject))]
            await shared.link(pairs, day)
        await store.unlink(links)


def _row(lease: Lease) -> Row:
    """What nobody can read is handed over as it is: whoever is to deliver it says so."""
    plain = lease.body.encode("utf-8", "replace")
    return Row(lease.destination, lease.id, lease.received, plain, subject_of(lease.body) if lease.body else "")
