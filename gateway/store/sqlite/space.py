"""How much room is left: a mark below which no event is accepted, and a ballast that deleting can always fall back on.

SQLite needs room to delete, so a disk that is really full would hold its queue for ever. The gateway stops accepting
before that, and keeps a file it can sacrifice when somebody else has filled the disk.
"""

import os
from pathlib import Path

MIB = 1 << 20

# Part of a small file system that is kept free, where the operator's reserve would be most of it.
_RESERVED_PART = 5
_BALLAST_PART = 2


class Space:
    """The room of one database in its file system. All methods are called in the writer's thread."""

    def __init__(self, path: Path, max_bytes: int, reserve_bytes: int) -> None:
        self._directory = str(path.parent)
        self._files = (path, path.with_name(path.name + "-wal"))
        self._ballast = path.with_name("ballast")
        self._max_bytes = max_bytes
        self._reserve_bytes = reserve_bytes

    def is_short(self) -> bool:
        """Whether the disk has less left than the reserve."""
        free, reserve = self._room()
        return free < reserve

    def is_past_the_mark(self) -> bool:
        """Whether the database's files are as great as the mark, be it with pages that can be used again."""
        return sum(_size(file) for file in self._files) >= self._max_bytes

    def fill_ballast(self) -> None:
        """Put the ballast down, where there is room to spare for it. OSError where there is not after all."""
        free, reserve = self._room()
        wanted = reserve // _BALLAST_PART
        if free < 2 * reserve or _size(self._ballast) >= wanted:
            return
        # One that is there and too small was cut off, or refused by a quota: its room would not be enough.
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, wanted)
        finally:
            os.close(file)

    def drop_ballast(self) -> bool:
        """Give the ballast's room to the database; whether there was one."""
        try:
            self._ballast.unlink()
        except FileNotFoundError:
            return False
        return True

    def _room(self) -> tuple[int, int]:
        """Bytes that are free, and bytes that are to stay free."""
        state = os.statvfs(self._directory)
        part = state.f_blocks * state.f_frsize // _RESERVED_PART
        return state.f_bavail * state.f_frsize, min(self._reserve_bytes, part)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
