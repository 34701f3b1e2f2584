"""Open the database, and where it is damaged set it aside, save what can still be read, and begin a new one."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from gateway.store.sqlite.schema import connect, is_sound

# Without all refusals no event may be saved: it might be a refused one.
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


@dataclass(frozen=True, slots=True)
class Damage:
    """What was found wrong at opening: where the damaged file is now, how many rows were saved, whether all were."""

    moved_to: Path
    saved: int
    whole: bool


def open_sound(path: Path, check_bytes: int) -> tuple[sqlite3.Connection, Damage | None]:
    """A connection to a sound database. Files above `check_bytes` are not read through, lest start-up take minutes.

    Damage that shows itself later ends here again. sqlite3.OperationalError where the disk is at fault, not the file.
    """
    path.touch(mode=0o600)
    thorough = path.stat().st_size <= check_bytes
    try:
        connection = connect(path)
    except sqlite3.OperationalError:
        raise
    except UNREADABLE:
        return _replace(path)
    if thorough and not is_sound(connection):
        connection.close()
        return _replace(path)
    return connection, None


def set_aside(path: Path) -> tuple[sqlite3.Connection, Damage]:
    """Replace a database that was found damaged while it was in use."""
    return _replace(path)


def expire_quarantine(path: Path, before: float) -> int:
    """Delete damaged files set aside before a time; how many."""
    old = [file for file in path.parent.glob(f"{path.stem}.damaged-*") if file.stat().st_mtime < before]
    for file in old:
        file.unlink()
    return len(old)


def _replace(path: Path) -> tuple[sqlite3.Connection, Damage]:
    aside = _free_name(path)
    for suffix in ("-wal", ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    path.touch(mode=0o600)
    connection = connect(path)
    saved, whole = _save(aside, connection)
    return connection, Damage(aside, saved, whole)


def _free_name(path: Path) -> Path:
    number = 1
    while (name := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    return name


def _save(aside: Path, connection: sqlite3.Connection) -> tuple[int, bool]:
    saved, whole = 0, True
    old = sqlite3.connect(aside, isolation_level=None)
    # A flipped byte may have made text of something else; such a row is read as it is and fails its checksum later.
    old.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        for select, insert in _SAVED:
            rows, complete = readable(old, select)
            whole = whole and complete
            if not complete and select is _REFUSALS[0]:
                break
            saved += insert_all(connection, insert, rows)
    finally:
        old.close()
    return saved, whole


def insert_all(connection: sqlite3.Connection, insert: str, rows: list[Row]) -> int:
    """Insert the rows that a table takes, in a transaction; how many."""
    saved = 0
    connection.execute("begin immediate")
    for row in rows:
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute(insert, row)
            saved += 1
    connection.execute("commit")
    return saved


def readable(old: sqlite3.Connection, select: str) -> tuple[list[Row], bool]:
    """The rows up to the damage, and those after it back from the end; all of them where nothing is damaged."""
    rows: dict[Row, None] = {}
    for direction in ("asc", "desc"):
        try:
            for row in old.execute(select.format(direction)):
                rows[row] = None
        except UNREADABLE:
            continue
        return list(rows), True
    return list(rows), False
