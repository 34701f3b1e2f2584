"""When a destination is tried again: jittered, growing pauses, the vendor's own wishes, and what state that is."""

from collections.abc import Callable

from gateway.outbound import Outcome, Reply

STATES = ("running", "failing", "throttled", "authorisation", "disabled", "quota")

# In seconds. Half of each delay is fixed and half is diced, so that many lanes do not come back together.
FIRST_DELAY, LAST_DELAY = 1.0, 300.0
LONGEST_RETRY_AFTER = 3_600.0
SECONDS_A_DAY = 86_400.0

# Pauses that only an operator or a new token can end early: the lane asks again, rarely, in case that has happened.
_PAUSES = {
    Outcome.REFRESH_AUTH: ("authorisation", 300.0),
    Outcome.DISABLE: ("disabled", 3_600.0),
}


class Pace:
    """The pace of one destination. `dice` gives numbers in [0, 1); times are POSIX seconds."""

    def __init__(self, dice: Callable[[], float]) -> None:
        self._dice = dice
        self.state = "running"
        self.until = 0.0
        self.failures = 0

    def went_well(self) -> None:
        """The vendor took a request, or refused it for its content alone."""
        self.state = "running"
        self.failures = 0

    def went_wrong(self, outcome: Outcome, reply: Reply, now: float) -> float:
        """Pause, and return until when. Failures of requests that left together count as one."""
        if now >= self.until:
            self.failures += 1
        self.state, delay = self._pause(outcome, now)
        wish = min(reply.retry_after or 0.0, LONGEST_RETRY_AFTER)
        self.until = max(self.until, now + max(delay, wish))
        return self.until

    def resume(self) -> None:
        """End a pause: the operator has mended what was wrong."""
        self.state, self.until, self.failures = "running", 0.0, 0

    def delay(self, attempts: int) -> float:
        """Seconds before the next attempt, after so many."""
        full = min(LAST_DELAY, FIRST_DELAY * 2.0 ** min(attempts - 1, 16))
        return max(FIRST_DELAY, full * (0.5 + self._dice() / 2))

    def _pause(self, outcome: Outcome, now: float) -> tuple[str, float]:
        if outcome in _PAUSES:
            return _PAUSES[outcome]
        if outcome is Outcome.PAUSE_UNTIL_MIDNIGHT:
            return "quota", SECONDS_A_DAY - now % SECONDS_A_DAY + self.delay(1)
        return "throttled" if outcome is Outcome.THROTTLE else "failing", self.delay(self.failures)
