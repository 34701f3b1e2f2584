"""Where in a database file something lies."""

import sqlite3
from contextlib import closing
from pathlib import Path

SIZE = 4_096


def pages_of(path: Path, table: str) -> list[int]:
    """Where in the file the leaves of a table begin, in bytes."""
    query = "select pageno from dbstat where name = ? and pagetype = 'leaf' order by pageno"
    with closing(sqlite3.connect(path)) as connection:
        return [SIZE * (page - 1) for (page,) in connection.execute(query, (table,))]
