"""The file of a log is only added to, goes on where it was, and everything changed in it is found."""

import sqlite3
import threading
from contextlib import closing

import pytest

from gateway.audit.leaf import leaf
from gateway.audit.merkle import leaf_hash, root_of
from gateway.audit.note import checkpoint_of, parse_note, verifier_key
from gateway.audit.sqlite import CHECKPOINT_LEAVES, FILE, SqliteLog, read
from gateway.audit.verify import verify
from gateway.errors import LogUnavailable

SEEDS = [bytes(range(32))]
NAME = "shop.example/log/0a1b2c3d"
KEYS = [verifier_key(NAME, SEEDS[0])]
NOW = 1_795_429_200


def log_in(directory, seeds=SEEDS):
    return SqliteLog(directory, seeds, lambda: NAME)


def resumed(n):
    return leaf("destination.resumed", NOW + n, destination=f"d{n}", by="local-------")


@pytest.fixture
def log(tmp_path):
    made = log_in(tmp_path)
    yield made
    made.close()


def test_leaves_follow_each_other_and_are_found_again(tmp_path, log):
    assert [log.append(resumed(n)) for n in range(3)] == [0, 1, 2]
    again = log_in(tmp_path)
    assert again.append(resumed(3)) == 3
    assert log.append(resumed(4)) == 4  # it looks how far the other has come
    assert log.last("destination.resumed")["destination"] == "d4"
    assert log.last("stopped") is None
    again.close()
    assert [row.leaf for row in read(tmp_path / FILE).rows] == [resumed(n) for n in range(5)]


def test_a_checkpoint_covers_all_that_is_there(tmp_path, log):
    assert log.checkpoint() is None
    for n in range(5):
        log.append(resumed(n))
    checkpoint = checkpoint_of(parse_note(log.checkpoint()))
    assert checkpoint == (NAME, 5, root_of(leaf_hash(resumed(n)) for n in range(5)))
    assert log.checkpoint() is None
    log.close()
    log.append(resumed(5))
    assert checkpoint_of(parse_note(log.checkpoint())).size == 6


def test_many_leaves_are_signed_without_being_asked(tmp_path, log):
    for n in range(CHECKPOINT_LEAVES + 1):
        log.append(resumed(n))
    assert [size for size, _, _ in read(tmp_path / FILE).checkpoints] == [CHECKPOINT_LEAVES]


def test_the_name_of_a_log_stays(tmp_path, log):
    log.append(resumed(0))
    other = SqliteLog(tmp_path, SEEDS, lambda: "another.example/log")
    other.append(resumed(1))
    other.close()
    assert read(tmp_path / FILE).origin == NAME


def test_it_belongs_to_its_owner_alone(tmp_path, log):
    log.append(resumed(0))
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.name.startswith(FILE)} == {0o600}


def test_every_commit_waits_for_the_disk(log):
    log.append(resumed(0))
    assert log._connection.execute("pragma synchronous").fetchone() == (2,)


@pytest.mark.parametrize("table", ["log", "leaves", "checkpoints"])
@pytest.mark.parametrize("act", ["delete from {}", "update {} set rowid = rowid"])
def test_nothing_is_changed_or_deleted(tmp_path, log, table, act):
    log.append(resumed(0))
    log.checkpoint()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(act.format(table))


def test_who_finds_somebody_else_beginning_the_file_waits(tmp_path, log):
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")
        other.execute("create table begun (one)")
        releasing = threading.Timer(0.2, other.execute, ["rollback"])
        releasing.start()
        log.append(resumed(0))
        releasing.join()
    assert [row.leaf for row in read(tmp_path / FILE).rows] == [resumed(0)]


def test_writers_of_several_threads_do_not_lose_each_other(tmp_path):
    def write(first):
        log = log_in(tmp_path)
        for n in range(first, first + 10):
            log.append(resumed(n))
        log.close()

    threads = [threading.Thread(target=write, args=(10 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = log_in(tmp_path)
    log.checkpoint()
    log.close()
    kept = read(tmp_path / FILE)
    assert {row.leaf for row in kept.rows} == {resumed(n) for n in range(40)}
    assert verify(kept, KEYS) == ((), (), 40, 40)


def test_a_log_that_cannot_be_written_says_so_and_goes_on_when_it_can(tmp_path, log):
    log.append(resumed(0))
    log.close()
    (tmp_path / FILE).rename(tmp_path / "away")
    (tmp_path / FILE).mkdir()
    for ask in (lambda: log.append(resumed(1)), log.checkpoint, lambda: log.last("stopped")):
        with pytest.raises(LogUnavailable):
            ask()
    (tmp_path / FILE).rmdir()
    (tmp_path / "away").rename(tmp_path / FILE)
    assert log.append(resumed(1)) == 1


def test_a_log_whose_last_checkpoint_is_not_its_own_takes_nothing_more(tmp_path, log):
    log.append(resumed(0))
    log.checkpoint()
    log.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("drop trigger checkpoints_update")
        connection.execute("update checkpoints set edge = zeroblob(32)")
        connection.commit()
    with pytest.raises(LogUnavailable):
        log.append(resumed(1))


def test_any_flipped_bit_of_the_file_is_found_or_was_in_nothing_that_counts(tmp_path, log):
    for n in range(3):
        log.append(resumed(n))
    log.checkpoint()
    log.close()
    path = tmp_path / FILE
    sound, before = path.read_bytes(), read(path)
    changed = tmp_path / "changed.db"
    counted = [bit for bit in range(0, 8 * len(sound), 8) if sound[bit // 8]]
    for bit in counted[:: max(1, len(counted) // 300)]:
        raw = bytearray(sound)
        raw[bit // 8] ^= 1 << bit % 8
        changed.write_bytes(raw)
        try:
            kept = read(changed)
        except (sqlite3.Error, OSError, UnicodeDecodeError):
            continue
        assert kept == before or any(verify(kept, KEYS)[:2])
