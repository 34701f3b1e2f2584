"""The way of a queued event: lease, withdrawals, decision, weakening, request, reply, outcome.

A lane is one destination's alone, so that a vendor who is slow or gone delays nobody else. A request is in flight from
before its events' withdrawals are read for the last time until its answer is in: whoever makes a withdrawal durable and
then waits for the flights of that subject can promise that nothing is delivered afterwards. Other replicas cannot wait
for it, so a request that got its connection late is looked at once more before its first byte.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from gateway.days import SECONDS_A_DAY, day_of
from gateway.delivery import Batch, Built, Parts, Policy, Target
from gateway.endings import Endings
from gateway.errors import StoreUnavailable
from gateway.event import Event
from gateway.last_look import Look, is_right, look
from gateway.outbound import Outcome, Reply
from gateway.pace import LAST_DELAY, LONGEST_RETRY_AFTER, Moment, Pace
from gateway.parcels import Flight, Flights, Group, Item, Shipping, results, subjects_of
from gateway.rate import Rate
from gateway.sender import Forbidden, Outdated
from gateway.store.protocols import Lease, Refusal
from gateway.telemetry import log
from gateway.turns import by_turns, pieces
from gateway.withdrawn import of_any, with_refusals

LEASED_AT_ONCE = 500
LEASE_SECONDS = 300.0

# A lane looks at the clock at least so often, for the clock may have been set.
LONGEST_SLEEP = 30.0

# Nothing is put off for longer; what is due later was put off before the clock was set back, and is due now.
LONGEST_PUT_OFF = LONGEST_RETRY_AFTER + LAST_DELAY

# A lane that waits longer than this for its turn gives back what it holds, and so it does halfway through a lease.
LONGEST_HOLD = 1.0

# How many events go into the request that shows whether a vendor is well again.
PROBE = 10

# How a batch shrinks with each failed attempt of its events, until one that spoils it for others stands alone. Of the
# most that are leased at once, one bad event is found with its fifth try either way.
SHRINK = 4
SPLIT = 5


class Lane:
    """One destination's way out, run by one task."""

    def __init__(self, name: str, target: Target, parts: Parts) -> None:
        self._name = name
        self._destination, self._route = target
        self._parts = parts
        self._rules = parts.rules
        self._woken = asyncio.Event()
        self._idle = False
        self._stopping = False
        self._endings = Endings(name, parts)
        self.flights = Flights()
        self.pace = Pace(parts.dice, Rate(self._destination.rate_limit), self._rules.parallel)

    async def run(self) -> None:
        """Deliver until told to stop."""
        while not self._stopping:
            self._woken.clear()
            wait = await self._turn()
            if wait > 0 and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(wait, LONGEST_SLEEP)):
                        await self._woken.wait()

    def notify(self) -> None:
        """Something was put into the queue. A paused or busy lane will see it anyway."""
        if self._idle:
            self._woken.set()

    def wake(self) -> None:
        """Look again, whatever there was to wait for."""
        self._woken.set()

    @property
    def serves(self) -> bool:
        """Whether the policy of the moment knows the destination; else its events wait, and are only aged out."""
        return self._name in self._parts.policy().destinations

    def resume(self) -> None:
        """End a pause."""
        self.pace.resume()
        self._woken.set()

    def stop(self) -> None:
        """Finish what is in flight and give the rest back."""
        self._stopping = True
        self._woken.set()

    async def _turn(self) -> float:
        """One look into the queue; the seconds until the next is worth it."""
        try:
            self._idle = False
            wait = self.pace.wait(self._now())
            if wait > 0 or not self.serves:
                return wait or LONGEST_SLEEP
            # From here on a put wakes the lane: what is put while the queue is being read may not be in the answer.
            self._idle = True
            return await self._look(self._parts.clock())
        except StoreUnavailable:
            await self._endings.let_go()
            return 1.0
        except Exception as error:  # noqa: BLE001 - a fault ends a turn, never a lane; the leases run out by themselves
            self._parts.fault(error)
            return 5.0

    async def _look(self, now: float) -> float:
        """Deliver what is due at a time; the seconds until the next look is worth it."""
        most = PROBE if self.pace.probing else LEASED_AT_ONCE
        leases = await self._parts.queue.lease(self._name, most, now, LEASE_SECONDS)
        if leases:
            self._idle = False
            await self._deliver(leases)
            return 0.0 if len(leases) == most else max(self._rules.linger, self._destination.linger)
        due = await self._parts.backlog.next_due(self._name)
        if due is None:
            return LONGEST_SLEEP
        return due - now if due <= now + LONGEST_PUT_OFF else await self._look(due)

    async def _deliver(self, leases: Sequence[Lease]) -> None:
        began = self._parts.steady()
        self._endings.begin(leases)
        groups = deque(await self._grouped(await self._permitted(await self._read(leases))))
        under_way: set[Shipping] = set()
        try:
            while groups or under_way:
                now = self._now()
                wait = self.pace.wait(now)
                late = now.steady - began + wait > LEASE_SECONDS / 2
                ending = self._stopping or self.pace.paused(now) or wait > LONGEST_HOLD or late
                if groups and not ending and not wait and len(under_way) < self.pace.width:
                    under_way |= await self._launched(groups, self.pace.width - len(under_way))
                elif under_way:
                    most = wait if groups and wait and not ending else None
                    done, under_way = await asyncio.wait(under_way, timeout=most, return_when=asyncio.FIRST_COMPLETED)
                    groups.extendleft([Group(items) for part in results(done) for items in part])
                elif ending:
                    await self._endings.give_back([item.lease for group in groups for item in group.items])
                    return
                else:
                    await asyncio.sleep(wait)
        except asyncio.CancelledError:
            for task in under_way:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)
            self.flights.land_all()  # some may have ended before they began

    async def _launched(self, groups: deque[Group], most: int) -> set[Shipping]:
        """The requests that may leave now. What was withdrawn is read for all of them together, when they count as
        under way already."""
        wave: list[tuple[Group, Flight]] = []
        while groups and len(wave) < most and self.pace.wait(now := self._now()) == 0:
            self.pace.leaves(now)
            group = groups.popleft()
            wave.append((group, self.flights.begin(group.items)))
        found = await look(self._parts, frozenset().union(*[flight.subjects for _, flight in wave]))
        return {asyncio.create_task(self._ship(group, flight, found)) for group, flight in wave}

    def _now(self) -> Moment:
        return Moment(self._parts.steady(), self._parts.clock())

    async def _read(self, leases: Sequence[Lease]) -> list[Item]:
        """What can be read and is young enough."""
        limit = min(self._rules.age_limit, self._destination.age_limit or self._rules.age_limit)
        oldest = self._parts.clock() - limit
        items: list[Item] = []
        unreadable: list[Lease] = []
        await self._endings.finish([lease for lease in leases if lease.erased], "erased")
        async for lease in by_turns(leases):
            if lease.erased:
                continue
            try:
                items.append(Item(lease, Event.from_json(lease.body)))
            except (ValueError, TypeError, LookupError, RecursionError):
                unreadable.append(lease)
        await self._endings.bury(unreadable, "unreadable")
        await self._endings.finish([item.lease for item in items if item.event.received < oldest], "too_old")
        return [item for item in items if item.event.received >= oldest]

    async def _permitted(self, items: Sequence[Item]) -> list[Item]:
        """What the policy of this moment lets go, as weak as it says, with all that was withdrawn meanwhile."""
        refusals = await self._parts.withdrawals.refusals_of(subjects_of(items))
        if not self.serves:
            await self._endings.give_back([item.lease for item in items])
            return []
        policy, day = self._parts.policy(), day_of(self._parts.clock())
        kept: list[Item] = []
        refused: list[Lease] = []
        crashed: list[Lease] = []
        outlived: list[Lease] = []
        async for lease, event in by_turns(items):
            try:
                days = policy.keeps(event.facts, day)
                if days is not None and event.received < self._parts.clock() - days * SECONDS_A_DAY:
                    outlived.append(lease)
                    continue
                weakened = self._weakened(event, of_any(event.subjects, refusals), policy, day)
            except Exception as error:  # noqa: BLE001 - one event's fault is not its neighbours'
                self._parts.fault(error)
                crashed.append(lease)
                continue
            if weakened is None:
                refused.append(lease)
            else:
                kept.append(Item(lease, weakened))
        await self._endings.bury(crashed, "crashed")
        await self._endings.finish(refused, "refused")
        await self._endings.finish(outlived, "too_old")
        return kept

    def _weakened(self, event: Event, refusals: Iterable[Refusal], policy: Policy, day: int) -> Event | None:
        facts = with_refusals(event.facts, event.received, refusals)
        decision = policy.decide(facts, event.name, (self._name,), day)
        verdict = next((verdict for verdict in decision.permits if verdict.destination == self._name), None)
        if verdict is None or verdict.sends is None:
            return None
        current = event if event.policy == decision.policy else replace(event, policy=decision.policy)
        return self._parts.weaken(current, verdict.sends)

    async def _grouped(self, items: list[Item]) -> list[Group]:
        """Batches of the vendor's sizes; events that have failed together before are tried in smaller ones."""
        groups: list[Group] = []
        by = "lease.attempts"
        for attempts, alike in groupby(sorted(items, key=attrgetter(by)), key=attrgetter(by)):
            most = max(1, LEASED_AT_ONCE // SHRINK ** min(attempts, 8))
            for group in await self._batches(list(alike)):
                if len(group.items) <= most:
                    groups.append(group)
                else:
                    groups += [Group(group.items[at : at + most]) for at in range(0, len(group.items), most)]
        return groups

    async def _batches(self, items: list[Item]) -> list[Group]:
        """The events that travel together; one that the manifest has a fault with goes alone, which will show it."""
        now = self._parts.clock()
        apart: list[Group] = []
        sound: list[Item] = []
        prepared: list[Any] = []
        async for item in by_turns(items):
            try:
                prepared.append(self._destination.prepare(item.event, now))
                sound.append(item)
            except Exception as error:  # noqa: BLE001 - one event's fault is not its neighbours'
                self._parts.fault(error)
                apart.append(Group([item]))
        batches = self._destination.batches(prepared)
        return [*(Group([sound[at] for at in batch.events], batch) for batch in batches), *apart]

    async def _ship(self, shared: Group, flight: Flight, seen: Look) -> list[list[Item]]:
        """Send one batch and do what the answer asks for; what remains to be sent in smaller batches."""
        (group, batch), found = shared, seen.of(flight.subjects)
        try:
            unrefused = found.refusals.keys().isdisjoint
            fresh = [item.event.policy == found.policy and unrefused(item.event.subjects) for item in group]
            if not all(fresh):
                stale = [item for item, good in zip(group, fresh, strict=True) if not good]
                group, batch = [item for item, good in zip(group, fresh, strict=True) if good], None
                group += await self._permitted(stale)
            group, batch = self._still_lent(Group(group, batch))
            if not group:
                return []
            built = self._built(group, batch)
            if built is None:
                return await self._isolate(group)
            reply = await self._send(group, built, found)
        except Outdated:
            return [group]
        except Forbidden as error:
            self._parts.fault(error)
            await self._put_off(group, Outcome.DISABLE, Reply(0, sent=False))
            return []
        finally:
            self.flights.land(flight)
        self._endings.sent([item.lease for item in group])
        if reply and len(built.events) == len(group):
            return await self._conclude(group, reply)
        carried = set(built.events) if reply else set()
        await self._endings.finish([item.lease for at, item in enumerate(group) if at not in carried], "skipped")
        return await self._conclude([group[at] for at in sorted(carried)], reply) if reply else []

    async def _send(self, group: list[Item], built: Built, found: Look) -> Reply | None:
        """The answer, once it is written down who may have received what; None where there is nothing to send."""
        if built.outbound is None:
            return None
        still = partial(is_right, self._parts, [item.lease for item in group], found)
        reply = await self._parts.courier.send(built.outbound, self._route, still)
        if reply.sent:
            await self._note([group[at].event for at in built.events])
        return reply

    async def _note(self, events: Sequence[Event]) -> None:
        """Have written down who may have received these."""
        try:
            async for some in pieces(events):
                await self._parts.received(self._name, some)
        except Exception as error:  # noqa: BLE001 - what has left must not leave again because of it
            self._parts.fault(error)

    def _still_lent(self, group: Group) -> Group:
        """What nobody else can have been lent meanwhile. The rest is theirs, and is neither sent nor ended here."""
        now = self._parts.clock()
        lent = [item for item in group.items if self._parts.queue.holds(item.lease, now)]
        return group if len(lent) == len(group.items) else Group(lent)

    def _built(self, group: list[Item], batch: Batch | None) -> Built | None:
        events, now = [item.event for item in group], self._parts.clock()
        try:
            if batch is not None:
                return self._destination.assemble(batch, events, now)
            return self._destination.build(events, now)
        except Exception as error:  # noqa: BLE001 - the fault of one event must not stop the others
            self._parts.fault(error)
            return None

    async def _isolate(self, group: list[Item]) -> list[list[Item]]:
        if len(group) > 1:
            return [[item] for item in group]
        await self._endings.bury([group[0].lease], "crashed")
        return []

    async def _conclude(self, items: list[Item], reply: Reply) -> list[list[Item]]:
        outcome = self._outcome(reply)
        leases = [item.lease for item in items]
        match outcome:
            case Outcome.OK | Outcome.DROP:
                self.pace.went_well(self._now())
                await self._endings.finish(leases, "delivered" if outcome is Outcome.OK else "dropped")
            case Outcome.BISECT | Outcome.REJECT_INDICES | Outcome.DEAD_LETTER:
                self.pace.went_well(self._now())
                return await self._refused_by_vendor(items, outcome, reply)
            case Outcome.RETRY_IF_UNSENT if reply.sent:
                # A vendor that cannot tell a repetition from a second event may have it already.
                self._pause(Outcome.RETRY, reply)
                await self._endings.bury(leases, "uncertain")
            case _:
                await self._put_off(items, outcome, reply)
        return []

    async def _refused_by_vendor(self, items: list[Item], outcome: Outcome, reply: Reply) -> list[list[Item]]:
        """Bury what was refused for its content; where nobody says which that is, split the batch to find out."""
        told = self._destination.rejected(reply) if outcome is Outcome.REJECT_INDICES else ()
        known = {at for at in told if 0 <= at < len(items)}
        if known:
            await self._endings.bury([item.lease for at, item in enumerate(items) if at in known], "rejected")
            await self._endings.finish([item.lease for at, item in enumerate(items) if at not in known], "delivered")
            return []
        if outcome is Outcome.DEAD_LETTER or len(items) == 1:
            await self._endings.bury([item.lease for item in items], "rejected")
            return []
        most = -(-len(items) // SPLIT)
        return [items[at : at + most] for at in range(0, len(items), most)]

    def _outcome(self, reply: Reply) -> Outcome:
        try:
            return self._destination.outcome(reply)
        except Exception as error:  # noqa: BLE001 - whatever a vendor answers, its events are not lost by it
            self._parts.fault(error)
            return Outcome.RETRY

    async def _put_off(self, items: list[Item], outcome: Outcome, reply: Reply) -> None:
        """Give events back for later; those whose request failed, only within the retry window."""
        until = self._pause(outcome, reply)
        if outcome not in (Outcome.RETRY, Outcome.RETRY_IF_UNSENT):
            leases = [item.lease for item in items]
            await self._endings.give_back(leases, until if outcome is Outcome.THROTTLE else 0.0)
            return
        now = self._parts.clock()
        last = now - self._rules.retry_window
        await self._endings.bury([item.lease for item in items if item.event.received <= last], "expired")
        rest = [item.lease for item in items if item.event.received > last]
        if rest:
            attempts = max(lease.attempts for lease in rest) + 1
            await self._endings.put_off(rest, max(until, now + self.pace.delay(attempts)))

    def _pause(self, outcome: Outcome, reply: Reply) -> float:
        before, now = self.pace.state, self._now()
        seconds = self.pace.went_wrong(outcome, reply, now)
        if self.pace.state != before:
            log("lane", destination=self._name, state=self.pace.state, status=reply.status)
        return now.posix + min(seconds, LONGEST_PUT_OFF)
