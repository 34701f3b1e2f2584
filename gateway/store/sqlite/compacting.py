"""Look whether what was erased is gone from the files of the embedded engine too, by reading them."""

import re
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from gateway.store.protocols import Compaction

# Files above are searched only up to here: they are so large because so much waits.
MOST_BYTES = 256 << 20

# Read in one go; between two of them others may have Python's lock.
_PIECE = 1 << 18
_MOST_KEYS = 512


def search(logs: Sequence[Path], files: Sequence[Path], keys: Collection[bytes]) -> Compaction:
    """Whether the id of a destroyed key, which stands before all that was sealed under it, is nowhere in the files, nor
    in the logs, which were emptied and where others write on. OSError where that cannot be read."""
    read = 0
    for path in (*files, *(each for each in logs if each.exists())):
        size, found = _searched(path, sorted(keys)[:_MOST_KEYS])
        read += size
        if found:
            return Compaction(False, f"{path.name} still has something of what was erased")
    return Compaction(True, f"logs emptied; {len(keys)} destroyed keys, none found in {read} bytes of {_named(files)}")


def _searched(path: Path, keys: Sequence[bytes]) -> tuple[int, bool]:
    """How many bytes were read, and whether one of the keys was in them."""
    wanted = re.compile(b"|".join(map(re.escape, keys))) if keys else None
    size, tail = 0, b""
    with path.open("rb") as file:
        while size < MOST_BYTES and (piece := file.read(_PIECE)):
            size += len(piece)
            if wanted and wanted.search(tail + piece):
                return size, True
            tail = piece[-max(map(len, keys), default=1) :]
            time.sleep(0)
    return size, False


def _named(files: Sequence[Path]) -> str:
    return " and ".join(path.name for path in files)
