import os
import subprocess
import sys

import pytest

from gateway.errors import ConfigurationError
from gateway.store.sqlite.lock import DirectoryLock

HOLD = """
import sys, pathlib
from gateway.store.sqlite.lock import DirectoryLock
DirectoryLock(pathlib.Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_by_an_error_that_names_the_first(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ConfigurationError) as refusal:
            DirectoryLock(tmp_path).acquire()
        holder.kill()
    (finding,) = refusal.value.findings
    assert (finding.code, finding.message) == ("store-locked", f"the data directory is in use by process {holder.pid}")
    lock = DirectoryLock(tmp_path)
    lock.acquire()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_a_released_lock_can_be_taken_again(tmp_path):
    for _ in range(2):
        lock = DirectoryLock(tmp_path)
        lock.acquire()
        lock.release()
        lock.release()


def test_it_follows_no_link_that_somebody_put_there(tmp_path):
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        DirectoryLock(tmp_path).acquire()
    assert not (tmp_path / "elsewhere").exists()


def test_on_a_full_disk_it_holds_without_the_name_of_its_process(tmp_path):
    code = """
import pathlib, resource, signal, sys
from gateway.store.sqlite.lock import DirectoryLock
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # not a byte more fits into any file
DirectoryLock(pathlib.Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ConfigurationError, match="in use by process unknown"):
            DirectoryLock(tmp_path).acquire()
        holder.kill()
