"""The keys of the embedded engine, in a file of their own with a thread of its own, which forgets what it deletes.

Nobody waits for this file on the way of a hit: keys are made and stored ahead, and who was given which is written down
soon after. What a crash keeps from being written down, the rows themselves tell (`unowned`, `give`).
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeVar

from gateway.errors import StoreUnavailable
from gateway.sealing import KeyRow, Made, MonthRow
from gateway.store.sqlite.mending import mend

T = TypeVar("T")

# `subject` is null until somebody is given the key, and empty where it is nobody's in particular. `lasting` keys are of
# the vault, and found by their subject. The others come and go with the events: those are so few that they are looked
# through, and an index over them would cost more than all else here. `owed` are destroyed keys whose rows may still be
# there; `lossy` has a row where keys were lost that nobody destroyed. The columns of each primary key come first, in
# its order: SQLite 3.40 takes a sound table of another order for a damaged one.
SCHEMA = """
create table if not exists months (
  id blob primary key, month text not null, wrapped blob not null
) strict, without rowid;
create table if not exists keys (
  lasting integer not null, id blob not null, subject text, month text not null,
  under blob not null references months (id) on delete cascade, wrapped blob not null,
  primary key (lasting, id)
) strict, without rowid;
create index if not exists keys_lasting on keys (subject, month) where lasting = 1;
create table if not exists owed (id blob primary key) strict, without rowid;
create table if not exists lossy (id integer primary key) strict;
"""

# In each, the places of as many values as there are.
_ADD = "insert into keys (lasting, id, subject, month, under, wrapped) values {}"
_GIVE = (
    "with given (id, subject) as (values {}) "
    "update keys set subject = given.subject from given where keys.lasting = 0 and keys.id = given.id"
)
_OWE = "insert or ignore into owed values {}"
_DROP = "delete from keys where lasting in (0, 1) and id in ({})"
_PAY = "delete from owed where id in ({})"
_FORGET = "delete from months where id in ({})"
_KEYS = "select id, coalesce(subject, ''), month, under, wrapped from keys where "
_BY_ID = f"{_KEYS} lasting in (0, 1) and id in ({{}})"
_BY_SUBJECT = (f"{_KEYS} lasting = 0 and subject in ({{}})", f"{_KEYS} lasting = 1 and subject in ({{}})")
_UNOWNED = f"{_KEYS} lasting = 0 and subject is null"
_LASTING = f"{_KEYS} subject = ? and month = ? and lasting = 1 limit 1"

# Each statement gives up Python's lock, and a busy loop keeps it for long: few and long ones, therefore.
_AT_ONCE = 256


class Found(NamedTuple):
    """What was there at opening: keys of months, destroyed keys whose rows may be there, and whether the file had once
    lost keys to damage."""

    months: list[MonthRow]
    owed: list[bytes]
    lossy: bool


@dataclass(slots=True)
class _Waiting:
    """Keys to be stored, and why they could not be."""

    made: Made
    lasting: bool
    error: StoreUnavailable | None = None


class Keyring:
    """The file. `make_room` is asked for space where a disk is so full that nothing can even be deleted."""

    def __init__(self, path: Path, make_room: Callable[[], object]) -> None:
        self.path = path
        self._make_room = make_room
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-keys")
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[_Waiting] = deque()
        self._closed = False

    async def open(self) -> Found:
        """Begin with what is there. StoreUnavailable where the disk is at fault."""
        return await self._do(_found)

    async def close(self) -> None:
        """Let go of the file."""
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def renew(self, months: list[MonthRow], closed: list[MonthRow]) -> None:
        """Store keys of months anew, as they are wrapped now, and drop those that nobody can open."""

        def work(keys: sqlite3.Connection) -> None:
            statement = "update months set wrapped = ? where id = ?"
            keys.executemany(statement, [(row.wrapped, row.id) for row in months])
            _each(keys, _FORGET, [row.id for row in closed])

        if months or closed:
            await self._do(work)

    async def add(self, made: Made, lasting: bool = False) -> None:
        """Store keys that nobody, or their subject, has; durable on return. Those that wait together share a commit."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        mine = _Waiting(made, lasting)
        self._waiting.append(mine)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._add_waiting)
        if mine.error:
            raise mine.error

    def _add_waiting(self) -> None:
        """Store all keys that wait; where that fails, each by itself, so that none fails for another's sake."""
        some: list[_Waiting] = []
        with contextlib.suppress(IndexError):
            while True:
                some.append(self._waiting.popleft())
        try:
            self._transact(lambda keys: _add(keys, some), urgent=False)
        except StoreUnavailable:
            for one in some:
                try:
                    self._transact(partial(_add, some=[one]), urgent=False)
                except StoreUnavailable as error:
                    one.error = error

    async def give(self, given: Sequence[tuple[bytes, str]]) -> None:
        """Write down which subjects were given which keys."""

        await self._do(lambda keys: _rows(keys, _GIVE, given))

    async def find(self, ids: Collection[bytes]) -> dict[bytes, KeyRow]:
        """The stored keys of these ids."""
        return {row.id: row for row in await self._do(lambda keys: _each(keys, _BY_ID, ids))}

    async def of(self, subjects: Collection[str]) -> list[KeyRow]:
        """The keys of these subjects."""
        return await self._do(lambda keys: [row for query in _BY_SUBJECT for row in _each(keys, query, subjects)])

    async def unowned(self) -> list[KeyRow]:
        """The keys that were nobody's when this was last written down."""
        return await self._do(lambda keys: [KeyRow(*row) for row in keys.execute(_UNOWNED)])

    async def lasting(self, subject: str, month: str) -> KeyRow | None:
        """The key of the vault for what a subject has in a month."""
        row = await self._do(lambda keys: keys.execute(_LASTING, (subject, month)).fetchone())
        return KeyRow(*row) if row else None

    async def passing(self) -> set[bytes]:
        """The ids of all keys but the vault's."""
        query = "select id from keys where lasting = 0"
        return await self._do(lambda keys: {id_ for (id_,) in keys.execute(query)})

    async def destroy(self, ids: Collection[bytes]) -> None:
        """Destroy keys, and note that what was sealed under them may still be there; durable on return."""

        def work(keys: sqlite3.Connection) -> None:
            _rows(keys, _OWE, [(id_,) for id_ in ids])
            _each(keys, _DROP, ids)

        await self._do(work, urgent=True)

    async def drop(self, ids: Collection[bytes]) -> None:
        """Destroy keys that nothing is sealed under."""
        await self._do(lambda keys: _each(keys, _DROP, ids), urgent=True)

    async def end(self, before: str) -> list[str]:
        """Destroy the keys of the months before one, with all that lie under them; the months."""

        def work(keys: sqlite3.Connection) -> list[str]:
            months = [month for (month,) in keys.execute("select month from months where month < ?", (before,))]
            keys.execute("delete from months where month < ?", (before,))
            return months

        return await self._do(work, urgent=True)

    async def paid(self, ids: Collection[bytes]) -> None:
        """Forget destroyed keys: their rows are gone."""
        await self._do(lambda keys: _each(keys, _PAY, ids), urgent=True)

    async def rewrite(self) -> None:
        """Write the file anew: where pages are split or joined, SQLite leaves copies of what is deleted later, whatever
        `secure_delete` says. It takes as much memory as the file is large. StoreUnavailable where it cannot be."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        await asyncio.get_running_loop().run_in_executor(self._thread, self._rewrite)

    def _rewrite(self) -> None:
        try:
            connection = self._connection = self._connection or _connect(self.path)
            connection.execute("vacuum")
        except (sqlite3.Error, OSError, MemoryError) as error:
            self._close()
            raise StoreUnavailable("the keys cannot be written anew") from error

    async def _do(self, work: Callable[[sqlite3.Connection], T], urgent: bool = False) -> T:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work, urgent)

    def _transact(self, work: Callable[[sqlite3.Connection], T], urgent: bool) -> T:
        try:
            return self._once(work)
        except (sqlite3.Error, OSError) as error:
            full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
            if urgent and full and self._make_room():
                with contextlib.suppress(sqlite3.Error, OSError):
                    return self._once(work)
            raise StoreUnavailable("the keys cannot be read or written") from error

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._connection = self._connection or _connect(self.path)
            connection.execute("begin immediate")
            result = work(connection)
            connection.execute("commit")
        except BaseException:
            self._close()
            raise
        return result

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _connect(path: Path) -> sqlite3.Connection:
    mend(path, connect)
    return connect(path)


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, for one thread. A journal that is cut to nothing leaves no copy of what was deleted."""
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, timeout=5.0, check_same_thread=False)
    try:
        connection.execute("pragma journal_mode = truncate")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma secure_delete = on")
        connection.execute("pragma temp_store = memory")
        connection.execute("pragma foreign_keys = on")
        connection.executescript(SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _add(keys: sqlite3.Connection, some: Sequence[_Waiting]) -> None:
    for made, lasting in [(each.made, each.lasting) for each in some]:
        keys.executemany("insert into months values (?, ?, ?)", made.months)
        rows = [(int(lasting), row.id, row.subject if lasting else None, *row[2:]) for row in made.keys]
        _rows(keys, _ADD, rows)


def _found(keys: sqlite3.Connection) -> Found:
    months = [MonthRow(*row) for row in keys.execute("select id, month, wrapped from months")]
    owed = [id_ for (id_,) in keys.execute("select id from owed")]
    lossy = keys.execute("select count(*) from lossy").fetchone() != (0,)
    return Found(months, owed, lossy)


def _each(keys: sqlite3.Connection, statement: str, values: Collection[str] | Collection[bytes]) -> list[KeyRow]:
    """What a statement finds for these values, if it looks for keys."""
    found: list[KeyRow] = []
    for some in _some(list(values)):
        places = ", ".join("?" * len(some))
        found += [KeyRow(*row) for row in keys.execute(statement.format(places), some)]
    return found


def _rows(keys: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    for some in _some(rows):
        row = f"({', '.join('?' * len(some[0]))})"
        keys.execute(statement.format(", ".join([row] * len(some))), tuple(chain.from_iterable(some)))


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
