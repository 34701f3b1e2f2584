"""Files are read as they lie on the disk; what cannot be read is told."""

import bz2
import gzip
import lzma
import os
import sqlite3
import zipfile
from contextlib import closing

import pytest

from gateway.canary.artefacts import OVERLAP, PIECE, Search
from gateway.canary.marks import Mark
from gateway.canary.search import Index

WORD = "cnryqwertzuiopas"


@pytest.fixture
def search():
    return Search(Index([Mark("a hit", "word", WORD)]))


def test_it_looks_into_files_below_and_at_their_names(tmp_path, search):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log.gz").write_bytes(gzip.compress(WORD.encode()))
    (tmp_path / WORD).write_text("empty")
    search.look_into(tmp_path)
    assert {(find.place, find.packing) for find in search.finds} == {
        (str(tmp_path / "deep" / "log.gz"), "gzip"),
        (f"name of {tmp_path / WORD}", ""),
    } | {
        (str(tmp_path / "deep" / "log.gz"), find.packing) for find in search.finds if find.packing.startswith("packed")
    }
    assert (search.looked, search.unsearched) == (2, [])


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_it_unpacks_whole_files(tmp_path, search, pack):
    (tmp_path / "packed").write_bytes(pack(os.urandom(100) + WORD.encode()))
    search.look_into(tmp_path / "packed")
    assert search.found() == {"word"}


def test_it_unpacks_the_members_of_an_archive(tmp_path, search):
    with zipfile.ZipFile(tmp_path / "backup.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first", "nothing")
        archive.writestr("rows.json", "x" * 1000 + WORD)
    search.look_into(tmp_path)
    assert [find.packing for find in search.finds] == ["zip member rows.json"]


@pytest.mark.parametrize("at", [PIECE - 5, PIECE, PIECE + OVERLAP - 5, 2 * PIECE - OVERLAP])
def test_it_sees_what_lies_across_two_pieces_and_tells_its_byte(tmp_path, search, at):
    (tmp_path / "large").write_bytes(b"." * at + WORD.encode() + b"." * PIECE)
    search.look_into(tmp_path)
    assert {find.at for find in search.finds} == {at}
    assert search.size == at + len(WORD) + PIECE


def test_it_sees_a_row_that_was_deleted(tmp_path, search):
    with closing(sqlite3.connect(tmp_path / "kept.db")) as database:
        database.execute("pragma secure_delete = off")
        database.execute("create table kept (body)")
        database.execute("insert into kept values (?)", (WORD,))
        database.commit()
        database.execute("delete from kept")
        database.commit()
    search.look_into(tmp_path)
    assert search.found() == {"word"}


def test_it_sees_a_row_of_a_live_write_ahead_log(tmp_path, search):
    with closing(sqlite3.connect(tmp_path / "live.db")) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table kept (body)")
        database.execute("insert into kept values (?)", (WORD,))
        database.commit()
        search.look_into(tmp_path)
    assert {find.place for find in search.finds} == {str(tmp_path / "live.db-wal")}


def test_a_journal_is_read_before_its_database(tmp_path, search):
    for name in ("a.db", "a.db-wal"):
        (tmp_path / name).write_text(WORD)
    search.look_into(tmp_path)
    assert [find.place for find in search.finds] == [str(tmp_path / "a.db-wal"), str(tmp_path / "a.db")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x28\xb5\x2f\xfd" + b"\0" * 40, "zstd"),
        (gzip.compress(os.urandom(5000))[:-900], "end"),
        (b"\x1f\x8b\x08 no gzip at all, for all that", "method|flags|invalid|Error|end"),
        (b"PK\x03\x04 no zip", "zip"),
        (b"\xfd7zXZ\0 no xz at all, for all that it claims", ""),
    ],
    ids=["zstd", "cut short", "no gzip", "no zip", "no xz"],
)
def test_what_cannot_be_unpacked_is_told(tmp_path, search, content, why):
    (tmp_path / "packed").write_bytes(content)
    search.look_into(tmp_path)
    (told,) = search.unsearched
    assert told.place == str(tmp_path / "packed")
    assert any(word in told.why for word in why.split("|"))


def test_what_is_not_there_is_told(tmp_path, search):
    search.look_into(tmp_path / "none")
    assert [told.why for told in search.unsearched] == ["there is no such file"]


def test_a_pipe_is_not_waited_for(tmp_path, search):
    os.mkfifo(tmp_path / "pipe")
    search.look_into(tmp_path)
    assert (search.looked, search.unsearched) == (0, [])


def test_a_link_to_itself_ends(tmp_path, search):
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "log").write_text(WORD)
    search.look_into(tmp_path)
    assert search.found() == {"word"}
