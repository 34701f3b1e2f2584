"""The two files of the embedded engine, events and keys, opened and closed together; reading, writing and sealing them.

A row is sealed in the loop that hands it over, under a key that is durable already, and opened in the loop that asks
for it. So keys are at hand in one place alone, and what is forgotten there is forgotten.
"""

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gateway.errors import ConfigurationError, Finding, StoreUnavailable
from gateway.event import Event
from gateway.sealing import KeyRow, Sealer, bound, key_id
from gateway.store.protocols import Held
from gateway.store.sqlite.keyring import Found, Keyring
from gateway.store.sqlite.lock import DirectoryLock
from gateway.store.sqlite.reader import Reader, checksum, text
from gateway.store.sqlite.writer import DAMAGE_ERRORS, Limits, Writer, code_of

T = TypeVar("T")

# Keys of a month that lie ready; more are made when half of them are given away.
STOCK = 1_024

# What a text of the vault begins with.
MARK = "sealed:"

# The tables whose rows are sealed.
QUEUE, DEAD = "queue", "dead"

# Rows that are looked at in one go, whoever else reads waits for some milliseconds at most; keys that are looked for in
# one go; and rows that are opened or deleted in one.
_LOOKED_AT = 4_000
_MOST_KEYS = 256
AT_ONCE = 200

# Of a table, where the next rows end, which of them lie under keys, and under which keys they lie.
_END = "select max(seq) from (select seq from {} where seq > ? order by seq limit ?)"
_UNDER = "select seq from {} where seq > ? and seq <= ? and substr(body, 2, 16) in ({})"
_LIVE = "select distinct substr(body, 2, 16) from {} where seq > ? and seq <= ?"
_WHOLE = (
    "select destination, cast(id as blob), received, checksum, body from {} "
    "where seq in (select value from json_each(?)) order by seq"
)
_ANYTHING = (
    "select exists (select 1 from queue) or exists (select 1 from dead) "
    "or exists (select 1 from sheets where instr(body, ?))"
)


class Opened(NamedTuple):
    """What a row says, empty where it cannot be read; `erased` where its key was destroyed."""

    body: str
    erased: bool


class Files:
    """What every part of the store works with, for one event loop. `wrapping` are 32-byte keys that are stored nowhere,
    the current one first."""

    def __init__(self, directory: Path, wrapping: Sequence[bytes], limits: Limits | None = None) -> None:
        self._directory = directory
        self._path = directory / "events.db"
        self._lock = DirectoryLock(directory)
        self._writer = Writer(self._path, limits or Limits())
        self._reader = Reader(self._path)
        self._sealer = Sealer(wrapping, os.urandom)
        self._keyring = Keyring(directory / "keys.db", self._writer.make_room)
        self._stocking: dict[str, asyncio.Task[None]] = {}
        self._noting = asyncio.Lock()
        # Who looks through the queue and then the dead letters sees each event, if it moves that way alone meanwhile.
        self._one_way = asyncio.Lock()
        self._lossy = False

    async def _begin(self) -> Found:
        """Lock, check and open the directory. ConfigurationError where another process has it, or where what is kept
        there was sealed with other keys."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        await self._writer.start()
        found = await self._keyring.open()
        learnt = self._sealer.learn(found.months)
        if (learnt.closed or not found.months) and await self._read(
            lambda reader: rows_of(reader, _ANYTHING, (MARK,)) != [(0,)]
        ):
            raise ConfigurationError([self._finding(bool(found.months))])
        await self._keyring.renew(learnt.again, learnt.closed)
        self._lossy = found.lossy
        return found

    async def _end(self) -> None:
        """Commit what was accepted, and let go of everything."""
        await asyncio.gather(*self._stocking.values(), return_exceptions=True)
        await self._writer.stop()
        with contextlib.suppress(StoreUnavailable):
            await self._write_down()
            await self._keyring.drop(self._sealer.in_stock())
        await self._reader.close()
        await self._keyring.close()
        self._lock.release()

    # Keys

    def _is_stocked(self, month: str, number: int) -> bool:
        """Whether there are keys for so many more subjects; where they become few, others are made."""
        stocked = self._sealer.stocked(month)
        if (stocked < number or stocked < STOCK // 2) and month not in self._stocking:
            task = asyncio.create_task(self._stock(month, max(number, STOCK)), name="store-keys")
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
            self._stocking[month] = task
        return stocked >= number

    async def _stocked(self, month: str, number: int) -> None:
        """Wait for keys for so many more subjects. StoreUnavailable where none can be stored."""
        while not self._is_stocked(month, number):
            await asyncio.shield(self._stocking[month])

    async def _stock(self, month: str, number: int) -> None:
        try:
            await self._write_down()
            made = self._sealer.stock(month, number)
            try:
                await self._keyring.add(made)
            except BaseException:
                self._sealer.abandon(made)
                raise
            self._sealer.admit(made)
        finally:
            del self._stocking[month]

    async def _write_down(self) -> None:
        """Write down who was given which key."""
        async with self._noting:
            if given := self._sealer.given():
                await self._keyring.give(given)
                self._sealer.written(given)

    async def _keys_of(self, bodies: Iterable[bytes]) -> Mapping[bytes, KeyRow]:
        """The stored keys of rows, other than those that are at hand when this returns."""
        keys: dict[bytes, KeyRow] = {}
        wanted, asked = {key_id(body) for body in bodies} - {b""}, set[bytes]()
        # While one waits, others may take the place at hand that a key had.
        while missing := {id_ for id_ in wanted - asked if not self._sealer.has(id_)}:
            keys |= await self._keyring.find(missing)
            asked |= missing
        return keys

    def _opened(self, place: tuple[str, str], body: bytes, sum_: int, keys: Mapping[bytes, KeyRow]) -> Opened:
        """What the row of an event, by destination and key, says; `sum_` is its checksum."""
        id_ = key_id(body)
        if checksum(body) != sum_ or not id_:
            return Opened("", False)
        if id_ not in keys and not self._sealer.has(id_):
            return Opened("", not self._lossy)
        plain = self._sealer.open(body, bound(*place), keys.get(id_))
        return Opened(plain.decode("utf-8", "replace") if plain else "", False)

    # Rows

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._reader.read(self._writer.generation, work)
        except StoreUnavailable as error:
            if code_of(error.__cause__) in DAMAGE_ERRORS:
                await self._writer.examine()
            raise

    async def _pieces(self, table: str) -> AsyncIterator[tuple[int, int]]:
        """The numbers that some rows lie between, the first left out, until there are no more; the oldest first."""
        after, query = 0, _END.format(table)
        while end := (await self._read(partial(rows_of, query=query, values=(after, _LOOKED_AT))))[0][0]:
            yield after, end
            after = end

    async def _live(self, table: str) -> set[bytes]:
        """The keys that something of a table is sealed under."""
        live: set[bytes] = set()
        async for piece in self._pieces(table):
            rows = await self._read(partial(rows_of, query=_LIVE.format(table), values=piece))
            live.update(key for (key,) in rows)
        return live

    async def _under(self, table: str, keys: Collection[bytes]) -> AsyncIterator[list[int]]:
        """The numbers of what is sealed under these keys, some at a time."""
        wanted = sorted(keys)
        for start in range(0, len(wanted), _MOST_KEYS):
            some = wanted[start : start + _MOST_KEYS]
            query = _UNDER.format(table, ", ".join("?" * len(some)))
            async for piece in self._pieces(table):
                found = [seq for (seq,) in await self._read(partial(rows_of, query=query, values=(*piece, *some)))]
                for first in range(0, len(found), AT_ONCE):
                    yield found[first : first + AT_ONCE]

    async def _held(self, table: str, keys: Mapping[bytes, KeyRow]) -> AsyncIterator[tuple[Held, bytes]]:
        """What is sealed under these keys, and under which of them."""
        async for seqs in self._under(table, keys):
            for destination, name, received, sum_, body in await self._read(
                partial(rows_of, query=_WHOLE.format(table), values=(json.dumps(seqs),))
            ):
                opened = self._opened((destination, text(name)), body, sum_, keys)
                yield Held(table, destination, text(name), received, opened.body), key_id(body)

    def _finding(self, other: bool) -> Finding:
        path = self._directory / "keys.db"
        if other:
            message, hint = "what is kept here was sealed under another root key", "put that key behind the current one"
        else:
            message, hint = "what is kept here was sealed, and the file of its keys is gone", "put that file back"
        begin = f"or move {self._path.name} away too: what it has is lost then"
        return Finding(str(path), 1, 1, "G094", message, f"{hint}, {begin}")


def rows_of(
    reader: sqlite3.Connection, query: str, values: Sequence[str | float | bytes] = ()
) -> list[tuple[Any, ...]]:
    """What a query finds."""
    return reader.execute(query, values).fetchall()


def run(writer: sqlite3.Connection, statement: str, values: Sequence[str | float | None] = ()) -> int:
    """How many rows a statement has changed."""
    return writer.execute(statement, values).rowcount


def subject_of(body: str) -> str:
    """Whose an event is; nobody's where that cannot be told, and then nobody gets it either."""
    try:
        return Event.from_json(body).subject
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
