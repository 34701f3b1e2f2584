"""One process per data directory: a lock that the kernel drops with the process that holds it."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from gateway.errors import ConfigurationError, Finding


class DirectoryLock:
    """The lock of a data directory, held from `acquire` until `release` or the end of the process."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._file = -1

    def acquire(self) -> None:
        """Take the lock and write our process id into it. ConfigurationError names the process that has it."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise ConfigurationError([self._finding(holder)]) from None
        self._file = file
        with suppress(OSError):  # a full disk has no room even for this, and the lock holds without it
            pid = f"{os.getpid()}\n".encode()
            os.pwrite(file, pid, 0)
            os.ftruncate(file, len(pid))

    def release(self) -> None:
        """Give the lock back; the file stays, for a lock must never be unlinked while others may be opening it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _finding(self, holder: str) -> Finding:
        message = f"the data directory is in use by process {holder}"
        return Finding(str(self._path), 1, 1, "store-locked", message, "stop that process or use another directory")
