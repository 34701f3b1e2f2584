"""Append what has gathered while the last append was under way: one round trip for all of it.

Nothing waits for company, and nobody is told of success before the server has said so. What nobody knows about may be
appended again: the server keeps each event once. Events are sealed as they leave; where the server says that a key was
destroyed meanwhile, what was received before is gone with it, and the rest is sealed under another one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from gateway.errors import StoreUnavailable
from gateway.sealing import bound
from gateway.store.redis.parts import Parts
from gateway.store.redis.scripts import APPEND, Call, run

# Events of one round trip at most, so that the first of a burst does not wait for all of it.
_BATCH = 2048

# Events of one script at most: what it is told has to fit on a stack.
_AT_ONCE = 1000

# A subject may be erased again while its events are sealed anew; who is erased so often waits.
_TRIES = 3


class Row(NamedTuple):
    """An event to append: `plain` is what will be sealed."""

    destination: str
    id: str
    received: int
    plain: bytes
    subject: str


class Put(NamedTuple):
    """Rows to append, and who waits for them."""

    rows: list[Row]
    cost: int
    future: "asyncio.Future[None]"


class Appender:
    """The one way into the queues, for one event loop. `enlist` has a destination among those that every replica knows,
    `most` bytes may wait to be appended; `gone` is told how many events of a destination were not, for they were
    erased. `why` says why the last events were not appended, and is empty where they were."""

    def __init__(self, parts: Parts, enlist: Callable[[str], Awaitable[None]], most: int) -> None:
        self._parts = parts
        self._enlist = enlist
        self._line = parts.line
        self._most = most
        self.gone: Callable[[str, int], None] = lambda destination, number: None
        self.why = ""
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
        while self._taken:
            await (asyncio.wait([self._flight]) if self._flight else asyncio.sleep(0))

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
        self.why = next((str(error) for error in failures.values() if isinstance(error, StoreUnavailable)), "")
        for put in batch:
            self._waiting -= put.cost
            cause = next((failures[row[0]] for row in put.rows if row[0] in failures), None) if failures else None
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
        groups = self._by_server(self._rows(row for put in batch for row in put.rows))
        if len(groups) == 1:
            return await self._append(groups[0])
        results = await asyncio.gather(*map(self._append, groups))
        return {name: error for failed in results for name, error in failed.items()}

    def _by_server(self, rows: dict[str, list[Row]]) -> list[dict[str, list[Row]]]:
        if len(rows) == 1:
            return [rows]
        groups: dict[int, dict[str, list[Row]]] = {}
        try:
            for name, those in rows.items():
                server = self._line.servers.of(self._parts.names.destination(name))
                groups.setdefault(id(server), {})[name] = those
        except ConnectionError:
            return [{name: those} for name, those in rows.items()]
        return list(groups.values())

    async def _append(self, rows: dict[str, list[Row]]) -> dict[str, BaseException]:
        left = [each for those in rows.values() for each in _some(those)]
        try:
            for name in rows:
                await self._enlist(name)  # first: whoever erases must find it
            for _ in range(_TRIES):
                calls = [self._call(those) for those in left]
                work = partial(run, calls=calls, replication=self._parts.replication)
                answers = await self._line.ask(calls[0].tag, work)
                left = [self._anew(those, answer) for those, answer in zip(left, answers, strict=True)]
                left = [those for those in left if those]
                if not left:
                    return {}
        except StoreUnavailable as error:
            return dict.fromkeys(rows, error)
        return {those[0].destination: StoreUnavailable("a subject is being erased") for those in left}

    def _call(self, rows: Sequence[Row]) -> Call:
        tag = self._parts.names.destination(rows[0].destination)
        keyring, events, bodies = self._parts.keyrings.of(tag), list[str | int | bytes](), list[bytes]()
        for destination, name, received, plain, subject in rows:
            body = keyring.seal(subject, received, plain, bound(destination, name))
            bodies.append(body)
            events += (name, received, body)
        keys, months = keyring.stored(bodies)
        stored = chain.from_iterable((*months.items(), *keys.items()))
        return Call(APPEND, tag, (len(months), len(keys), *stored, *events))

    def _anew(self, rows: Sequence[Row], refused: Sequence[int | bytes]) -> list[Row]:
        """What has to be sealed under other keys, of what was refused because its key was destroyed at a time."""
        again: list[Row] = []
        for number, at in zip(refused[::2], refused[1::2], strict=True):
            row = rows[int(number) - 1]
            self._parts.keyrings.forget((row.subject,))
            if 0 <= float(at) < row.received:
                again.append(row)
        if len(again) < len(refused) // 2:
            self.gone(rows[0].destination, len(refused) // 2 - len(again))
        return again

    def _rows(self, rows: Iterable[Row]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in rows:
            found.setdefault(row[0], []).append(row)
        return found


def _some(rows: list[Row]) -> Iterator[list[Row]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
