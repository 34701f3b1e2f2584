"""When a destination is tried again, and how much at a time: jittered, growing pauses, the vendor's wishes, a probe.

A destination whose last request failed is asked with one small request after the pause; only when that has a good
answer the others follow, one more at a time. Pauses are measured on a clock that never goes back: who sets the other
one puts no destination to sleep.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from gateway.days import SECONDS_A_DAY, day_of
from gateway.outbound import Outcome, Reply
from gateway.rate import Rate

STATES = ("running", "failing", "throttled", "authorisation", "disabled", "quota")

# In seconds. Half of each delay is fixed and half is diced, so that many lanes do not come back together.
FIRST_DELAY, LAST_DELAY = 1.0, 300.0
LONGEST_RETRY_AFTER = 3_600.0

# Requests that may be under way together.
WIDEST = 16

# Pauses that only an operator or a new token can end early: the lane asks again, rarely, in case that has happened.
_PAUSES = {
    Outcome.REFRESH_AUTH: ("authorisation", 300.0),
    Outcome.DISABLE: ("disabled", 3_600.0),
}


class Moment(NamedTuple):
    """Now, in seconds: on a clock that never goes back, and as POSIX time."""

    steady: float
    posix: float

    @property
    def day(self) -> int:
        """Days since 1970-01-01 UTC."""
        return day_of(self.posix)

    @property
    def to_midnight(self) -> float:
        """Seconds left of the day, UTC."""
        return SECONDS_A_DAY - self.posix % SECONDS_A_DAY


class Pace:
    """The pace of one destination. `dice` gives numbers in [0, 1); `until` is a time of the steady clock."""

    def __init__(self, dice: Callable[[], float], rate: Rate, widest: int = WIDEST) -> None:
        self._dice = dice
        self._rate = rate
        self._widest = widest
        self._enough = float(widest)
        self._width = float(widest)
        self._quota_of = 0
        self.state = "running"
        self.until = 0.0
        self.failures = 0

    @property
    def probing(self) -> bool:
        """Whether one small request has to show first that the vendor is well again."""
        return self.failures > 0

    @property
    def width(self) -> int:
        """How many requests may be under way together."""
        return 1 if self.probing else int(self._width)

    def wait(self, now: Moment) -> float:
        """Seconds until the next request may leave; 0 when it may."""
        if self.state == "quota" and now.day != self._quota_of:
            self.state, self.until = "running", 0.0
        if not self._rate.left_today(now.day):
            self.state, self._quota_of = "quota", now.day
            self.until = max(self.until, now.steady + now.to_midnight)
        return max(0.0, self.until - now.steady, self._rate.free_at() - now.steady)

    def paused(self, now: Moment) -> bool:
        """Whether the next request waits for more than its turn."""
        return self.until > now.steady

    def leaves(self, now: Moment) -> None:
        """A request leaves."""
        self._rate.take(now.steady, now.day)

    def went_well(self, now: Moment) -> None:
        """The vendor took a request, or refused it for its content alone. Of requests that left together with one that
        failed, it says nothing."""
        if self.paused(now):
            return
        self._rate.went_well(now.steady)
        self.state, self.failures = "running", 0
        more = 1.0 if self._width < self._enough else 1 / self._width
        self._width = min(float(self._widest), self._width + more)

    def went_wrong(self, outcome: Outcome, reply: Reply, now: Moment) -> float:
        """Pause; the seconds it lasts. Failures of requests that left together count as one."""
        if outcome is Outcome.RETRY and reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            outcome = Outcome.THROTTLE
        if not self.paused(now):
            self._narrow(outcome, now)
            self.failures += 1
        self.state, delay = self._pause(outcome, now)
        wish = min(reply.retry_after or 0.0, LONGEST_RETRY_AFTER)
        self.until = max(self.until, now.steady + max(delay, wish))
        return self.until - now.steady

    def resume(self) -> None:
        """End a pause: the operator has mended what was wrong."""
        self.state, self.until, self.failures = "running", 0.0, 0

    def delay(self, attempts: int) -> float:
        """Seconds before the next attempt, after so many."""
        full = min(LAST_DELAY, FIRST_DELAY * 2.0 ** min(attempts - 1, 16))
        return max(FIRST_DELAY, full * (0.5 + self._dice() / 2))

    def _narrow(self, outcome: Outcome, now: Moment) -> None:
        if outcome is Outcome.THROTTLE and not self.probing:  # one request alone was not too many
            self._rate.throttled(now.steady)
            self._enough = max(1.0, self._width / 2)
        self._width = 1.0

    def _pause(self, outcome: Outcome, now: Moment) -> tuple[str, float]:
        if outcome in _PAUSES:
            return _PAUSES[outcome]
        if outcome is Outcome.PAUSE_UNTIL_MIDNIGHT:
            self._quota_of = now.day
            return "quota", now.to_midnight + self.delay(1)
        return "throttled" if outcome is Outcome.THROTTLE else "failing", self.delay(self.failures)
