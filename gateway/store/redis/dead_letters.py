"""Keep the events that nobody will deliver, by destination, for an operator to look at."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial

from redis.asyncio import Redis

from gateway.store.protocols import DeadLetter
from gateway.store.redis.line import Line
from gateway.store.redis.names import Names
from gateway.store.redis.scripts import EXHUME, Call, run
from gateway.store.redis.servers import command

# A script keeps everybody else waiting, so it takes a few at a time.
_AT_ONCE = 200


class RedisDeadLetters:
    """`DeadLetters` of `gateway.store.protocols`. `destinations` tells all that there may be."""

    def __init__(self, line: Line, names: Names, destinations: Callable[[], Awaitable[list[str]]]) -> None:
        self._line = line
        self._names = names
        self._destinations = destinations

    async def buried(self) -> Mapping[tuple[str, str], int]:
        """See `DeadLetters`."""
        counts: dict[tuple[str, str], int] = {}
        for name in await self._destinations():
            tag = self._names.destination(name)
            found: Mapping[bytes, bytes] = await self._line.ask(tag, partial(command, "HGETALL", f"{tag}:reasons"))
            counts |= {(name, reason.decode()): int(count) for reason, count in found.items() if int(count) > 0}
        return counts

    async def browse(self, destination: str, most: int, after: str = "") -> list[DeadLetter]:
        """See `DeadLetters`."""
        tag = self._names.destination(destination)
        found = await self._line.ask(tag, partial(_page, tag, most, after))
        return [_letter(destination, fields) for _, fields in found]

    async def unearth(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        return (await self._exhume(destination, ids, again=True))[1]

    async def destroy(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        return (await self._exhume(destination, ids))[0]

    async def discard(self, before: int) -> int:
        """See `DeadLetters`."""
        return sum([(await self._exhume(name, before=str(before)))[0] for name in await self._destinations()])

    async def _exhume(
        self, destination: str, ids: Collection[str] | None = None, *, again: bool = False, before: str = ""
    ) -> tuple[int, int]:
        """How many were taken, and how many of those are in the queue again."""
        tag = self._names.destination(destination)
        taken, queued, last = 0, 0, _AT_ONCE
        chosen = list(ids or ())
        for some in [chosen[at : at + _AT_ONCE] for at in range(0, len(chosen), _AT_ONCE)]:
            last, more = await self._ask(tag, (int(again), before, _AT_ONCE, *some))
            taken, queued = taken + last, queued + more
        while ids is None and last >= _AT_ONCE:
            last, more = await self._ask(tag, (int(again), before, _AT_ONCE))
            taken, queued = taken + last, queued + more
        return taken, queued

    async def _ask(self, tag: str, arguments: tuple[str | int, ...]) -> tuple[int, int]:
        ((taken, queued),) = await self._line.ask(tag, partial(run, calls=[Call(EXHUME, tag, arguments)]))
        return taken, queued


async def _page(tag: str, most: int, after: str, client: Redis) -> Sequence[tuple[bytes, Mapping[bytes, bytes]]]:
    start = "+"
    if after:
        grave: bytes | None = await command("HGET", f"{tag}:graves", after, client=client)
        if grave is None:
            return ()
        start = f"({grave.decode()}"
    words = ("XREVRANGE", f"{tag}:dead", start, "-", "COUNT", most)
    page: Sequence[tuple[bytes, Mapping[bytes, bytes]]] = await command(*words, client=client)
    return page


def _letter(destination: str, fields: Mapping[bytes, bytes]) -> DeadLetter:
    texts = {name.decode(): value.decode("utf-8", "replace") for name, value in fields.items()}
    received, buried, attempts = int(texts["r"]), int(texts["t"]), int(texts["a"])
    return DeadLetter(texts["i"], destination, received, buried, texts["w"], attempts, texts["b"])
