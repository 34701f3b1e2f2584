"""Events and stores for tests."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from gateway.event import Event
from gateway.facts import Facts
from gateway.store.sqlite.engine import SqliteStore
from gateway.store.sqlite.writer import Limits

T = TypeVar("T")


def event(number: int, destination: str = "ads", **other: Any) -> Event:
    values = {"name": "page_view", "received": 1_000 + number, "site": "shop", "facts": Facts()}
    values |= {"fields": {"page.url": "https://shop.example/"}, "levels": {"page.url": "path"}}
    return Event(f"id-{number}", destination, **(values | other))


def with_store(directory: Path, use: Callable[[SqliteStore], Awaitable[T]], limits: Limits | None = None) -> T:
    """Open a store in a loop of its own, use it, and close it."""

    async def run() -> T:
        store = SqliteStore(directory, limits)
        await store.open()
        try:
            return await use(store)
        finally:
            await store.close()

    return asyncio.run(run())


def ids(leases: list[Any]) -> list[str]:
    return [lease.id for lease in leases]
