"""Bound how often somebody may ask: some at once, then so many a minute."""

from collections.abc import Callable

AT_ONCE = 20  # or a tenth of what a minute allows, if that is more
MOST = 1024  # who are told apart; where there are more, all further ones share a bound
_FURTHER = ""


class Rates:
    """Those who asked a process lately, by a name for each. `steady` gives seconds and never goes back; 0 `at_once` is
    what is usual."""

    def __init__(self, per_minute: int, steady: Callable[[], float], at_once: int = 0) -> None:
        self._distance = 60 / per_minute
        self._ahead = ((at_once or max(AT_ONCE, per_minute // 10)) - 1) * self._distance
        self._steady = steady
        self._free_at: dict[str, float] = {}

    def take(self, name: str) -> float:
        """Take a turn, and 0; or how many seconds until there is one."""
        now = self._steady()
        if name not in self._free_at and len(self._free_at) >= MOST:
            self._free_at = {each: at for each, at in self._free_at.items() if at > now}
            name = name if len(self._free_at) < MOST else _FURTHER
        free_at = max(now, self._free_at.get(name, now))
        if free_at - now > self._ahead:
            return free_at - now - self._ahead
        self._free_at[name] = free_at + self._distance
        return 0.0
