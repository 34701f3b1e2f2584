"""Begin a damaged file of keys anew, with the keys that can still be read; the damaged one is not kept.

Kept, it would hold keys that an erasure destroys later. What was sealed under those that are lost is unreadable, not
erased, and the new file says that there are such.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.store.sqlite.quarantine import UNREADABLE, copy
from gateway.store.sqlite.schema import is_sound

_SAVED = (
    ("select id, month, wrapped from months order by id {0}", "insert or ignore into months values (?, ?, ?)"),
    ("select id from owed order by id {0}", "insert or ignore into owed values (?)"),
    (
        "select lasting, id, subject, month, under, wrapped from keys order by lasting {0}, id {0}",
        "insert or ignore into keys (lasting, id, subject, month, under, wrapped) values (?, ?, ?, ?, ?, ?)",
    ),
)


def mend(path: Path, connect: Callable[[Path], sqlite3.Connection]) -> None:
    """Replace the file if it is damaged, or if that was begun before. sqlite3.OperationalError where the disk is at
    fault."""
    damaged = path.with_name(f"{path.name}.damaged")
    if not damaged.exists():
        if not path.exists() or _is_good(path, connect):
            return
        path.rename(damaged)
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    connection, old = connect(path), sqlite3.connect(damaged, isolation_level=None)
    try:
        connection.execute("insert or ignore into lossy values (1)")
        for select, insert in _SAVED:
            copy(old, select, connection, insert)
    finally:
        old.close()
        connection.close()
    damaged.unlink()


def _is_good(path: Path, connect: Callable[[Path], sqlite3.Connection]) -> bool:
    try:
        connection = connect(path)
    except sqlite3.OperationalError:
        raise
    except UNREADABLE:
        return False
    try:
        return is_sound(connection)
    finally:
        connection.close()
