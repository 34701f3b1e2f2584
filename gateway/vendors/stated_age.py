"""Read what a page says of a visitor's age: that it is a minor, or the band of years it is in.

A page can only make the law stricter with it: what cannot be read is a minor, and nothing says that somebody is none.
"""

import re
from collections.abc import MutableMapping
from typing import Any

KNOWN_MINOR = "known_minor"
AGE_BAND = "age_band"

_NO = frozenset(("", "0", "false", "no"))
_BAND = re.compile(r"([0-9]{1,3})(?:-[0-9]{1,3}|\+)?\Z")
_MOST_YEARS = 150


def take_age(given: MutableMapping[str, Any]) -> int | None:
    """The least age in years that the parameters allow, or None where they say nothing of it. They are taken out."""
    ages = []
    if KNOWN_MINOR in given and str(given.pop(KNOWN_MINOR)).lower() not in _NO:
        ages.append(0)
    if AGE_BAND in given:
        band = _BAND.match(str(given.pop(AGE_BAND)))
        ages.append(min(int(band[1]), _MOST_YEARS) if band else 0)
    return min(ages, default=None)
