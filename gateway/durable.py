"""Write to files so that a loss of power leaves what was there before or what is new, whole."""

import os
import secrets
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    """Put a small file in the place of another, or of none; its owner's alone. OSError where it cannot be on the disk;
    then all is as it was."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        create(beside, data)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    keep_names(path.parent)


def create(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, its owner's alone; its name is not durable before `keep_names`."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def append(file: int, data: bytes, size: int) -> None:
    """Add to an open file of `size` bytes, and wait for the disk. OSError where it does not take all: none is left."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise


def keep_names(directory: Path) -> None:
    """Return when the names in a directory are on the disk."""
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
