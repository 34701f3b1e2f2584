"""Bound how often one key may ask: some at once, then so many a minute."""

from collections.abc import Callable

AT_ONCE = 20  # or a tenth of what a minute allows, if that is more
MOST_KEYS = 1024


class Rates:
    """The keys of a process. `steady` gives seconds and never goes back."""

    def __init__(self, per_minute: int, steady: Callable[[], float]) -> None:
        self._distance = 60 / per_minute
        self._ahead = (max(AT_ONCE, per_minute // 10) - 1) * self._distance
        self._steady = steady
        self._free_at: dict[str, float] = {}

    def take(self, key: str) -> float:
        """Take a turn, and 0; or how many seconds until there is one."""
        now = self._steady()
        free_at = max(now, self._free_at.get(key, now))
        if free_at - now > self._ahead:
            return free_at - now - self._ahead
        if len(self._free_at) >= MOST_KEYS:
            self._free_at = {each: at for each, at in self._free_at.items() if at > now}
        self._free_at[key] = free_at + self._distance
        return 0.0
