"""Write a file whole or not at all, and one after the other where several want to."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def create(path: Path, data: bytes, rights: int = 0o666) -> None:
    """Write a file that is not there yet, to the disk. OSError where it is, or cannot be written."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, rights)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody else waiting who would read a file, change it and write it anew. OSError without its directory."""
    folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def replace(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write the whole file anew beside itself, so that it is never there in part; of a link, what it leads to.

    It keeps its rights, or is its owner's alone where it is `private`. OSError, and all as it was, where that fails.
    """
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    there = target.exists()
    try:
        create(beside, data, 0o600 if private or there else 0o666)
        if there and not private:
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
