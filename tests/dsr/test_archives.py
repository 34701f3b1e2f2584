"""Files are written anew without a person, and hold everybody else as before."""

import fcntl
import json
import threading

import pyarrow.parquet
import pytest

from gateway.dsr.archives import Rewritten, rewrite
from gateway.sinks import lines, parquet


def line(name, **groups):
    return json.dumps({"event": {"id": name, "name": "purchase"}, "site": "shop", **groups}).encode() + b"\n"


ROWS = [
    line("1", id={"user": "u-1"}), line("2", id={"user": "u-2"}), line("3", contact={"email_sha256": "a" * 64}),
    line("4", page={"url": "https://shop.example/u-1"}), line("5", id={"fbp": "fb.1"}),
]  # fmt: skip


def test_lines_with_an_id_of_the_person_go_and_all_others_stay(tmp_path):
    lines.append(tmp_path, "2026-11-23.jsonl", b"".join(ROWS))
    lines.append(tmp_path, "2026-11-24.jsonl", ROWS[1])
    (tmp_path / "notes.txt").write_text("u-1")
    assert rewrite(tmp_path, ["u-1", "a" * 64]) == Rewritten(2, 6, 2)
    assert (tmp_path / "2026-11-23.jsonl").read_bytes() == ROWS[1] + ROWS[3] + ROWS[4]
    assert (tmp_path / "2026-11-24.jsonl").read_bytes() == ROWS[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-11-23.jsonl", "2026-11-24.jsonl", "notes.txt"]
    assert rewrite(tmp_path, ["u-1", "a" * 64]) == Rewritten(2, 4, 0)


def test_rows_of_a_table_go_the_same_way_and_a_file_without_rows_goes_whole(tmp_path):
    parquet.write(tmp_path, "day=2026-11-23", b"".join(ROWS))
    parquet.write(tmp_path, "day=2026-11-24", ROWS[0])
    assert rewrite(tmp_path, ["u-1", "a" * 64]) == Rewritten(2, 6, 3)
    (left,) = tmp_path.rglob("*.parquet")
    table = pyarrow.parquet.read_table(left, partitioning=None).to_pylist()
    assert sorted(row["event_id"] for row in table) == ["2", "4", "5"]
    assert [row["id"] for row in table if row["event_id"] == "2"] == [[("user", "u-2")]]


def test_what_is_added_while_a_file_is_written_anew_is_not_lost(tmp_path):
    lines.append(tmp_path, "2026-11-23.jsonl", b"".join(ROWS))
    stop = threading.Event()
    added = []

    def add():
        while not stop.is_set():
            lines.append(tmp_path, "2026-11-23.jsonl", line(f"n{len(added)}", id={"user": "u-3"}))
            added.append(1)

    writer = threading.Thread(target=add)
    writer.start()
    for name in ("u-1", "u-2", "fb.1", "nobody") * 5:
        rewrite(tmp_path, [name])
    stop.set()
    writer.join()
    names = [json.loads(row)["event"]["id"] for row in (tmp_path / "2026-11-23.jsonl").read_bytes().splitlines()]
    assert names == ["3", "4", *(f"n{number}" for number in range(len(added)))]


def test_what_is_no_line_of_ours_stays(tmp_path):
    odd = b'u-1\n"u-1"\n[{"id": {"user": "u-1"}}]\n{"id": "u-1"}\n' + b"[" * 5_000 + b"\n"
    lines.append(tmp_path, "2026-11-23.jsonl", odd)
    assert rewrite(tmp_path, ["u-1"]).gone == 0
    assert (tmp_path / "2026-11-23.jsonl").read_bytes() == odd


def test_a_directory_that_is_not_there_is_an_error_and_a_link_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    lines.append(elsewhere, "a.jsonl", ROWS[0])
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "below").symlink_to(elsewhere)
    assert rewrite(inside, ["u-1"]) == Rewritten(0, 0, 0)
    with pytest.raises(OSError, match="nowhere"):
        rewrite(tmp_path / "nowhere", ["u-1"])


def test_what_a_writer_that_was_killed_has_left_beside_a_file_goes_and_that_of_one_at_work_stays(tmp_path):
    lines.append(tmp_path, "2026-11-23.jsonl", ROWS[1])
    dead, alive = tmp_path / ".2026-11-23.jsonl.0a1b2c3d", tmp_path / ".2026-11-23.jsonl.1a1b2c3d"
    for path in (dead, alive):
        path.write_bytes(ROWS[0])
    with alive.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        rewrite(tmp_path, ["u-1"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [alive.name, "2026-11-23.jsonl"]


def test_two_persons_at_once_are_both_gone_from_a_table(tmp_path):
    parquet.write(tmp_path, "day=2026-11-23", b"".join(ROWS))
    names = ["u-1", "u-2", "fb.1", "a" * 64]
    threads = [threading.Thread(target=rewrite, args=(tmp_path, [name])) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (left,) = tmp_path.rglob("*.parquet")
    assert [row["event_id"] for row in pyarrow.parquet.read_table(left, partitioning=None).to_pylist()] == ["4"]
