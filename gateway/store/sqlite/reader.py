"""The one thread that reads, beside the writer and never in its way: a second connection that can change nothing."""

import asyncio
import sqlite3
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from gateway.errors import StoreUnavailable
from gateway.store.sqlite.schema import connect_to_read

T = TypeVar("T")

# An id is read as bytes, for the disk may have made something else than text of it.
_LEASE = "select seq, cast(id as blob), received, attempts, checksum, body from queue where destination = ?"
_LATER = f"{_LEASE} and due > 0 and due <= ? order by due, seq limit ?"
_FRESH = f"{_LEASE} and due = 0 order by seq limit ?"


class Waiting(NamedTuple):
    """A row of the queue as it is stored."""

    seq: int
    name: bytes
    received: int
    attempts: int
    checksum: int
    body: bytes


class Reader:
    """A reading connection in a thread of its own, opened again when the database was replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._connection: sqlite3.Connection | None = None
        self._generation = 0
        self._closed = False

    async def read(self, generation: int, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns. StoreUnavailable where the database cannot be read."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, generation, work)

    async def close(self) -> None:
        """Close the connection in its own thread, and end that."""
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _read(self, generation: int, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None or self._generation != generation:
                self._close()
                self._connection, self._generation = connect_to_read(self._path), generation
            return work(self._connection)
        except (sqlite3.Error, UnicodeError) as error:
            self._close()
            raise StoreUnavailable("the store cannot be read") from error

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def due(reader: sqlite3.Connection, destination: str, now: float, most: int) -> list[Waiting]:
    """Up to `most` events that may be tried: first those whose time has come again, then the fresh ones."""
    rows = reader.execute(_LATER, (destination, now, most)).fetchall()
    rows += reader.execute(_FRESH, (destination, most - len(rows))).fetchall()
    return [Waiting(*row) for row in rows]


def next_due(reader: sqlite3.Connection, destination: str, lent: Mapping[int, float]) -> float | None:
    """When the first event that is not lent may be tried, or the first loan ends; None where nothing is queued."""
    query = "select seq, due from queue where destination = ? and {} order by due, seq limit ?"
    times = [until for until in lent.values()]
    for condition in ("due = 0", "due > 0"):
        rows = reader.execute(query.format(condition), (destination, len(lent) + 1)).fetchall()
        free = [at for seq, at in rows if seq not in lent]
        times += free[:1]
    return min(times, default=None)


def checksum(body: bytes) -> int:
    """What tells whether the disk gave back what it got; it protects against nobody."""
    return zlib.crc32(body)


def text(raw: bytes) -> str:
    """Stored text, readable in any case."""
    return raw.decode("utf-8", "replace")
