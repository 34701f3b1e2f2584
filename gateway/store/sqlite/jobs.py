"""What the writing thread is asked to do, how it is done in one transaction, and how those who wait are told."""

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from gateway.errors import StoreUnavailable

Row = tuple[str, str, int, int, bytes]
"""destination, id, received, checksum, body"""

# Each step of a statement gives up Python's lock, and getting it back costs more than an insert: hence few, long
# statements, of few lengths, so that all of them stay prepared.
_LENGTHS = (64, 32, 16, 8, 4, 2, 1)
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


def transact(connection: sqlite3.Connection, puts: Sequence[Put], changes: Sequence[Change], last: int) -> Committed:
    """Do all of it or nothing. `last` is the number of the last event that is known to be durable."""
    connection.execute("begin immediate")
    last = max(last, _insert(connection, [row for put in puts for row in put.rows]))
    results = [change.work(connection) for change in changes]
    if changes:
        last = max(last, last_number(connection))
    connection.execute("commit")
    return Committed(results, last)


def last_number(connection: sqlite3.Connection) -> int:
    """The greatest number that an event was given yet; none is given twice."""
    row = connection.execute("select seq from sqlite_sequence where name = 'queue'").fetchone()
    return row[0] if row else 0


def tell(job: Job, done: Done, answers: Iterator[object]) -> None:
    """Let who waits for a job know what became of it; `answers` are the results of the changes not yet told."""
    future: asyncio.Future[Any] = job.future
    if isinstance(job, Put):
        good, answer = done.stored, None
    elif isinstance(job, Change):
        good, answer = done.results is not None, next(answers, None)
    else:
        good, answer = True, done.emptied
    if future.done():
        return
    if good:
        future.set_result(answer)
    else:
        refusal = StoreUnavailable("the store is full or failing")
        refusal.__cause__ = done.cause
        future.set_exception(refusal)


def _insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
    """The number of the last row; nothing is told of rows that were there already."""
    start = last = 0
    for length in _LENGTHS:
        while len(rows) - start >= length:
            values = tuple(itertools.chain.from_iterable(rows[start : start + length]))
            last = connection.execute(_INSERT[length], values).lastrowid or last
            start += length
    return last
