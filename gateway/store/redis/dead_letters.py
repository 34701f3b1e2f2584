"""Keep the events that nobody will deliver, by destination, for an operator to look at."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from redis.asyncio import Redis

from gateway.sealing import bound, key_id
from gateway.store.protocols import DeadLetter
from gateway.store.redis.keyring import Opened
from gateway.store.redis.parts import Parts
from gateway.store.redis.scripts import EXHUME
from gateway.store.redis.servers import command

# A script keeps everybody else waiting, so it takes a few at a time.
_AT_ONCE = 200

Entries = Sequence[tuple[bytes, Mapping[bytes, bytes]]]


class RedisDeadLetters:
    """`DeadLetters` of `gateway.store.protocols`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def buried(self) -> Mapping[tuple[str, str], int]:
        """See `DeadLetters`."""
        counts: dict[tuple[str, str], int] = {}
        for name in await self._parts.destinations():
            tag = self._parts.names.destination(name)
            found: Mapping[bytes, bytes] = await self._parts.command(tag, "HGETALL", f"{tag}:reasons")
            counts |= {(name, reason.decode()): int(count) for reason, count in found.items() if int(count) > 0}
        return counts

    async def browse(self, destination: str, most: int, after: str = "") -> list[DeadLetter]:
        """See `DeadLetters`."""
        tag = self._parts.names.destination(destination)
        page = await self._parts.line.ask(tag, partial(_page, tag, most, after))
        return await self._letters(destination, [fields for _, fields in page])

    async def find(self, destination: str, id: str) -> DeadLetter | None:
        """See `DeadLetters`."""
        tag = self._parts.names.destination(destination)
        found = await self._parts.line.ask(tag, partial(_one, tag, id))
        return next(iter(await self._letters(destination, [fields for _, fields in found])), None)

    async def _letters(self, destination: str, page: Sequence[Mapping[bytes, bytes]]) -> list[DeadLetter]:
        if not page:
            return []
        tag = self._parts.names.destination(destination)
        names = [fields[b"i"] for fields in page]
        stored: Sequence[bytes | None] = await self._parts.command(tag, "HMGET", f"{tag}:bodies", *names)
        bodies = [body or fields.get(b"b", b"") for body, fields in zip(stored, page, strict=True)]
        under = [key_id(body) for body in bodies]
        found: Sequence[bytes | None] = await self._parts.command(tag, "HMGET", f"{tag}:keys", *under)
        keys = [key.partition(b":")[2] if key else None for key in found]
        await self._parts.learn(tag, [key for key in keys if key])
        open_ = self._parts.keyrings.of(tag).open
        return [
            _letter(destination, fields, open_(body, bound(destination, fields[b"i"].decode()), key))
            for fields, body, key in zip(page, bodies, keys, strict=True)
        ]

    async def unearth(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        return (await self._exhume(destination, ids, again=True))[1]

    async def destroy(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        return (await self._exhume(destination, ids))[0]

    async def discard(self, before: int) -> int:
        """See `DeadLetters`."""
        return sum([(await self._exhume(name, before=str(before)))[0] for name in await self._parts.destinations()])

    async def _exhume(
        self, destination: str, ids: Collection[str] | None = None, *, again: bool = False, before: str = ""
    ) -> tuple[int, int]:
        """How many were taken, and how many of those are in the queue again."""
        tag = self._parts.names.destination(destination)
        taken, queued, last = 0, 0, _AT_ONCE
        chosen = list(ids or ())
        for some in [chosen[at : at + _AT_ONCE] for at in range(0, len(chosen), _AT_ONCE)]:
            last, more = await self._take(tag, (int(again), before, _AT_ONCE, *some))
            taken, queued = taken + last, queued + more
        while ids is None and last >= _AT_ONCE:
            last, more = await self._take(tag, (int(again), before, _AT_ONCE))
            taken, queued = taken + last, queued + more
        return taken, queued

    async def _take(self, tag: str, arguments: tuple[str | int, ...]) -> tuple[int, int]:
        taken, queued = await self._parts.run(EXHUME, tag, *arguments)
        return taken, queued


async def _page(tag: str, most: int, after: str, client: Redis) -> Entries:
    start = "+"
    if after:
        grave = await _grave(tag, after, client)
        if grave is None:
            return ()
        start = f"({grave}"
    page: Entries = await command("XREVRANGE", f"{tag}:dead", start, "-", "COUNT", most, client=client)
    return page


async def _one(tag: str, id_: str, client: Redis) -> Entries:
    grave = await _grave(tag, id_, client)
    found: Entries = await command("XRANGE", f"{tag}:dead", grave, grave, client=client) if grave else ()
    return found


async def _grave(tag: str, id_: str, client: Redis) -> str | None:
    """Where in the stream of dead letters one lies."""
    grave: bytes | None = await command("HGET", f"{tag}:graves", id_, client=client)
    return grave.decode() if grave else None


def _letter(destination: str, fields: Mapping[bytes, bytes], opened: Opened) -> DeadLetter:
    name, reason = fields[b"i"].decode(), fields[b"w"].decode()
    received, buried, attempts = int(fields[b"r"]), int(fields[b"t"]), int(fields[b"a"])
    return DeadLetter(name, destination, received, buried, reason, attempts, *opened)
