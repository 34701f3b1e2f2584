"""Say until when a request is to be answered: what its regulation asks, under the policy in force."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gateway.days import SECONDS_A_DAY
from gateway.policy.durations import Duration

# Regulation -> the place whose law it is. A regulation may also name a place by itself: `us_state:VA`, `region:BR`.
PLACES = {
    "gdpr": "@EEA",
    "uk_gdpr": "GB",
    "ccpa": "US-CA",
    "lgpd": "BR",
    "pipeda": "CA",
    "fadp": "CH",
}
VOLUNTARY = "voluntary"

# Where neither the law nor the policy says it: a month, the term of the GDPR (Art. 12(3)), and nothing more.
_ANSWER, _MORE = Duration(30, "d"), Duration(0, "d")

_SATURDAY = 5
_MONTHS = {"mo": 1, "y": 12}


class Terms(NamedTuple):
    """How long an answer may take, and how long once more."""

    answer: Duration
    more: Duration


Asked = Callable[[str, str], Duration | None]
"""What the law of a place (`FR`, `@EEA`, empty for anywhere) says of `respond_within` or `extend_by`."""


def place_of(regulation: str) -> str | None:
    """The code of the place whose law it is, empty for none in particular; None for what is no regulation."""
    kind, colon, code = regulation.partition(":")
    if colon:
        prefix = {"us_state": "US-", "region": ""}.get(kind)
        plain = code.replace("-", "")
        return f"{prefix}{code}" if prefix is not None and plain.isalnum() and plain == plain.upper() else None
    return "" if regulation == VOLUNTARY else PLACES.get(regulation)


def terms_of(place: str, asked: Asked) -> Terms:
    """The terms of a place; what nobody says is a month, and cannot be extended."""
    return Terms(asked(place, "respond_within") or _ANSWER, asked(place, "extend_by") or _MORE)


def after(moment: float, duration: Duration) -> int:
    """The POSIX second at which a duration is over, in UTC.

    Business days are Monday to Friday, without holidays. A month ends on the same day of the next one, or on its last
    where it has no such day (Regulation 1182/71, Art. 3(2)(c)).
    """
    start = datetime.fromtimestamp(int(moment), UTC)
    if duration.unit in _MONTHS:
        year, month = divmod(start.year * 12 + start.month - 1 + duration.amount * _MONTHS[duration.unit], 12)
        last = monthrange(year, month + 1)[1]
        return int(start.replace(year=year, month=month + 1, day=min(start.day, last)).timestamp())
    if duration.unit != "bd":
        return int(moment) + duration.days * SECONDS_A_DAY
    left, day = duration.amount, start
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return int(day.timestamp())
