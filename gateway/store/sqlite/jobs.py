"""What the writing thread is asked to do, how it is done in one transaction, and how those who wait are told."""

import asyncio
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from gateway.errors import StoreUnavailable

Row = tuple[str, str, int, int, bytes]
"""destination, id, received, checksum, body"""

# Each step of a statement gives up Python's lock, and getting it back costs more than an insert: hence few, long
# statements, of few lengths, so that all of them stay prepared.
_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_LONGEST = _LENGTHS[-1]
_APPEND = "insert or ignore into queue (destination, id, received, checksum, body) values "
_INSERT = {length: _APPEND + ", ".join(["(?, ?, ?, ?, ?)"] * length) for length in _LENGTHS}


class Put(NamedTuple):
    """Rows to append, and who waits for them."""

    rows: list[Row]
    cost: int
    future: "asyncio.Future[Any]"


class Change(NamedTuple):
    """Anything else to do in a transaction, and who waits for its result."""

    work: Callable[[sqlite3.Connection], object]
    future: "asyncio.Future[Any]"


class Emptying(NamedTuple):
    """A wish that the log be empty, and who waits for the answer whether it is."""

    future: "asyncio.Future[bool]"


Job = Put | Change | Emptying


class Committed(NamedTuple):
    """What changes returned, and the number of the last event that is durable now."""

    results: list[object]
    last: int


class Done(NamedTuple):
    """What became of a batch: whether its rows are stored, what its changes returned, whether the log is empty."""

    stored: bool
    results: list[object] | None
    emptied: bool
    cause: Exception | None


class Batch(NamedTuple):
    """What goes into one transaction, by what it asks for."""

    puts: list[Put]
    changes: list[Change]
    emptyings: list[Emptying]

    @classmethod
    def of(cls, jobs: Sequence[Job]) -> "Batch":
        """These jobs, each kind in the order in which it came."""
        batch = cls([], [], [])
        for job in jobs:
            if isinstance(job, Put):
                batch.puts.append(job)
            elif isinstance(job, Change):
                batch.changes.append(job)
            else:
                batch.emptyings.append(job)
        return batch

    def answer(self, done: Done) -> None:
        """Let all who wait know what became of it."""
        for put in self.puts:
            _tell(put.future, done.stored, None, done.cause)
        results = [None] * len(self.changes) if done.results is None else done.results
        for change, result in zip(self.changes, results, strict=True):
            _tell(change.future, done.results is not None, result, done.cause)
        for emptying in self.emptyings:
            _tell(emptying.future, True, done.emptied, None)


def transact(connection: sqlite3.Connection, puts: Sequence[Put], changes: Sequence[Change], last: int) -> Committed:
    """Do all of it or nothing. `last` is the number of the last event that is known to be durable."""
    rows = [row for put in puts for row in put.rows]
    if not changes and len(rows) <= _LONGEST:
        return Committed([], max(last, _insert(connection, rows)))  # a single statement is a transaction by itself
    connection.execute("begin immediate")
    last = max(last, _insert(connection, rows))
    results = [change.work(connection) for change in changes]
    if changes:
        last = max(last, last_number(connection))
    connection.execute("commit")
    return Committed(results, last)


def last_number(connection: sqlite3.Connection) -> int:
    """The greatest number that an event was given yet; none is given twice."""
    row = connection.execute("select seq from sqlite_sequence where name = 'queue'").fetchone()
    return row[0] if row else 0


def _tell(future: "asyncio.Future[Any]", good: bool, result: object, cause: Exception | None) -> None:
    if future.done():
        return
    if good:
        future.set_result(result)
    else:
        refusal = StoreUnavailable("the store is full or failing")
        refusal.__cause__ = cause
        future.set_exception(refusal)


def _insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """The number of the last row; nothing is told of rows that were there already."""
    last = 0
    for start in range(0, len(rows), _LONGEST):
        some = [*rows[start : start + _LONGEST]]
        length = _LENGTHS[bisect_left(_LENGTHS, len(some))]
        some += some[-1:] * (length - len(some))  # a row that is there already is left out
        values = tuple(chain.from_iterable(some))
        last = connection.execute(_INSERT[length], values).lastrowid or last
    return last
