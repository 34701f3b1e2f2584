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


class Group(NamedTuple):
    """Items that go into one request, and what the destination has prepared of it, where it has."""

    items: list[Item]
    batch: Batch | None = None


class Flight(NamedTuple):
    """A request that may be under way, and whose events are in it."""

    subjects: frozenset[str]
    landed: asyncio.Event


def subjects_of(items: Iterable[Item]) -> frozenset[str]:
    """Everybody whose refusal refuses one of these."""
    return frozenset(subject for item in items for subject in item.event.subjects)
