"""Children of a small program that runs them as `gateway serve` does."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PROGRAM = """
import os, select, signal, sys
from itertools import count
from pathlib import Path
from gateway.bootstrap.processes import Processes
folder, number, status = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
fork, forks = os.fork, count(1)
def scarce():
    if next(forks) in map(int, sys.argv[4:]):
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return fork()
os.fork = scarce
def run(process, lifeline):
    signal.signal(signal.SIGHUP, lambda *_: (folder / f"hup.{os.getpid()}").touch())
    (folder / f"{process}.{os.getpid()}").touch()
    if status:
        return status
    while not select.select([lifeline], [], [], 0.05)[0]:
        pass
    return 0
sys.exit(Processes(number, run, lambda: (folder / "stopping").touch()).watch())
"""


@contextmanager
def running(folder, number=2, status=0, *unforked):
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), *map(str, (number, status, *unforked))])
    try:
        yield process
    finally:
        for path in folder.glob("*.*"):
            with suppress(ProcessLookupError):
                os.kill(int(path.suffix[1:]), signal.SIGKILL)
        process.kill()
        process.wait()


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(folder, name):
    return {int(path.suffix[1:]) for path in folder.glob(f"{name}.*")}


def gone(pid):
    try:
        with Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_process_that_dies_is_started_again_under_its_number(tmp_path):
    with running(tmp_path) as parent:
        until(lambda: children(tmp_path, "0") and children(tmp_path, "1"))
        (first,) = children(tmp_path, "1")
        os.kill(first, signal.SIGKILL)
        until(lambda: len(children(tmp_path, "1")) == 2)
        assert len(children(tmp_path, "0")) == 1
        assert parent.poll() is None


def test_where_no_process_can_be_had_it_is_tried_again_and_the_others_go_on(tmp_path):
    with running(tmp_path, 2, 0, 2, 3, 4) as parent:
        until(lambda: children(tmp_path, "0") and children(tmp_path, "1"))
        assert parent.poll() is None
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(20) == 0


def test_all_stop_together_and_well(tmp_path):
    with running(tmp_path, 3) as parent:
        until(lambda: len(list(tmp_path.glob("*.*"))) == 3)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(20) == 0
        assert (tmp_path / "stopping").exists()
        assert all(gone(pid) for number in "012" for pid in children(tmp_path, number))


def test_children_do_not_outlive_a_parent_that_is_killed(tmp_path):
    with running(tmp_path) as parent:
        until(lambda: children(tmp_path, "0") and children(tmp_path, "1"))
        parent.kill()
        parent.wait()
        until(lambda: all(gone(pid) for number in "01" for pid in children(tmp_path, number)))


def test_every_child_is_told_to_look_at_the_policy(tmp_path):
    with running(tmp_path) as parent:
        until(lambda: children(tmp_path, "0") and children(tmp_path, "1"))
        parent.send_signal(signal.SIGHUP)
        until(lambda: children(tmp_path, "hup") == children(tmp_path, "0") | children(tmp_path, "1"))


@pytest.mark.parametrize("number", [2])
def test_files_that_are_wrong_end_all_at_once(tmp_path, number):
    with running(tmp_path, number, os.EX_CONFIG) as parent:
        assert parent.wait(20) == 1
        assert all(len(children(tmp_path, str(each))) <= 1 for each in range(number))


def test_one_that_dies_again_and_again_is_started_ever_more_slowly(tmp_path):
    with running(tmp_path, 1, 3) as parent:
        until(lambda: len(children(tmp_path, "0")) == 5)
        assert parent.poll() is None
        first, *_, last = sorted(path.stat().st_mtime for path in tmp_path.glob("0.*"))
        assert last - first >= 1.4  # the pauses before the last four are 0.1, 0.2, 0.4 and 0.8 seconds
        # One that its parent has not buried yet would count as one that did not stop well.
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children(tmp_path, "0")))
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(20) == 0
