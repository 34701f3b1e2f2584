"""Append what has gathered while the last append was under way: one round trip for all of it.

Nothing waits for company, and nobody is told of success before the server has said so. What nobody knows about may be
appended again: the server keeps each event once.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from gateway.errors import StoreUnavailable
from gateway.store.redis.line import Line
from gateway.store.redis.names import Names
from gateway.store.redis.scripts import APPEND, Call, Replication, run

# Events of one round trip at most, so that the first of a burst does not wait for all of it.
_BATCH = 2048

Row = tuple[str, str, int, bytes]
"""destination, id, received, body"""


class Put(NamedTuple):
    """Rows to append, and who waits for them."""

    rows: list[Row]
    cost: int
    future: "asyncio.Future[None]"


class Appender:
    """The one way into the queues, for one event loop. `most` bytes may wait to be appended."""

    def __init__(self, line: Line, names: Names, replication: Replication, most: int) -> None:
        self._line = line
        self._names = names
        self._replication = replication
        self._most = most
        self._waiting = 0
        self._gathered: list[Put] = []
        self._flight: asyncio.Task[None] | None = None
        self._taken = False

    def append(self, rows: list[Row], cost: int) -> "asyncio.Future[None]":
        """A future of the round trip these rows are part of. StoreUnavailable at once where it would fail."""
        if self._line.why:
            raise StoreUnavailable(self._line.why)
        if self._waiting + cost > self._most:
            raise StoreUnavailable("too many events are waiting")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting += cost
        self._gathered.append(Put(rows, cost, future))
        if not self._taken:
            self._taken = True
            loop.call_soon(self._take_off)
        return future

    async def finish(self) -> None:
        """Return when all that was taken is answered."""
        while self._flight is not None:
            await asyncio.wait([self._flight])

    def _take_off(self) -> None:
        batch, self._gathered = self._gathered[:_BATCH], self._gathered[_BATCH:]
        self._taken = bool(batch)
        self._flight = asyncio.get_running_loop().create_task(self._fly(batch)) if batch else None

    async def _fly(self, batch: list[Put]) -> None:
        failures: dict[str, BaseException] = {}
        try:
            failures = await self._send(batch)
        except BaseException as error:
            failures = {row[0]: error for put in batch for row in put.rows}
            raise
        finally:
            self._answer(batch, failures)
            self._take_off()

    def _answer(self, batch: list[Put], failures: dict[str, BaseException]) -> None:
        for put in batch:
            self._waiting -= put.cost
            cause = next((failures[row[0]] for row in put.rows if row[0] in failures), None)
            if put.future.done():
                continue
            if cause is None:
                put.future.set_result(None)
            else:
                refusal = StoreUnavailable("the store is away or full")
                refusal.__cause__ = cause
                put.future.set_exception(refusal)

    async def _send(self, batch: list[Put]) -> dict[str, BaseException]:
        """Append everything; what failed, by destination."""
        groups = self._by_server(self._calls(row for put in batch for row in put.rows))
        if len(groups) == 1:
            return await self._append(groups[0])
        results = await asyncio.gather(*map(self._append, groups))
        return {name: error for failed in results for name, error in failed.items()}

    def _by_server(self, calls: dict[str, Call]) -> list[dict[str, Call]]:
        if len(calls) == 1:
            return [calls]
        groups: dict[int, dict[str, Call]] = {}
        try:
            for name, call in calls.items():
                groups.setdefault(id(self._line.servers.of(call.tag)), {})[name] = call
        except ConnectionError:
            return [{name: call} for name, call in calls.items()]
        return list(groups.values())

    async def _append(self, calls: dict[str, Call]) -> dict[str, BaseException]:
        each = list(calls.values())
        try:
            await self._line.ask(each[0].tag, partial(run, calls=each, replication=self._replication))
        except StoreUnavailable as error:
            return dict.fromkeys(calls, error)
        return {}

    def _calls(self, rows: Iterable[Row]) -> dict[str, Call]:
        arguments: dict[str, list[str | bytes | float]] = {}
        for destination, name, received, body in rows:
            arguments.setdefault(destination, []).extend((name, received, body))
        return {name: Call(APPEND, self._names.destination(name), tuple(those)) for name, those in arguments.items()}
