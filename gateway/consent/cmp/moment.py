"""Read the times that platforms write: ISO 8601, HTTP dates, or seconds, milliseconds or minutes since 1970."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_NUMBER = re.compile(r"[0-9]{1,15}\Z")
_HTTP = re.compile(r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\Z")

# Seconds of today have ten digits until the year 2286, milliseconds have thirteen; nothing plausible is in between.
_LEAST_MILLISECONDS = 100_000_000_000
_LEAST_SECONDS = 100_000_000


def moment_of(value: Any, unit: str = "") -> float | None:
    """The time as POSIX seconds, or None where it is none. A time without a zone is UTC. `unit` may be `minutes`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _of_number(value, unit)
    if not isinstance(value, str) or len(value) > 40:
        return None
    return _of_number(int(value), unit) if value.isdigit() and _NUMBER.match(value) else _of_text(value)


def _of_number(number: float, unit: str) -> float | None:
    if unit == "minutes":
        number *= 60
    elif number >= _LEAST_MILLISECONDS:
        number /= 1000
    return number if _LEAST_SECONDS <= number < _LEAST_MILLISECONDS else None


def _of_text(text: str) -> float | None:
    try:
        if text[10:11] == "T":
            found = datetime.fromisoformat(text)
        elif _HTTP.match(text):
            found = parsedate_to_datetime(text)
        else:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
