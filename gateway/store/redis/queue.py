"""Lend what is queued, and end what was lent. Who has which event is known to the server alone.

A lease names its owner, and only the owner can end it; a replica that was stopped for a while finds that its name no
longer counts, and sends nothing under it.
"""

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from math import inf
from typing import Any, NamedTuple

from gateway.errors import StoreUnavailable
from gateway.sealing import bound, key_id
from gateway.store.protocols import Depth, Lease
from gateway.store.redis.keeper import ALIVE_SECONDS, Depths, Keeper, depths_of
from gateway.store.redis.keyring import Keyring
from gateway.store.redis.parts import Parts
from gateway.store.redis.scripts import END_LEASE, LEASE, PEEK, Call, run

# Identifiers of settled events that a destination remembers, so that a repeated request is not delivered twice.
_REMEMBERED = 65_536

_AT_ONCE = 500
_MOST_OWED = 10_000


class Grip(NamedTuple):
    """The key of a lease: who holds which entry until when, and the key that it is sealed under."""

    owner: str
    entry: bytes
    until: float
    under: bytes


class _Lent(NamedTuple):
    """What was lent of a destination: when the oldest of it was received, and until when (on the monotonic clock) some
    of it may be held."""

    oldest: int
    until: float


class RedisQueue:
    """`Queue`, without `put`, and `Backlog` of `gateway.store.protocols`."""

    def __init__(self, parts: Parts, keeper: Keeper) -> None:
        self._parts = parts
        self.keeper = keeper
        self._owed: deque[Call] = deque()
        self._lent: dict[str, _Lent] = {}

    async def lease(self, destination: str, most: int, now: float, seconds: float) -> list[Lease]:
        """See `Queue`. A lease also ends when its owner is not heard of for a while."""
        tag, tenure = self._parts.names.destination(destination), self.keeper.tenure(destination)
        began = time.monotonic()
        if not tenure.believed:
            await self.keeper.beat(destination)  # what dead owners had comes first
        owner, until = tenure.owner, now + seconds
        call = Call(LEASE, tag, (owner, now, until, most, int(ALIVE_SECONDS * 1000)))
        try:
            ((remade, vanished, found),) = await self._parts.line.ask(tag, partial(run, calls=[call]), again=False)
            await self._parts.learn(tag, [row[5] for row in found if row[5]])
        except StoreUnavailable:
            # Perhaps the answer was lost, and with it what we were lent; or nobody here can read it.
            tenure.renew()
            raise
        tenure.believed = began
        if remade or vanished:
            self.keeper.report(vanished)
        keyring = self._parts.keyrings.of(tag)
        leases = sorted((_lease(keyring, destination, (owner, until), row) for row in found), key=_place)
        self._note_lent(destination, leases, time.monotonic() + seconds)
        return leases

    def _note_lent(self, destination: str, leases: Sequence[Lease], until: float) -> None:
        if leases:
            before = self._lent.get(destination)
            oldest = min(lease.received for lease in leases)
            if before and before.until > time.monotonic():
                oldest, until = min(oldest, before.oldest), max(until, before.until)
            self._lent[destination] = _Lent(oldest, until)

    def _oldest_lent(self) -> float:
        """When the oldest event was received that may be held now."""
        now = time.monotonic()
        return min((lent.oldest for lent in self._lent.values() if lent.until > now), default=inf)

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
        groups: dict[tuple[str, str], list[Lease]] = {}
        for lease in leases:
            groups.setdefault((lease.destination, lease.key.owner), []).append(lease)
        for (destination, owner), those in groups.items():
            tag = self._parts.names.destination(destination)
            for start in range(0, len(those), _AT_ONCE):
                words: list[str | bytes] = []
                for lease in those[start : start + _AT_ONCE]:
                    words += (lease.key.entry, lease.id, lease.key.under)
                await self._told(Call(END_LEASE, tag, (owner, act, first, second, *words)))

    async def _told(self, call: Call) -> None:
        """Have leases ended, or remember to end them: what is delivered already should not go out again for an answer
        that was lost, and whoever counts it must count it once. StoreUnavailable where too much is remembered."""
        try:
            await self._parts.line.ask(call.tag, partial(run, calls=[call]))
        except StoreUnavailable:
            if len(self._owed) >= _MOST_OWED:
                raise
            self._owed.append(call)

    async def _catch_up(self) -> None:
        """End the leases that could not be ended before."""
        while self._owed:
            call = self._owed[0]
            try:
                await self._parts.line.ask(call.tag, partial(run, calls=[call]))
            except StoreUnavailable:
                self._owed.rotate(-1)  # it may be refused for something of its own
                return
            with suppress(ValueError):
                self._owed.remove(call)

    async def next_due(self, destination: str) -> float | None:
        """See `Backlog`. What is lent counts as waiting for the end of its lease."""
        return (await self._peek(destination)).due

    async def depths(self) -> list[Depth]:
        """See `Backlog`."""
        found = [(name, await self._peek(name)) for name in await self._parts.destinations()]
        return [Depth(name, depths.events, depths.oldest) for name, depths in found if depths.events]

    async def _peek(self, destination: str) -> Depths:
        return depths_of(await self._parts.run(PEEK, self._parts.names.destination(destination)))


def _lease(keyring: Keyring, destination: str, held: tuple[str, float], row: Sequence[Any]) -> Lease:
    entry, name, received, attempts, body, key = row
    id_ = name.decode()
    body_, erased = keyring.open(body, bound(destination, id_), key)
    grip = Grip(held[0], entry, held[1], key_id(body))
    return Lease(grip, id_, destination, int(received), int(attempts), body_, erased)


def _place(lease: Lease) -> tuple[int, ...]:
    """Where an entry stands in its stream: milliseconds, and a number among those."""
    return tuple(int(step) for step in lease.key.entry.split(b"-"))
