"""Put events into the store so that they are found again by everything that they name their visitor by."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from gateway.days import SECONDS_A_DAY, day_of
from gateway.event import Event
from gateway.store.protocols import Refusal

_REMEMBERED = 50_000


class Files(Protocol):
    """The store, as far as events are put into it."""

    def put(self, events: Sequence[Event]) -> Awaitable[None]:
        """Done when the events are durable."""

    async def link(self, pairs: Collection[tuple[str, str]], at: int) -> None:
        """Remember that who is (first) is also filed as (second), for each pair."""

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """What those among the subjects have withdrawn."""


class Filing:
    """Puts events, and links what else they are known by to the subject they are filed under, once a day at most.

    Both are durable before the event is acknowledged. `now` is POSIX seconds.
    """

    def __init__(self, store: Files, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._linked: OrderedDict[tuple[str, str], int] = OrderedDict()

    def put(self, events: Sequence[Event]) -> Awaitable[None]:
        """Done when the events are durable, and findable. StoreUnavailable where they are not."""
        named = [event for event in events if event.also]
        if not named:
            return self._store.put(events)
        day, linked = day_of(self._now()), self._linked
        pairs = {(also, event.subject) for event in named for also in event.also}
        fresh = {pair for pair in pairs if linked.get(pair) != day}
        return self._put_linked(events, fresh, day) if fresh else self._store.put(events)

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """What those among the subjects have withdrawn. StoreUnavailable where nobody can say."""
        return await self._store.refusals_of(subjects)

    def forget(self, subjects: Collection[str]) -> None:
        """Link these subjects anew when they come again: what was linked is gone."""
        gone = frozenset(subjects)
        for pair in [pair for pair in self._linked if not gone.isdisjoint(pair)]:
            del self._linked[pair]

    async def _put_linked(self, events: Sequence[Event], pairs: Collection[tuple[str, str]], day: int) -> None:
        await asyncio.gather(self._store.link(pairs, day * SECONDS_A_DAY), self._store.put(events))
        for pair in pairs:
            self._linked[pair] = day
            self._linked.move_to_end(pair)
        while len(self._linked) > _REMEMBERED:
            self._linked.popitem(last=False)
