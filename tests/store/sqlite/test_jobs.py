import asyncio
import sqlite3

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.sqlite.jobs import Batch, Change, Done, Emptying, Put, transact
from gateway.store.sqlite.schema import connect


def row(number, destination="ads"):
    return (destination, f"id-{number}", 1, 1, b"body")


def told(job, done):
    async def run():
        each = job(asyncio.get_running_loop().create_future())
        Batch.of([each]).answer(done)
        return await each.future

    return asyncio.run(run())


@pytest.mark.parametrize("number", [0, 1, 2, 5, 33, 63, 64, 65, 139, 200])
def test_rows_of_any_number_are_inserted_once_and_the_last_is_known(tmp_path, number):
    connection = connect(tmp_path / "events.db")
    rows = [row(each) for each in range(number)]
    for _ in range(2):
        committed = transact(connection, [Put(rows, 0, None)], [], 0)
    assert connection.execute("select count(*), max(seq) from queue").fetchone() == (number, number or None)
    assert committed.last == number
    connection.close()


def test_what_a_change_numbers_counts_too(tmp_path):
    connection = connect(tmp_path / "events.db")
    insert = "insert into queue (destination, id, received, checksum, body) values ('ads', 'x', 1, 1, x'00')"
    committed = transact(connection, [], [Change(lambda writer: writer.execute(insert).rowcount, None)], 0)
    assert committed == ([1], 1)
    connection.close()


def test_what_goes_into_a_transaction_keeps_its_order():
    first, second, change, emptying = Put([], 1, None), Put([], 2, None), Change(print, None), Emptying(None)
    assert Batch.of([second, emptying, first, change]) == ([second, first], [change], [emptying])


def test_rows_that_cannot_all_be_inserted_are_none_of_them(tmp_path):
    connection = connect(tmp_path / "events.db")
    with pytest.raises(sqlite3.Error):
        transact(connection, [Put([row(1), ("ads", "id-2", 1, 1, "no blob")], 0, None)], [], 0)
    assert not connection.in_transaction
    assert connection.execute("select count(*) from queue").fetchone() == (0,)
    connection.close()


def test_a_transaction_is_done_whole_or_not_at_all(tmp_path):
    connection = connect(tmp_path / "events.db")
    with pytest.raises(sqlite3.OperationalError):
        transact(connection, [Put([row(1)], 0, None)], [Change(lambda writer: writer.execute("no sql"), None)], 0)
    connection.execute("rollback")
    assert connection.execute("select count(*) from queue").fetchone() == (0,)
    connection.close()


def test_each_who_waits_is_told_what_became_of_its_own():
    done = Done(True, ["result"], True, None)
    assert told(lambda future: Change(lambda writer: None, future), done) == "result"
    assert told(Emptying, done._replace(results=[])) is True
    assert told(lambda future: Put([], 0, future), done._replace(results=[])) is None
    failed = Done(False, None, False, OSError("the disk"))
    for job in (lambda future: Put([], 0, future), lambda future: Change(lambda writer: None, future)):
        with pytest.raises(StoreUnavailable) as refusal:
            told(job, failed)
        assert refusal.value.__cause__ is failed.cause
    assert told(Emptying, failed) is False
