"""Open the database, and where it is damaged save what can still be read, and set it aside for a new one.

The damaged file keeps its place until all that can be read of it is durable in the new one: killed before, or without
room, it is found damaged again by whoever opens it next.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway import durable
from gateway.store.sqlite.schema import connect, is_sound

# Without all refusals no event may be saved: it might be a refused one. Those that can be read still hold.
_REFUSALS = (
    "select subject, purpose, at, standing from refusals order by subject {0}, purpose {0}",
    "insert into refusals (subject, purpose, at, standing) values (?, ?, ?, ?)",
)

# Tables in the order they are saved.
_SAVED = (
    (
        "select book, key, revision, body from sheets order by book {0}, key {0}",
        "insert into sheets (book, key, revision, body) values (?, ?, ?, ?)",
    ),
    (
        "select also, subject, day from links order by also {0}, subject {0}",
        "insert into links (also, subject, day) values (?, ?, ?)",
    ),
    _REFUSALS,
    (
        "select seq, destination, id, received, checksum, body, attempts, buried, reason from dead order by seq {0}",
        "insert into dead (seq, destination, id, received, checksum, body, attempts, buried, reason) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    (
        "select seq, destination, id, received, checksum, body, attempts, due from queue order by seq {0}",
        "insert into queue (seq, destination, id, received, checksum, body, attempts, due) "
        "values (?, ?, ?, ?, ?, ?, ?, ?)",
    ),
)

# What SQLite quotes from a damaged file in its messages need not be text.
UNREADABLE = (sqlite3.DatabaseError, UnicodeError)

Row = tuple[str | int | float | bytes | None, ...]


# Rows that are copied in one transaction.
_PIECE = 1_000


@dataclass(frozen=True, slots=True)
class Damage:
    """What was found wrong at opening: where the damaged file is now, how many rows were saved, whether all were."""

    moved_to: Path
    saved: int
    whole: bool


def open_sound(path: Path, check_bytes: int, last: int = 0) -> tuple[sqlite3.Connection, Damage | None]:
    """A connection to a sound database. Files above `check_bytes` are not read through, lest start-up take minutes.
    No event gets a number up to `last`: somebody may still end what had it.

    Damage that shows itself later ends here again. sqlite3.OperationalError where the disk is at fault, not the file.
    """
    _finish(path)
    path.touch(mode=0o600)
    thorough = path.stat().st_size <= check_bytes
    try:
        connection = connect(path)
    except sqlite3.OperationalError:
        raise
    except UNREADABLE:
        return set_aside(path, last)
    if thorough and not is_sound(connection):
        connection.close()
        return set_aside(path, last)
    return connection, None


def set_aside(path: Path, last: int = 0) -> tuple[sqlite3.Connection, Damage]:
    """Replace a database that was found damaged. Nobody may be writing to it."""
    begun = path.with_name(f"{path.stem}.begun{path.suffix}")
    _delete(begun)
    begun.touch(mode=0o600)
    try:
        with contextlib.closing(connect(begun)) as connection:
            saved, whole = _save(path, connection)
            _number_from(connection, last)
            connection.execute("pragma wal_checkpoint(truncate)").fetchall()  # what is in a log would stay behind
    except BaseException:
        _delete(begun)  # its room may be all that was missing
        raise
    begun.rename(_fresh(path))
    aside = _free_name(path)
    path.rename(aside)
    with contextlib.suppress(FileNotFoundError):
        path.with_name(path.name + "-wal").rename(aside.with_name(aside.name + "-wal"))
    _finish(path)
    return connect(path), Damage(aside, saved, whole)


def expire_quarantine(path: Path, before: float) -> int:
    """Delete damaged files set aside before a time; how many."""
    old = [file for file in path.parent.glob(f"{path.stem}.damaged-*") if file.stat().st_mtime < before]
    for file in old:
        file.unlink()
    return len(old)


def _finish(path: Path) -> None:
    """Put a new file that is whole where the damaged one was, if that is set aside; else it is made anew when it is
    needed, for much may change until then."""
    fresh = _fresh(path)
    if path.exists():
        _delete(fresh)
    if not fresh.exists():
        return
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    fresh.rename(path)
    durable.keep_names(path.parent)


def _delete(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _fresh(path: Path) -> Path:
    return path.with_name(f"{path.stem}.fresh{path.suffix}")


def _free_name(path: Path) -> Path:
    number = 1
    while (name := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    return name


def _save(damaged: Path, connection: sqlite3.Connection) -> tuple[int, bool]:
    saved, whole = 0, True
    old = sqlite3.connect(damaged, isolation_level=None)
    # A flipped byte may have made text of something else; such a row is read as it is and fails its checksum later.
    old.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        for select, insert in _SAVED:
            number, complete = copy(old, select, connection, insert)
            saved, whole = saved + number, whole and complete
            if not complete and select is _REFUSALS[0]:
                break
    finally:
        old.close()
    return saved, whole


def _number_from(connection: sqlite3.Connection, last: int) -> None:
    """Give no event a number up to this one."""
    done = connection.execute("update sqlite_sequence set seq = max(seq, ?) where name = 'queue'", (last,))
    if not done.rowcount:
        connection.execute("insert into sqlite_sequence (name, seq) values ('queue', ?)", (last,))


def copy(old: sqlite3.Connection, select: str, new: sqlite3.Connection, insert: str) -> tuple[int, bool]:
    """Copy the rows up to the damage, and those after it back from the end; all of them where nothing is damaged. How
    many the new table took, and whether all could be read."""
    saved = 0
    for direction in ("asc", "desc"):
        rows, more = _read(old, select.format(direction)), True
        while more:
            piece, more, whole = next(rows)
            saved += _insert(new, insert, piece)
        if whole:
            return saved, True
    return saved, False


def _read(old: sqlite3.Connection, query: str) -> Iterator[tuple[list[Row], bool, bool]]:
    """Some rows after others; whether there are more, and whether those that came are all that there are."""
    try:
        rows = old.execute(query)
    except UNREADABLE:
        yield [], False, False
        return
    while True:
        piece: list[Row] = []
        try:
            while len(piece) < _PIECE and (row := rows.fetchone()) is not None:
                piece.append(row)
        except UNREADABLE:
            yield piece, False, False
            return
        yield piece, len(piece) == _PIECE, len(piece) < _PIECE


def _insert(connection: sqlite3.Connection, insert: str, rows: list[Row]) -> int:
    saved = 0
    connection.execute("begin immediate")
    for row in rows:
        with contextlib.suppress(sqlite3.IntegrityError):
            saved += connection.execute(insert, row).rowcount
    connection.execute("commit")
    return saved
