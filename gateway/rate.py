"""How fast a destination is asked: never beyond what its vendor states, and slower for a while after it was too much.

A request has a turn. Turns come at even distances, of which a few may be taken at once after a pause (the generic cell
rate algorithm), so that no window of the vendor's length holds more than its limit. A vendor that says "too many" has
the distance doubled; it shrinks again, slowly, with good answers. Where no limit is stated, turns are free until then.
"""

from collections import deque
from typing import Protocol

# The share of a limit that may be taken at once.
AT_ONCE = 10

# Seconds of good answers after which a rate that was halved is what it was, and how many times as fast as that a vendor
# without a stated limit is asked before its turns are free again.
RECOVERY = 60.0
FREE_AGAIN = 8.0

# The longest distance between two turns in seconds, and the longest that is concluded from what was sent before.
LONGEST, LONGEST_SEEN = 60.0, 1.0
_SEEN = 32


class Limit(Protocol):
    """What a vendor lets one account ask: `requests` in `per` seconds and `daily` in a day (UTC); 0 means no limit."""

    @property
    def requests(self) -> int:
        """How many, in `per` seconds."""

    @property
    def per(self) -> int:
        """Seconds."""

    @property
    def daily(self) -> int:
        """How many in a day."""


class Rate:
    """The turns of one destination. Times are seconds of a clock that never goes back; `day` is one of the other."""

    def __init__(self, limit: Limit) -> None:
        self._at_once = max(1, limit.requests // AT_ONCE)
        self._least = limit.per / (limit.requests - self._at_once + 1) if limit.requests else 0.0
        self._distance = self._least
        self._step = 0.0
        self._changed = 0.0
        self._next = 0.0
        self._seen: deque[float] = deque(maxlen=_SEEN)
        self._daily = limit.daily
        self._day, self._today = 0, 0

    @property
    def distance(self) -> float:
        """Seconds between two turns; 0 where they are free."""
        return self._distance

    def free_at(self) -> float:
        """When the next turn may be taken."""
        return self._next - (self._at_once - 1) * self._distance

    def left_today(self, day: int) -> bool:
        """Whether the day has a turn left. What another process took is not known here; the vendor's answers tell."""
        return not self._daily or day != self._day or self._today < self._daily

    def take(self, now: float, day: int) -> None:
        """Take a turn."""
        self._next = max(self._next, now) + self._distance
        self._seen.append(now)
        self._today = self._today + 1 if day == self._day else 1
        self._day = day

    def throttled(self, now: float) -> None:
        """It was too much: half as fast from now on."""
        span = now - self._seen[0] if len(self._seen) > 1 else LONGEST_SEEN
        seen = min(span / max(1, len(self._seen) - 1), LONGEST_SEEN)
        self._distance = min(LONGEST, 2 * max(self._distance, seen))
        self._step = 1 / self._distance / RECOVERY
        self._changed = self._next = now

    def went_well(self, now: float) -> None:
        """A good answer: a little faster."""
        if self._distance > self._least:
            speed = 1 / self._distance + self._step * (now - self._changed)
            free = not self._least and speed >= FREE_AGAIN * self._step * RECOVERY
            self._distance = self._least if free else max(self._least, 1 / speed)
            self._changed = now
