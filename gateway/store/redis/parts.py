"""What every part of the shared store works with: the way to the servers, the names of the keys, and who seals."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from gateway.errors import StoreUnavailable
from gateway.store.redis.keyring import Keyrings
from gateway.store.redis.line import Line
from gateway.store.redis.names import Names
from gateway.store.redis.scripts import REWRAP, Call, Replication, Script, run
from gateway.store.redis.servers import command

Word = str | bytes | float


class SealedElsewhere(StoreUnavailable):
    """What is stored was sealed with a root key that we do not have."""


class Parts:
    """`seen` are destinations that were met here, whether the servers list them or not."""

    def __init__(self, line: Line, names: Names, replication: Replication, keyrings: Keyrings) -> None:
        self.line = line
        self.names = names
        self.replication = replication
        self.keyrings = keyrings
        self.seen: set[str] = set()

    async def run(self, script: Script, tag: str, *words: Word) -> Any:
        """What a script returns that changes nothing."""
        (answer,) = await self.line.ask(tag, partial(run, calls=[Call(script, tag, words)]))
        return answer

    async def change(self, script: Script, tag: str, *words: Word) -> Any:
        """What a script returns, once as many replicas have its changes as are wanted."""
        calls = [Call(script, tag, words)]
        (answer,) = await self.line.ask(tag, partial(run, calls=calls, replication=self.replication))
        return answer

    async def command(self, tag: str, *words: Word) -> Any:
        """What the server behind a tag answers to a command."""
        return await self.line.ask(tag, partial(command, *words))

    async def destinations(self) -> list[str]:
        """All destinations that ever got an event."""
        known = self.names.destinations
        found: set[bytes] = await self.command(known, "SMEMBERS", known)
        return sorted({name.decode() for name in found} | self.seen)

    async def learn(self, tag: str, keys: Iterable[bytes]) -> None:
        """Know the keys of the months that stored keys lie under. SealedElsewhere where one does not open."""
        keyring = self.keyrings.of(tag)
        unknown = [*keyring.unknown(keys)]
        if not unknown:
            return
        rows: Sequence[bytes | None] = await self.command(tag, "HMGET", f"{tag}:months", *unknown)
        await self._take_up(tag, {id_: row for id_, row in zip(unknown, rows, strict=True) if row})

    async def learn_all(self) -> None:
        """Know the keys of all months that are stored. SealedElsewhere where one does not open."""
        for tag in (self.names.vault, *map(self.names.destination, await self.destinations())):
            await self._take_up(tag, await self.command(tag, "HGETALL", f"{tag}:months"))

    async def _take_up(self, tag: str, months: Mapping[bytes, bytes]) -> None:
        again, closed = self.keyrings.of(tag).learn(months)
        if closed:
            raise SealedElsewhere("what is kept there was sealed with another root key")
        if again:
            await self.change(REWRAP, tag, *chain.from_iterable(again.items()))
