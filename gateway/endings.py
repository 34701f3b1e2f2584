"""How what was lent to a lane ends: done with, buried or given back, each once, and counted."""

import contextlib
from collections.abc import Iterable, Sequence
from typing import Any

from gateway.delivery import Parts
from gateway.errors import StoreUnavailable
from gateway.store.protocols import Lease


class Endings:
    """The leases of one destination's lane, until they end. Every method but `let_go` may raise StoreUnavailable, and
    then they have not ended."""

    def __init__(self, destination: str, parts: Parts) -> None:
        self._destination = destination
        self._parts = parts
        self._unsent: dict[Any, Lease] = {}

    def begin(self, leases: Iterable[Lease]) -> None:
        """These are lent now."""
        self._unsent = {lease.key: lease for lease in leases}

    def sent(self, leases: Iterable[Lease]) -> None:
        """Somebody may have got these."""
        for lease in leases:
            self._unsent.pop(lease.key, None)

    async def let_go(self) -> None:
        """Give back what nobody can have got where the store is away: it may well be there again in a moment."""
        unsent, self._unsent = [*self._unsent.values()], {}
        if unsent:
            with contextlib.suppress(StoreUnavailable):
                await self._parts.queue.retry(unsent, self._parts.clock(), tried=False)

    async def finish(self, leases: Sequence[Lease], result: str) -> None:
        """Nothing is left to do for these."""
        if leases:
            await self._parts.queue.settle(leases)
            self._ended(leases, result)

    async def bury(self, leases: Sequence[Lease], reason: str) -> None:
        """These failed for good."""
        if leases:
            await self._parts.queue.bury(leases, reason, self._parts.clock())
            self._ended(leases, reason)

    async def put_off(self, leases: Sequence[Lease], at: float) -> None:
        """These were tried in vain, and are due again at a time."""
        if leases:
            await self._parts.queue.retry(leases, at)
            self._ended(leases, "retried")

    async def give_back(self, leases: Sequence[Lease], at: float = 0.0) -> None:
        """What was not tried is due at once; it is the lane that waits."""
        if leases:
            await self._parts.queue.retry(leases, at or self._parts.clock(), tried=False)
            self.sent(leases)

    def _ended(self, leases: Sequence[Lease], result: str) -> None:
        self.sent(leases)
        self._parts.counts.count("gateway_deliveries_total", self._destination, result, by=len(leases))
