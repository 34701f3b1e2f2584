"""Write a small file so that a loss of power leaves the one before or the new one, whole, under its name."""

import os
import secrets
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    """Return when the file is on the disk, its owner's alone. OSError where it cannot be; then all is as it was."""
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


def keep_names(directory: Path) -> None:
    """Return when the names in a directory are on the disk."""
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
