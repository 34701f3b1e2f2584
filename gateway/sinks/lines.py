"""Append lines to a file, and take some out: they count when the disk has them, and nothing torn is left of them."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from gateway import durable
from gateway.sinks.folder import opened, replace

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 64 * 1024


def append(directory: Path, name: str, lines: bytes) -> None:
    """Add whole lines to a file of the directory, for its owner's eyes alone, and wait for the disk.

    OSError where the disk does not take them; then none of them is there. Writers wait for each other, within a
    process and among several.
    """
    with opened(directory) as folder:
        file = _alone(folder, name)
        try:
            size = _mended(file)
            durable.append(file, lines if lines.endswith(b"\n") else lines + b"\n", size)
            if size == 0:
                os.fsync(folder)
        finally:
            os.close(file)


def rewrite(directory: Path, below: str, name: str, keep: Callable[[bytes], bool]) -> tuple[int, int]:
    """A file without the lines that are not to be kept: how many it had, and how many are gone. OSError where the disk
    does not take it; then it is as it was."""
    with opened(directory, below) as folder:
        file = _alone(folder, name)
        try:
            rows = os.pread(file, _mended(file), 0).splitlines(keepends=True)
            kept = [row for row in rows if keep(row)]
            if len(kept) < len(rows):
                replace(folder, name, b"".join(kept))
            return len(rows), len(rows) - len(kept)
        finally:
            os.close(file)


def _alone(folder: int, name: str) -> int:
    """The file, which nobody else writes until it is closed. Whoever had it before may have put another one there."""
    while True:
        file = os.open(name, _FLAGS, 0o600, dir_fd=folder)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(file), os.stat(name, dir_fd=folder, follow_symlinks=False)):
                return file
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _mended(file: int) -> int:
    """The size of the file without what a writer that died left of a line: nobody was told that it is there."""
    size = os.fstat(file).st_size
    whole = size
    while whole:
        start = max(0, whole - _BLOCK)
        end = os.pread(file, whole - start, start).rfind(b"\n")
        if end >= 0:
            whole = start + end + 1
            break
        whole = start
    if whole < size:
        os.ftruncate(file, whole)
    return whole
