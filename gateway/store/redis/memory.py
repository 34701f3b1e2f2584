"""Remember on this machine which withdrawals a server had, so that one that has lost them cannot pass for a new one."""

import asyncio
import json
import math
from pathlib import Path
from typing import NamedTuple

from gateway import durable

FILE = "withdrawals.json"


class Known(NamedTuple):
    """The `state` of a server as it was named when we learnt it, and when that was (POSIX seconds)."""

    state: str
    learnt: float


# What was there cannot be read: the server may have had any state, until now.
UNREADABLE = Known("", math.inf)


class Memory:
    """The one file of it in a directory, which several processes may share; without a directory it ends with the
    process."""

    def __init__(self, directory: Path | None) -> None:
        self._path = directory / FILE if directory else None
        self.known: Known | None = None

    def read(self) -> None:
        """Know again what an earlier process has learnt."""
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            state, learnt = json.loads(self._path.read_text("utf-8"))
            self.known = Known(str(state), float(learnt))
        except FileNotFoundError:
            self.known = None
        except (OSError, ValueError, TypeError):
            self.known = UNREADABLE

    async def learn(self, known: Known) -> None:
        """Return when it is on the disk. OSError where it cannot be; then it is known to this process alone."""
        self.known = known
        if self._path:
            await asyncio.to_thread(durable.replace, self._path, json.dumps(known).encode())
