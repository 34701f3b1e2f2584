"""Read durations as policies write them: 180d, 10bd, 13mo, 2y."""

import re
from typing import NamedTuple

PATTERN = "([0-9]{1,5})(d|bd|mo|y)"
_DURATION = re.compile(rf"{PATTERN}\Z")

# A month counts 30 days and a year 365: what expires may expire a little early, never late. A business day counts as
# one day, because Monday to Friday without a calendar of holidays is at least that.
_DAYS = {"d": 1, "bd": 1, "mo": 30, "y": 365}


class Duration(NamedTuple):
    """An amount of days (`d`), business days (`bd`), months (`mo`) or years (`y`)."""

    amount: int
    unit: str

    @property
    def days(self) -> int:
        """Calendar days, the fewest that the duration can mean."""
        return self.amount * _DAYS[self.unit]

    @property
    def longest(self) -> int:
        """Calendar days, the most that the duration can mean, holidays left aside."""
        most = {"d": self.amount, "bd": self.amount + 2 * (self.amount // 5 + 1), "mo": 31 * self.amount}
        return most.get(self.unit, 366 * self.amount)

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def parse(text: object) -> Duration | None:
    """The duration that `text` names, or None where it names none."""
    match = _DURATION.match(text) if isinstance(text, str) else None
    return Duration(int(match[1]), match[2]) if match else None
