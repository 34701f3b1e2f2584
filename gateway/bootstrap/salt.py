"""Hold the salt of the day: random, in memory only, destroyed when its day ends.

The bytes lie in memory that is locked, where the system lets us, so that they are in no swap file; they are overwritten
when they go. Of what was computed with them Python may keep copies until it uses that memory again: nobody can promise
more without leaving Python.
"""

import ctypes
import hashlib
from collections.abc import Callable
from typing import NamedTuple

from gateway.days import day_of

SALT_BYTES = 32

Salt = bytes | bytearray


class Gone(NamedTuple):
    """A salt that was destroyed: its day (days since 1970-01-01 UTC), and why."""

    day: int
    why: str


class DailySalt:
    """Gives the salt of the current day and of no other. `random` makes fresh bytes.

    A `shared` one makes none by itself: somebody has to `adopt` or `make` one. Until then the day has none, and what
    would need it is left out. The salt of the next day may be there before it begins, and is given only then.
    """

    def __init__(self, random: Callable[[int], bytes], *, shared: bool = False) -> None:
        self._random = random
        self._shared = shared
        self._day = -1
        self._salts: dict[int, bytearray] = {}
        self._gone: list[Gone] = []

    def __call__(self, day: int) -> Salt:
        """The salt of `day`, made where a new day begins; empty for a day that is over or has none."""
        if day > self._day:
            self._begin(day)
            if not self._shared and day not in self._salts:
                self.make(day)
        return self._salts.get(day, b"") if day == self._day else b""

    def expire(self, now: float) -> list[Gone]:
        """Destroy the salts whose day is over at `now` (POSIX seconds); all that went since this was last asked."""
        today = day_of(now)
        for day in [day for day in self._salts if day < today]:
            self._destroy(day, "day_over")
        gone, self._gone = self._gone, []
        return gone

    def end(self) -> list[Gone]:
        """Destroy every salt; all that went since `expire` was last asked."""
        for day in list(self._salts):
            self._destroy(day, "stopped")
        gone, self._gone = self._gone, []
        return gone

    def find(self, day: int) -> Salt:
        """The salt of a day that is not over, also of one that has not begun; empty where there is none."""
        return self._salts.get(day, b"")

    def make(self, day: int) -> None:
        """Make the salt of a day that is not over, where it has none."""
        if day >= self._day and day not in self._salts:
            self._salts[day] = _locked(self._random(SALT_BYTES))

    def adopt(self, day: int, salt: Salt) -> None:
        """Take another's salt for a day that is not over. ValueError for another number of bytes."""
        if len(salt) != SALT_BYTES:
            raise ValueError(f"a salt is {SALT_BYTES} bytes")
        if day < self._day or self._salts.get(day) == salt:
            return
        self._destroy(day, "replaced")
        self._salts[day] = _locked(salt)

    def _begin(self, day: int) -> None:
        for over in [each for each in self._salts if each < day]:
            self._destroy(over, "day_over")
        self._day = day

    def _destroy(self, day: int, why: str) -> None:
        salt = self._salts.pop(day, None)
        if salt is not None:
            salt[:] = bytes(len(salt))
            self._gone.append(Gone(day, why))


def rank(salt: Salt) -> str:
    """What decides between two salts of a day: the smaller one stays. 32 hexadecimal digits that tell nothing of it."""
    return hashlib.sha256(b"gateway salt rank\0" + salt).hexdigest()[:32]


def _locked(salt: Salt) -> bytearray:
    """A copy in memory that is not swapped out, as far as the system allows it."""
    kept = bytearray(salt)
    mlock = getattr(ctypes.CDLL(None), "mlock", None)
    if mlock is not None:
        mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(kept))), ctypes.c_size_t(len(kept)))
    return kept
