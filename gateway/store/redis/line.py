"""Ask the servers, and do not even ask while they are known to be away: nobody waits twice for the same silence."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from redis.asyncio import Redis
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
)
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import TimeoutError as Unanswered

from gateway.errors import StoreUnavailable
from gateway.store.redis.servers import Servers

# So much longer a question may take where nobody looked whether it is answered.
GRACE_SECONDS = 0.1

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# What can have become of a connection that was good a moment ago: the server has started again, or is another one.
_MOVED = (Disconnected, ConnectionError, AskError, ReadOnlyError)

# What is no fault of the one command: everybody else would meet it too.
_AWAY = (*_MOVED, Unanswered, OSError, TimeoutError, ClusterDownError, RedisClusterException)


class Work(Protocol[T_co]):
    """Something to ask of a server."""

    def __call__(self, *, client: Redis) -> Awaitable[T_co]:
        """What it answers."""


class Line:
    """The way to the servers, closed by the first failure and opened again by `gateway.store.redis.keeper` alone.

    `why` says why it is closed, and is empty while it is open. `seconds` is what a question may take, all in all.
    """

    def __init__(self, servers: Servers, seconds: float) -> None:
        self.servers = servers
        self.seconds = seconds
        self.why = "the server was not reached yet"
        self.closed = asyncio.Event()

    async def ask(self, tag: str, work: Work[T], *, again: bool = True) -> T:
        """What `work` returns of the server that has what stands behind a tag. StoreUnavailable where it fails.

        Where the connection was lost, it is done again if it may be; then nobody knows whether it was done before.
        """
        if self.why:
            raise StoreUnavailable(self.why)
        return await self.reach(lambda: work(client=self.servers.of(tag)), again=again)

    async def reach(self, work: Callable[[], Awaitable[T]], *, again: bool = True) -> T:
        """The same, whether the line is open or not."""
        try:
            return await self._in_time(self._twice(work) if again else work())
        except _AWAY as error:
            self.close(f"the server is away ({type(error).__name__})")
            raise StoreUnavailable("the store is away") from error
        except RedisError as error:
            raise StoreUnavailable(f"the store refuses ({type(error).__name__})") from error

    def close(self, why: str) -> None:
        """Ask nobody any more."""
        self.why = why
        self.closed.set()

    def open(self) -> None:
        """Ask again."""
        self.why = ""
        self.closed.clear()

    async def _in_time(self, answer: Awaitable[T]) -> T:
        """What is answered in time. Who was busy for so long himself has the answer, and need only look."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:
            timer = loop.call_later(self.seconds, lambda: limit.reschedule(loop.time() + GRACE_SECONDS))
            try:
                return await answer
            finally:
                timer.cancel()

    async def _twice(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except _MOVED:
            await self.servers.drop()
            await self.servers.find()
            return await work()
