"""The dead letters of the embedded engine."""

import asyncio
import json
import sqlite3
from collections.abc import Collection, Mapping

from gateway.store.protocols import DeadLetter
from gateway.store.sqlite.files import Files, rows_of, run
from gateway.store.sqlite.quarantine import expire_quarantine

_OF_DEAD = "from dead where destination = ?1 and (?2 is null or id in (select value from json_each(?2)))"
_UNEARTH = (
    "insert or ignore into queue (destination, id, received, checksum, body) "
    f"select destination, id, received, checksum, body {_OF_DEAD} order by seq"
)
_SELECT = "select id, destination, received, buried, reason, attempts, body, checksum from dead where destination = ?1"
_FIND = f"{_SELECT} and id = ?2"
_EARLIER = "(?2 = '' or seq < (select min(seq) from dead where destination = ?1 and id = ?2))"
_BROWSE = f"{_SELECT} and {_EARLIER} order by seq desc limit ?3"


class DeadLetterFile(Files):
    """`DeadLetters` of `gateway.store.protocols`."""

    async def buried(self) -> Mapping[tuple[str, str], int]:
        """See `DeadLetters`."""
        query = "select destination, reason, count(*) from dead group by destination, reason"
        rows = await self._read(lambda reader: rows_of(reader, query))
        return {(destination, reason): count for destination, reason, count in rows}

    async def browse(self, destination: str, most: int, after: str = "") -> list[DeadLetter]:
        """See `DeadLetters`."""
        return await self._letters(_BROWSE, (destination, after, most))

    async def find(self, destination: str, id: str) -> DeadLetter | None:
        """See `DeadLetters`."""
        return next(iter(await self._letters(_FIND, (destination, id))), None)

    async def _letters(self, query: str, values: tuple[str | int, ...]) -> list[DeadLetter]:
        rows = await self._read(lambda reader: rows_of(reader, query, values))
        keys = await self._keys_of(row[-2] for row in rows)
        return [
            DeadLetter(name, where, received, buried, reason, attempts, *self._opened((where, name), body, sum_, keys))
            for name, where, received, buried, reason, attempts, body, sum_ in rows
        ]

    async def unearth(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        chosen = _chosen(ids)

        def work(writer: sqlite3.Connection) -> int:
            queued = run(writer, _UNEARTH, (destination, chosen))
            run(writer, f"delete {_OF_DEAD}", (destination, chosen))
            return queued

        async with self._one_way:
            return await self._writer.change(work)

    async def destroy(self, destination: str, ids: Collection[str] | None = None) -> int:
        """See `DeadLetters`."""
        chosen = _chosen(ids)
        return await self._writer.change(lambda writer: run(writer, f"delete {_OF_DEAD}", (destination, chosen)))

    async def discard(self, before: int) -> int:
        """See `DeadLetters`. Damaged files set aside before that time go with them."""
        await asyncio.to_thread(expire_quarantine, self._path, before)
        return await self._writer.change(lambda writer: run(writer, "delete from dead where buried < ?", (before,)))


def _chosen(ids: Collection[str] | None) -> str | None:
    return None if ids is None else json.dumps(list(ids))
