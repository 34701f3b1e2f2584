"""The tables of the embedded engine, and a connection to them that is as durable and as forgetful as SQLite can be."""

import sqlite3
from pathlib import Path

# Numbers of queued events are never used again (autoincrement), or a late settle could delete somebody else's event.
# Fresh events wait in order of arrival, retried ones in order of their due time: each is in one of the two partial
# indexes, so that an append costs one index entry beside the one that makes it idempotent.
SCHEMA = """
create table if not exists queue (
  seq integer primary key autoincrement,
  destination text not null,
  id text not null,
  received integer not null,
  checksum integer not null,
  body blob not null,
  attempts integer not null default 0,
  due real not null default 0
) strict;
create unique index if not exists queue_id on queue (destination, id);
create index if not exists queue_fresh on queue (destination) where due = 0;
create index if not exists queue_later on queue (destination, due) where due > 0;
create table if not exists dead (
  seq integer primary key,
  destination text not null,
  id text not null,
  received integer not null,
  checksum integer not null,
  body blob not null,
  attempts integer not null,
  buried integer not null,
  reason text not null
) strict;
create index if not exists dead_destination on dead (destination, seq);
create index if not exists dead_id on dead (destination, id);
create table if not exists refusals (
  subject text not null,
  purpose text not null,
  at integer not null,
  standing integer not null,
  primary key (subject, purpose)
) strict, without rowid;
create table if not exists links (
  also text not null,
  subject text not null,
  day integer not null,
  primary key (also, subject)
) strict, without rowid;
create index if not exists links_subject on links (subject);
create table if not exists sheets (
  book text not null,
  key text not null,
  revision integer not null,
  body text not null,
  primary key (book, key)
) strict, without rowid;
"""

VERSION = 2

# What version 1 kept in plain text, until it is sealed.
PLAIN = ("plain_queue", "plain_dead")
_SET_ASIDE = "".join(f"alter table {name.removeprefix('plain_')} rename to {name};" for name in PLAIN) + "".join(
    f"drop index if exists {name};"
    for name in ("queue_id", "queue_fresh", "queue_later", "dead_destination", "dead_id")
)

# 4 MiB of log between checkpoints: the pages of a short queue are overwritten many times before they are copied once.
CHECKPOINT_PAGES = 1024


def connect(path: Path) -> sqlite3.Connection:
    """Open the file for writing, in the thread that will use it. sqlite3.Error where it cannot be used.

    `synchronous=FULL` makes every commit wait for the disk (https://sqlite.org/pragma.html#pragma_synchronous), and
    `secure_delete` overwrites what is deleted. `auto_vacuum` must precede the first table.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.1, cached_statements=64)
    try:
        connection.execute("pragma auto_vacuum = incremental")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("pragma secure_delete = on")
        connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute("pragma temp_store = memory")
        before = _SET_ASIDE if _version(connection) == 1 else ""
        connection.executescript(f"begin immediate; {before} {SCHEMA} pragma user_version = {VERSION}; commit;")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("pragma user_version").fetchone()
    return int(version)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a second connection that can change nothing; it may be used by one thread after another."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0, check_same_thread=False)
    # In a damaged file text may be none, and one such row must not keep the others from being read.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("pragma query_only = on")
    connection.execute("pragma temp_store = memory")
    return connection


def is_sound(connection: sqlite3.Connection) -> bool:
    """Whether SQLite's quick check finds the whole file well-formed."""
    try:
        return [row[0] for row in connection.execute("pragma quick_check(1)")] == ["ok"]
    except (sqlite3.DatabaseError, UnicodeError):
        return False
