"""Erase subjects: their keys first, on every server, and then all that nobody can read any more.

Whatever an erasure is killed between, what is sealed under destroyed keys is owed, and whoever asks again clears it
away; until then whoever is lent it finds that it is erased. Each process reads who was erased, and has no key of theirs
at hand from then on. Who has not read it yet stores nothing under a destroyed key: the server knows which those are.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from gateway.days import SECONDS_A_DAY
from gateway.sealing import bound, month_of
from gateway.store.protocols import Erased, Held
from gateway.store.redis.keyring import month_of_row
from gateway.store.redis.parts import Parts
from gateway.store.redis.scripts import (
    DESTROY,
    END_KEYS,
    END_MONTHS,
    KEYS_OF,
    LINK,
    LINKED,
    NOTE_ERASED,
    SIFT,
    UNLINK,
)

T = TypeVar("T")


QUEUE, DEAD = "queue", "dead"

# A script keeps everybody else waiting, so it looks at a few entries at a time.
_LOOKED_AT = 200
_AT_ONCE = 500


class _Sifted(NamedTuple):
    """What was found in a stretch of a stream: id, received and body of each, and how many of those were lent."""

    found: Sequence[tuple[bytes, bytes, bytes]]
    lent: int


class RedisErasing:
    """`Erasing` of `gateway.store.protocols`. `gone` is told how many queued events of a destination were destroyed
    that nobody was lent."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._read = "-"
        self.gone: Callable[[str, int], None] = lambda destination, number: None

    async def link(self, pairs: Collection[tuple[str, str]], at: int) -> None:
        """See `Erasing`."""
        for some in _some([pair for pair in pairs if pair[0] != pair[1]]):
            await self._parts.change(LINK, self._parts.names.links, at // SECONDS_A_DAY, *chain.from_iterable(some))

    async def linked(self, subjects: Collection[str]) -> Collection[str]:
        """See `Erasing`."""
        found: Sequence[bytes] = await self._parts.run(LINKED, self._parts.names.links, *subjects)
        return {subject.decode() for subject in found}.difference(subjects)

    async def held(self, subjects: Collection[str], most: int) -> list[Held]:
        """See `Erasing`."""
        wanted, found = [subject for subject in subjects if subject], list[Held]()
        for where in (QUEUE, DEAD):
            for destination in await self._parts.destinations():
                async for each in self._held(where, destination, wanted):
                    found.append(each)
                    if len(found) >= most:
                        return found
        return found

    async def _held(self, where: str, destination: str, subjects: Sequence[str]) -> AsyncIterator[Held]:
        tag = self._parts.names.destination(destination)
        stored = await self._parts.run(KEYS_OF, tag, *subjects)
        keys: dict[bytes, bytes] = dict(zip(stored[::2], stored[1::2], strict=True))
        await self._parts.learn(tag, keys.values())
        keyring = self._parts.keyrings.of(tag)
        async for sifted in self._sift(tag, where, False, (list(keys), subjects)):
            for name, received, body in sifted.found:
                id_ = name.decode()
                opened = keyring.open(body, bound(destination, id_), keys.get(body[1:17]))
                yield Held(where, destination, id_, int(received), opened.body)

    async def erase(self, subjects: Collection[str], at: int) -> Erased:
        """See `Erasing`. What lies aside on other machines, those erase themselves before they hand it over."""
        wanted = sorted({subject for subject in subjects if subject})
        total = Erased(0, 0, 0, 0)
        if not wanted:
            return total
        self._parts.keyrings.forget(wanted)
        names = self._parts.names
        for some in _some(wanted):
            await self._parts.change(NOTE_ERASED, names.erased, at, *some)
        keys = await self._destroy(names.vault, wanted, at)
        await self._parts.command(names.vault, "DEL", f"{names.vault}:owed")  # its rows are in the sheets of others
        destinations = await self._parts.destinations()
        for destination in destinations:
            keys += await self._destroy(names.destination(destination), wanted, at)
        queued = dead = 0
        for destination in destinations:
            more, buried = await self._clear(destination, wanted)
            queued, dead = queued + more, dead + buried
        links = sum([await self._parts.change(UNLINK, names.links, "", *some) for some in _some(wanted)])
        return Erased(keys, queued, dead, links)

    async def _destroy(self, tag: str, subjects: Sequence[str], at: int) -> int:
        return sum([await self._parts.change(DESTROY, tag, at, *some) for some in _some(subjects)])

    async def _clear(self, destination: str, subjects: Sequence[str]) -> tuple[int, int]:
        """Take away what is sealed under destroyed keys: how many queued events, and how many dead letters."""
        tag = self._parts.names.destination(destination)
        owed = sorted(await self._parts.command(tag, "SMEMBERS", f"{tag}:owed"))
        queued = dead = 0
        async for sifted in self._sift(tag, QUEUE, True, (owed, subjects)):
            queued += len(sifted.found)
            if len(sifted.found) > sifted.lent:
                self.gone(destination, len(sifted.found) - sifted.lent)
        async for sifted in self._sift(tag, DEAD, True, (owed, subjects)):
            dead += len(sifted.found)
        for some in _some(owed):
            await self._parts.command(tag, "SREM", f"{tag}:owed", *some)
        return queued, dead

    async def _sift(
        self, tag: str, where: str, take: bool, wanted: tuple[Sequence[bytes], Sequence[str]]
    ) -> AsyncIterator[_Sifted]:
        """Every stretch of a stream in which there is something, by keys, or by subjects where it is not sealed."""
        ask = self._parts.change if take else self._parts.run
        keys, subjects = wanted
        after: str | bytes | None = "-"
        while after is not None:
            words = (where, after, _LOOKED_AT, int(take), len(keys), *keys, *subjects)
            after, lent, found = await ask(SIFT, tag, *words)
            if found:
                yield _Sifted(found, lent)

    async def expire_keys(self, before: int) -> int:
        """See `Erasing`. Links that are older go with them."""
        month, day, names = month_of(before), before // SECONDS_A_DAY, self._parts.names
        self._parts.keyrings.end(month)
        months: set[bytes] = set()
        for tag in (names.vault, *map(names.destination, await self._parts.destinations())):
            months |= set(await self._parts.change(END_MONTHS, tag, month))
            await self._end_keys(tag, month)
            await self._parts.command(tag, "ZREMRANGEBYSCORE", f"{tag}:destroyed", "-inf", f"({before}")
        await self._parts.command(names.erased, "XTRIM", f"{names.erased}:log", "MINID", before * 1000)
        while await self._parts.change(UNLINK, names.links, day, _AT_ONCE):
            pass
        return len(months)

    async def _end_keys(self, tag: str, month: str) -> None:
        cursor: bytes | int = 0
        while True:
            cursor, rows = await self._parts.command(tag, "HSCAN", f"{tag}:keys", cursor, "COUNT", _AT_ONCE)
            over = [id_ for id_, row in rows.items() if month_of_row(row.partition(b":")[2]) < month]
            if over:
                await self._parts.change(END_KEYS, tag, month, *over)
            if not int(cursor):
                return

    async def look(self) -> list[str]:
        """Have no key at hand of those who were erased since the last look, wherever that was; who they are."""
        found: list[str] = []
        while True:
            entries = await self._log(self._read)
            found += [fields[b"s"].decode() for _, fields in entries]
            if entries:
                self._read = f"({entries[-1][0].decode()}"
            if len(entries) < _AT_ONCE:
                break
        self._parts.keyrings.forget(found)
        return found

    async def erased(self) -> Mapping[str, int]:
        """Who was erased when, as far back as it is remembered."""
        found, after = dict[str, int](), "-"
        while entries := await self._log(after):
            found |= {fields[b"s"].decode(): int(fields[b"t"]) for _, fields in entries}
            after = f"({entries[-1][0].decode()}"
        return found

    async def _log(self, after: str) -> Sequence[tuple[bytes, Any]]:
        tag = self._parts.names.erased
        words = ("XRANGE", f"{tag}:log", after, "+", "COUNT", _AT_ONCE)
        entries: Sequence[tuple[bytes, Any]] = await self._parts.command(tag, *words)
        return entries


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
