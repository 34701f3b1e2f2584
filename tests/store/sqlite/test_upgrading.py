import asyncio
import sqlite3
from contextlib import closing
from zlib import crc32

import pytest

from gateway.event import Event
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING, event, ids, with_store

ANN = "a" * 32

# The tables as version 1 had them.
ONE = """
create table queue (
  seq integer primary key autoincrement, destination text not null, id text not null, received integer not null,
  checksum integer not null, body text not null, attempts integer not null default 0, due real not null default 0
) strict;
create unique index queue_id on queue (destination, id);
create index queue_fresh on queue (destination) where due = 0;
create index queue_later on queue (destination, due) where due > 0;
create table dead (
  seq integer primary key, destination text not null, id text not null, received integer not null,
  checksum integer not null, body text not null, attempts integer not null, buried integer not null, reason text not null
) strict;
create index dead_destination on dead (destination, seq);
create index dead_id on dead (destination, id);
create table refusals (
  subject text not null, purpose text not null, at integer not null, standing integer not null,
  primary key (subject, purpose)
) strict, without rowid;
pragma user_version = 1;
"""


def older(directory, events=500, dead=3):
    """A directory of version 1 with a retried event, a damaged one, and others."""
    directory.mkdir()
    with closing(sqlite3.connect(directory / "events.db", isolation_level=None)) as file:
        file.execute("pragma auto_vacuum = incremental")
        file.execute("pragma journal_mode = wal")
        file.executescript(ONE)
        rows = [(n, event(n, subject=ANN if n % 2 else "", received=1_795_000_000)) for n in range(1, events + 1)]
        insert = "insert into queue (seq, destination, id, received, checksum, body) values (?, ?, ?, ?, ?, ?)"
        for seq, each in rows:
            body = each.to_json()
            file.execute(insert, (seq, "ads", each.id, each.received, crc32(body.encode()) ^ (seq == 5), body))
        file.execute("update queue set attempts = 2, due = 1795000100 where seq = 7")
        for number in range(dead):
            body = event(number, subject=ANN, received=1_795_000_000).to_json()
            values = (f"dead-{number}", 1_795_000_000, crc32(body.encode()), body)
            file.execute("insert into dead values (null, 'ads', ?, ?, ?, ?, 1, 1795000000, 'rejected')", values)
        file.execute("insert into refusals values (?, '', 1, 1)", (ANN,))


def test_what_version_1_kept_in_clear_is_sealed_before_anything_else_and_is_what_it_was(tmp_path):
    older(tmp_path / "data")

    async def use(store):
        leases = await store.lease("ads", 9_999, 1_795_000_000, 600)
        retried = await store.lease("ads", 9_999, 1_795_000_100, 60)
        return (
            leases,
            retried,
            await store.browse("ads", 9),
            await store.refusals_of([ANN]),
            await store.held([ANN], 999),
        )

    leases, retried, dead, refusals, held = with_store(tmp_path / "data", use)
    assert ids(leases) == [f"id-{number}" for number in range(1, 501) if number != 7]
    assert [(lease.id, lease.erased) for lease in leases if not lease.body] == [("id-5", False)]
    assert Event.from_json(leases[0].body) == event(1, subject=ANN, received=1_795_000_000)
    assert [(lease.id, lease.key, lease.attempts) for lease in retried] == [("id-7", 7, 2)]
    assert [(each.id, Event.from_json(each.body).subject) for each in dead] == [(f"dead-{n}", ANN) for n in (2, 1, 0)]
    assert list(refusals) == [ANN]
    assert len([each for each in held if each.where == "queue"]) == 249


def test_nothing_of_it_is_left_in_clear_and_it_is_not_done_again(tmp_path):
    older(tmp_path / "data", events=20)
    with_store(tmp_path / "data", lambda store: store.compact())
    text = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert [mark in text for mark in (b"https://shop.example/", b"page_view", b'"' + ANN.encode())] == [False] * 3
    with closing(sqlite3.connect(tmp_path / "data" / "events.db")) as file:
        names = {name for (name,) in file.execute("select name from sqlite_schema where type = 'table'")}
        assert {name for name in names if "plain" in name} == set()
    assert len(with_store(tmp_path / "data", lambda store: store.lease("ads", 99, 1_795_000_200, 60))) == 20


class Stopped(Exception):
    pass


def test_killed_between_it_goes_on_where_it_was(tmp_path):
    older(tmp_path / "data")

    async def use(store):
        return len(await store.lease("ads", 9_999, 1_795_000_200, 60)), len(await store.browse("ads", 9))

    async def part(store):
        await store._begin()
        sealing, rows = store._sealed_row, []

        def stops(row):
            rows.append(row)
            if len(rows) > 250:
                raise Stopped
            return sealing(row)

        store._sealed_row = stops
        with pytest.raises(Stopped):
            await store._upgrade()
        await store._end()

    asyncio.run(part(SqliteStore(tmp_path / "data", WRAPPING)))
    assert with_store(tmp_path / "data", use) == (500, 3)
