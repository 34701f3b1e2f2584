"""Write points in time as RFC 3339 in UTC, and coarsen them."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from gateway.days import SECONDS_A_DAY

# A page's clock is believed within these bounds, in seconds; beyond them the time of arrival is the truth.
MAX_AGE = 7 * SECONDS_A_DAY
MAX_AHEAD = 3600

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_KEPT = {"exact": 19, "minute": 16, "hour": 13, "day": 10}
_ZERO = "0000-00-00T00:00:00"


@lru_cache(maxsize=256)
def write(seconds: int, level: str) -> str | None:
    """POSIX seconds as `2026-11-25T14:08:17Z`, rounded down to a level of the taxonomy; None where that is unknown."""
    return coarsen(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), level)


def read(value: object, received: int) -> int:
    """POSIX seconds of an RFC 3339 text or a number of seconds; `received` where it is neither or not believable."""
    seconds = received
    if isinstance(value, str) and _FORM.fullmatch(value):
        try:
            seconds = int(datetime.fromisoformat(value).timestamp())
        except ValueError:
            return received
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e11:
        seconds = int(value)
    return seconds if received - MAX_AGE <= seconds <= received + MAX_AHEAD else received


def coarsen(text: str, level: str) -> str | None:
    """A time of `write` at a level of the taxonomy, rounded down; None where level or text is unknown."""
    kept = _KEPT.get(level)
    if kept is None or not _FORM.fullmatch(text) or len(text) != 20:
        return None
    return text[:kept] + _ZERO[kept:] + "Z"
