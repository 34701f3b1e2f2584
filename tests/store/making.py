"""Events and stores for tests."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pytest import MonkeyPatch

from gateway.event import Event
from gateway.facts import Facts
from gateway.store.protocols import Store
from gateway.store.redis import servers as module
from gateway.store.redis.address import parse
from gateway.store.redis.engine import Options, Outside, RedisStore
from gateway.store.redis.fitness import Wanted
from gateway.store.redis.servers import Credentials, Servers
from gateway.store.sqlite.engine import SqliteStore
from gateway.store.sqlite.writer import Limits
from tests.store.servers import Server

T = TypeVar("T")

# What wraps the keys of stores that tests make.
WRAPPING = (bytes(range(32)),)


def event(number: int, destination: str = "ads", **other: Any) -> Event:
    values = {"name": "page_view", "received": 1_000 + number, "site": "shop", "facts": Facts()}
    values |= {"fields": {"page.url": "https://shop.example/"}, "levels": {"page.url": "path"}}
    return Event(f"id-{number}", destination, **(values | other))


def using(make: Callable[[], Store], use: Callable[[Any], Awaitable[T]]) -> T:
    """Open a store in a loop of its own, use it, and close it."""

    async def run() -> T:
        store = make()
        await store.open()
        try:
            return await use(store)
        finally:
            await store.close()

    return asyncio.run(run())


class Kept:
    """A store that outlives the processes that open it. `of` opens it, uses it, and closes it."""

    def make(self, waiting: int = 16 << 20) -> Store:
        """The store, not yet open; so many bytes may wait to be kept."""
        raise NotImplementedError

    def of(self, use: Callable[[Any], Awaitable[T]], **other: Any) -> T:
        return using(lambda: self.make(**other), use)


class KeptInSqlite(Kept):
    """A store in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def make(self, waiting: int = 16 << 20) -> SqliteStore:
        return SqliteStore(self._directory, WRAPPING, Limits(waiting=waiting))


class KeptInRedis(Kept):
    """A store in a server, which is emptied first. A busy machine may take its time."""

    def __init__(self, server: Server, *, clustered: bool = False, least: str = "strict", seconds: float = 5.0) -> None:
        server.ask("FLUSHALL")
        self.url = server.url.replace("redis:", "redis+cluster:").removesuffix("/0") if clustered else server.url
        self._seconds = seconds
        self._wanted = Wanted(least)

    @classmethod
    def at(cls, url: str, seconds: float = 5.0) -> "KeptInRedis":
        """What is at a URL already."""
        kept = cls.__new__(cls)
        kept.url, kept._seconds, kept._wanted = url, seconds, Wanted()
        return kept

    def make(self, waiting: int = 16 << 20, wrapping: Sequence[bytes] = WRAPPING, **other: Any) -> RedisStore:
        options = Options(wanted=self._wanted, seconds=self._seconds, waiting=waiting)._replace(**other)
        return RedisStore(Outside(servers_at(self.url, Credentials(), options.seconds), wrapping, time.time), options)


def servers_at(url: str, credentials: Credentials, seconds: float) -> Servers:
    """The servers of an address, none of which is given up before a busy machine has connected to it."""
    with MonkeyPatch.context() as patch:
        patch.setattr(module, "CONNECT_SECONDS", seconds)
        return module.servers(parse(url), credentials, seconds)


def with_store(directory: Path, use: Callable[[SqliteStore], Awaitable[T]], limits: Limits | None = None) -> T:
    """Open an embedded store in a loop of its own, use it, and close it."""
    return using(lambda: SqliteStore(directory, WRAPPING, limits), use)


def ids(leases: list[Any]) -> list[str]:
    return [lease.id for lease in leases]
