import sqlite3

import pytest

from gateway.store.sqlite.schema import connect, connect_to_read, is_sound


def value(connection, pragma):
    return connection.execute(f"pragma {pragma}").fetchone()[0]


def test_a_commit_waits_for_the_disk_and_a_delete_overwrites(tmp_path):
    connection = connect(tmp_path / "events.db")
    names = ("journal_mode", "synchronous", "secure_delete", "auto_vacuum")
    assert [value(connection, name) for name in names] == ["wal", 2, 1, 2]
    connection.close()


def test_the_reading_connection_can_change_nothing(tmp_path):
    connect(tmp_path / "events.db").close()
    reader = connect_to_read(tmp_path / "events.db")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("delete from queue")
    reader.close()


def test_a_file_with_a_torn_page_is_not_sound(tmp_path):
    path = tmp_path / "events.db"
    connection = connect(path)
    rows = [("ads", str(n), 1, 1, b"x" * 900, 0, 0) for n in range(200)]
    connection.executemany(
        "insert into queue (destination, id, received, checksum, body, attempts, due) values (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    assert is_sound(connection)
    connection.close()
    text = bytearray(path.read_bytes())
    text[4096 * 12 : 4096 * 13] = bytes(4096)
    path.write_bytes(text)
    damaged = connect_to_read(path)
    assert not is_sound(damaged)
    damaged.close()
