"""Lines are there whole, or not at all, whoever else writes and whatever the disk says."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.sinks.lines import append

ROOT = Path(__file__).parents[2]


def test_lines_are_added_and_are_for_their_owner_alone(tmp_path):
    append(tmp_path, "day.jsonl", b'{"a":1}\n{"a":2}\n')
    append(tmp_path, "day.jsonl", b'{"a":3}')
    path = tmp_path / "day.jsonl"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b'{"a":1}\n{"a":2}\n{"a":3}\n', 0o600)


def test_lines_count_only_when_the_disk_has_them(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(str(Path(f"/proc/self/fd/{file}").readlink())))
    append(tmp_path, "day.jsonl", b"one\n")
    assert synced == [str(tmp_path / "day.jsonl"), str(tmp_path)]
    append(tmp_path, "day.jsonl", b"two\n")
    assert synced[2:] == [str(tmp_path / "day.jsonl")]


@pytest.mark.parametrize("torn", [b"to", b"to" * 100_000], ids=["short", "longer than a block"])
@pytest.mark.parametrize("before", [b"", b"one\n"])
def test_what_a_dead_writer_left_of_a_line_is_no_part_of_the_next(tmp_path, before, torn):
    (tmp_path / "day.jsonl").write_bytes(before + torn)
    append(tmp_path, "day.jsonl", b"next\n")
    assert (tmp_path / "day.jsonl").read_bytes() == before + b"next\n"


def test_many_writers_leave_each_line_once_and_whole(tmp_path):
    lines = [f"{number:04d}".encode() * 500 for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda line: append(tmp_path, "day.jsonl", line), lines))
    assert sorted((tmp_path / "day.jsonl").read_bytes().splitlines()) == lines


def test_a_full_disk_takes_all_of_it_or_nothing(tmp_path):
    append(tmp_path, "day.jsonl", b"one\n")
    program = f"""\
        import resource
        from pathlib import Path
        from gateway.sinks.lines import append
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
        try:
            append(Path({str(tmp_path)!r}), "day.jsonl", b"x" * 9000)
        except OSError as error:
            print(error.errno)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT, capture_output=True, text=True, check=True, preexec_fn=_no_signal,
    )  # fmt: skip
    assert ran.stdout == "27\n"  # EFBIG
    assert (tmp_path / "day.jsonl").read_bytes() == b"one\n"


def _no_signal():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
