"""Open the one directory a destination may write to, and no other by way of a link."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

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
