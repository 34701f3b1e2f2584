"""Keep a log of evidence in one SQLite file that is only ever added to.

Each replica has its own, with a name of its own, so that none waits for another. Several processes of one machine may
write into the same file: who writes takes the file's lock and looks first how far the others have come.
"""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from gateway.audit.log import Kept, Row
from gateway.audit.merkle import Edge, leaf_hash
from gateway.audit.note import Checkpoint, NoteError, checkpoint_of, parse_note, sign
from gateway.errors import LogUnavailable

FILE = "audit.db"
CHECKPOINT_LEAVES = 64
_WAIT_SECONDS = 5.0
_AGAIN_SECONDS = 0.01

_SCHEMA = """
create table if not exists log (
  one integer primary key check (one = 1),
  origin text not null
) strict;
create table if not exists leaves (
  idx integer primary key,
  leaf blob not null,
  hash blob not null
) strict;
create table if not exists checkpoints (
  size integer primary key,
  note text not null,
  edge blob not null
) strict;
create trigger if not exists leaves_in_order before insert on leaves
  when new.idx <> coalesce((select max(idx) + 1 from leaves), 0)
  begin select raise(abort, 'leaves follow each other'); end;
"""
_ONLY_ADDED_TO = """
create trigger if not exists {table}_{act} before {act} on {table}
  begin select raise(abort, 'the log is only added to'); end;
"""
_TABLES = ("log", "leaves", "checkpoints")


class SqliteLog:
    """The log of a data directory. `seeds` are the keys that sign, the current one first; `name` makes the name
    of a log that is begun. To be used by one thread."""

    def __init__(self, directory: Path, seeds: Sequence[bytes], name: Callable[[], str]) -> None:
        self._path = directory / FILE
        self._seeds = seeds
        self._name = name
        self._connection: sqlite3.Connection | None = None
        self._edge = Edge()
        self._signed = 0

    def append(self, leaf: bytes) -> int:
        """Return when the leaf is durable; its index. Signs where many leaves are not signed yet."""
        hashed = leaf_hash(leaf)
        with self._writing() as connection:
            index = self._edge.size
            connection.execute("insert into leaves values (?, ?, ?)", (index, leaf, hashed))
            self._edge.append(hashed)
            if self._edge.size - self._signed >= CHECKPOINT_LEAVES:
                self._sign(connection)
        return index

    def checkpoint(self) -> str | None:
        """Sign what is there. The signed note; None where the last one covers everything."""
        with self._writing() as connection:
            return self._sign(connection) if self._edge.size > self._signed else None

    def last(self, act: str) -> Mapping[str, Any] | None:
        """What the latest leaf of an act says."""
        with self._writing() as connection:
            rows = connection.execute("select leaf from leaves order by idx desc")
            told = (json.loads(row[0]) for row in rows)
            return next((each for each in told if each["act"] == act), None)

    def close(self) -> None:
        """Let go of the file, and of what was begun in it. It is opened again when the log is asked for something."""
        self._edge = Edge()
        connection, self._connection = self._connection, None
        if connection:
            connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else writes beside, with the edge as far as the file has come."""
        try:
            connection = self._connection = self._connection or _connect(self._path, self._name)
            connection.execute("begin immediate")
            self._catch_up(connection)
            yield connection
            connection.execute("commit")
        except (OSError, sqlite3.Error, NoteError, ValueError) as error:
            self.close()
            raise LogUnavailable(f"the log of evidence cannot be written: {type(error).__name__}") from error
        except BaseException:
            self.close()
            raise

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        size = connection.execute("select coalesce(max(idx) + 1, 0) from leaves").fetchone()[0]
        latest = "select size, note, edge from checkpoints order by size desc limit 1"
        signed, note, packed = connection.execute(latest).fetchone() or (0, "", b"")
        self._signed = signed
        if self._edge.size == size:
            return
        self._edge = Edge.unpacked(signed, packed)
        if signed and checkpoint_of(parse_note(note)).root != self._edge.root():
            raise NoteError("the last checkpoint is not that of the log")
        for (hashed,) in connection.execute("select hash from leaves where idx >= ? order by idx", (signed,)):
            self._edge.append(hashed)
        if self._edge.size != size:
            raise NoteError("leaves are missing")

    def _sign(self, connection: sqlite3.Connection) -> str:
        origin = connection.execute("select origin from log").fetchone()[0]
        edge = self._edge
        note = sign(Checkpoint(origin, edge.size, edge.root()), self._seeds)
        connection.execute("insert into checkpoints values (?, ?, ?)", (edge.size, note, edge.packed()))
        self._signed = edge.size
        return note


def read(path: Path) -> Kept:
    """Everything in a file, which is not changed. OSError or sqlite3.Error where it cannot be read.

    A file that nobody writes, on a medium that cannot be written, is read as it lies there.
    """
    path.stat()
    lies_still = not path.with_name(path.name + "-wal").exists()
    uri = f"{path.resolve().as_uri()}?{'immutable=1' if lies_still else 'mode=ro'}"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_WAIT_SECONDS)) as connection:
        if [row[0] for row in connection.execute("pragma integrity_check(1)")] != ["ok"]:
            raise sqlite3.DatabaseError("the file is damaged")
        connection.execute("begin")
        (origin,) = connection.execute("select origin from log").fetchone() or ("",)
        rows = [Row(*row) for row in connection.execute("select idx, leaf, hash from leaves order by idx")]
        notes = connection.execute("select size, note, edge from checkpoints order by size").fetchall()
        return Kept(origin, rows, notes)


def _connect(path: Path, name: Callable[[], str]) -> sqlite3.Connection:
    """Open the file for writing; a fresh one belongs to its owner alone. Each commit waits for the disk."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_SECONDS)
    try:
        _keep_a_wal(connection)
        connection.execute("pragma synchronous = full")
        connection.executescript(_SCHEMA)
        for table in _TABLES:
            for act in ("update", "delete"):
                connection.execute(_ONLY_ADDED_TO.format(table=table, act=act))
        connection.execute("insert or ignore into log values (1, ?)", (name(),))
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _keep_a_wal(connection: sqlite3.Connection) -> None:
    """Change a fresh file's journal. SQLite does not wait for a lock here (https://sqlite.org/c3ref/busy_handler.html):
    of several that begin a file at the same time all but one are told at once that it is locked."""
    ends = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return
