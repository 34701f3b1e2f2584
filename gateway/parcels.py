"""What a lane has in its hands: events that were lent to it, those that travel together, and those under way."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from gateway.delivery import Batch
from gateway.event import Event
from gateway.store.protocols import Lease


class Item(NamedTuple):
    """A lease and its event, as far as it was read and weakened."""

    lease: Lease
    event: Event


# A request under way; its result is what remains to be sent in smaller batches.
Shipping = asyncio.Task[list[list[Item]]]


class Group(NamedTuple):
    """Items that go into one request, and what the destination has prepared of it, where it has."""

    items: list[Item]
    batch: Batch | None = None


class Flight(NamedTuple):
    """A request that may be under way, and whose events are in it."""

    subjects: frozenset[str]
    landed: asyncio.Event


class Flights:
    """All requests of a lane that may be under way."""

    def __init__(self) -> None:
        self._flights: dict[int, Flight] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def begin(self, items: Iterable[Item]) -> Flight:
        """From now on a request with these may be under way."""
        flight = Flight(subjects_of(items), asyncio.Event())
        self._flights[id(flight)] = flight
        return flight

    def land(self, flight: Flight) -> None:
        """It is not under way any more; said twice, it is as if said once."""
        flight.landed.set()
        self._flights.pop(id(flight), None)

    def land_all(self) -> None:
        """None is under way any more."""
        for flight in [*self._flights.values()]:
            self.land(flight)

    def of(self, subjects: frozenset[str]) -> list[Flight]:
        """Those that may carry an event of one of these."""
        return [flight for flight in self._flights.values() if flight.subjects & subjects]


def results(done: Iterable[Shipping]) -> list[list[list[Item]]]:
    """What is left of requests that have landed; the first fault of one is raised."""
    faults = [fault for task in done if (fault := task.exception())]
    if faults:
        raise faults[0]
    return [task.result() for task in done]


def subjects_of(items: Iterable[Item]) -> frozenset[str]:
    """Everybody whose refusal refuses one of these."""
    return frozenset(subject for item in items for subject in item.event.subjects)
