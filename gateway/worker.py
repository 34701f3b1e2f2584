"""Run a lane for each destination, tell it when to wake and to stop, and sweep up after all of them."""

import asyncio
from collections.abc import Collection, Mapping

from gateway.dead_letters import review
from gateway.delivery import Parts, Target
from gateway.errors import StoreUnavailable
from gateway.lane import LEASE_SECONDS, LEASED_AT_ONCE, Lane
from gateway.tasks import end


class Worker:
    """All lanes of a process, and the sweeping up after them."""

    def __init__(self, targets: Mapping[str, Target], parts: Parts) -> None:
        self._parts = parts
        self._reviewed = float("-inf")
        self._lanes = {name: Lane(name, target, parts) for name, target in targets.items()}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to deliver, in the running event loop."""
        self._tasks = [asyncio.create_task(lane.run(), name=f"lane-{name}") for name, lane in self._lanes.items()]
        self._tasks.append(asyncio.create_task(self._sweep(), name="sweep"))

    def notify(self, destination: str) -> None:
        """Wake the lane of a destination that was just given an event."""
        lane = self._lanes.get(destination)
        if lane:
            lane.notify()

    def wake(self) -> None:
        """Have every lane look again: the policy is another one."""
        for lane in self._lanes.values():
            lane.wake()

    def resume(self, destination: str) -> None:
        """End the pause of a destination whose trouble is mended. KeyError for an unknown one."""
        self._lanes[destination].resume()

    async def landed(self, subjects: Collection[str]) -> None:
        """Wait until no request is under way that may carry an event of these subjects.

        To be called between making a withdrawal durable and acknowledging it; it may take as long as a request.
        """
        wanted = frozenset(subjects)
        for flight in [flight for lane in self._lanes.values() for flight in lane.flights.of(wanted)]:
            await flight.landed.wait()

    def states(self) -> dict[str, str]:
        """Each destination's state: one of `gateway.pace.STATES`."""
        return {name: lane.pace.state for name, lane in self._lanes.items()}

    async def stop(self, seconds: float = 10.0) -> None:
        """Finish what is in flight, for so long at most, and give back the rest."""
        for lane in self._lanes.values():
            lane.stop()
        if self._tasks:
            self._tasks[-1].cancel()
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            await end(late)
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tasks = []

    async def _sweep(self) -> None:
        """Forget what has outlived its time: dead letters, refusals, and events of destinations nobody serves."""
        while True:
            try:
                await self._forget(self._parts.clock())
            except StoreUnavailable:
                pass
            except Exception as error:  # noqa: BLE001 - a fault ends one sweep, never the sweeping
                self._parts.fault(error)
            await asyncio.sleep(self._parts.rules.sweep)

    async def _forget(self, now: float) -> None:
        rules = self._parts.rules
        await self._parts.dead_letters.discard(int(now - rules.dead_letters))
        await self._parts.withdrawals.expire(int(now - rules.refusals))
        if self._parts.steady() >= self._reviewed + rules.review:
            await review(self._parts.dead_letters, self._parts.policy(), now)
            self._reviewed = self._parts.steady()
        for depth in await self._parts.backlog.depths():
            if depth.oldest < now - rules.age_limit and not self._serves(depth.destination):
                await self._drop_old(depth.destination, now)

    def _serves(self, destination: str) -> bool:
        lane = self._lanes.get(destination)
        return lane is not None and lane.serves

    async def _drop_old(self, destination: str, now: float) -> None:
        """Drop the oldest events of a destination without a lane; the next sweep goes on from there."""
        leases = await self._parts.queue.lease(destination, LEASED_AT_ONCE, now, LEASE_SECONDS)
        old = [lease for lease in leases if lease.received < now - self._parts.rules.age_limit]
        await self._parts.queue.settle(old)
        await self._parts.queue.retry([lease for lease in leases if lease not in old], now, tried=False)
        self._parts.counts.count("gateway_deliveries_total", destination, "too_old", by=len(old))
