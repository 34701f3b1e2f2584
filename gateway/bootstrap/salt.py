"""The salt of the day: random, in memory only, destroyed when its day ends."""

from collections.abc import Callable

SALT_BYTES = 32
SECONDS_A_DAY = 86_400


class DailySalt:
    """Gives the salt of the current day (days since 1970-01-01 UTC) and of no other. `random` makes fresh bytes."""

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._day = -1
        self._salt = b""

    def __call__(self, day: int) -> bytes:
        """The salt of `day`, made where a new day begins; empty for a day that is over."""
        if day > self._day:
            self._day, self._salt = day, self._random(SALT_BYTES)
        return self._salt if day == self._day else b""

    def expire(self, now: float) -> bool:
        """Destroy the salt where its day is over at `now` (POSIX seconds); whether it was."""
        if not self._salt or now // SECONDS_A_DAY <= self._day:
            return False
        self._salt = b""
        return True
