"""Open the one directory a destination may write to, no other by way of a link, and put whole files there."""

import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MADE = re.compile(r"\..+\.(?:jsonl|parquet)\.[0-9a-f]{8}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def opened(directory: Path, below: str = "") -> Iterator[int]:
    """A descriptor of the directory, or of the one called `below` in it, which is made where it is missing. OSError
    where that cannot be, and where either is a link."""
    folder = os.open(directory, _FOLDER)
    try:
        if below:
            with contextlib.suppress(FileExistsError):
                os.mkdir(below, 0o700, dir_fd=folder)
                os.fsync(folder)
            inner = os.open(below, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def replace(folder: int, name: str, data: bytes) -> None:
    """A file of a directory with these bytes, its owner's alone and on disk, whole or as it was before. OSError where
    the disk does not take it."""
    made = f".{name}.{secrets.token_hex(4)}"
    try:
        file = os.open(made, _NEW, 0o600, dir_fd=folder)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # whose writer lives is known by it
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
            os.rename(made, name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(file)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(made, dir_fd=folder)
        raise
    os.fsync(folder)


def clear(folder: int) -> None:
    """Remove what writers that died have left of files that were to be put into a directory."""
    for name in os.listdir(folder):
        if not _MADE.fullmatch(name):
            continue
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=folder)
            finally:
                os.close(file)
