"""The codes a region may have: ISO 3166-1 countries, the form of ISO 3166-2 subdivisions, groups of countries."""

import functools
import re

from gateway.iso3166 import COUNTRIES

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
GROUPS: dict[str, tuple[str, ...]] = {
    "@EU": tuple(_EU.split()),
    "@EEA": tuple(f"{_EU} IS LI NO".split()),
}

EVERYWHERE_ELSE = "*"
UNKNOWN = "unknown"

# What edges send for a visitor they cannot place: unknown, reserved, Tor. Like every code that is none, it is unknown.
NOWHERE_CODES = ("XX", "ZZ", "T1")

# No country uses this subdivision; it stands for all that no region lists.
UNLISTED_SUBDIVISION = "ZZZ"

# What people write who mean a code: reserved for the United Kingdom and Greece, or a group without its mark.
_OFTEN_MEANT = {"UK": "GB", "EL": "GR", "EU": "@EU", "EEA": "@EEA"}

MAX_CODES = 8192

_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}\Z")


@functools.lru_cache(MAX_CODES)
def country_of(code: str) -> str | None:
    """The country of a country or subdivision code, or None where the code names no place on earth."""
    match = _SUBDIVISION.match(code)
    country = match[1] if match else code
    return country if country in COUNTRIES else None


def is_match(code: str) -> bool:
    """Whether a region may claim `code`: a country, a subdivision, a group or `*`."""
    return code == EVERYWHERE_ELSE or code in GROUPS or country_of(code) is not None


def meant(code: str) -> str:
    """The place or group that was probably meant by a code that is none, as a hint; nothing where nobody can tell."""
    tidy = code.strip().upper().replace("_", "-")
    guess = _OFTEN_MEANT.get(tidy, tidy)
    return f'did you mean "{guess}"?' if guess != code and is_match(guess) else ""


def meant_place(code: str) -> str:
    """The same where a group is none either."""
    hint = meant(code)
    return "" if "@" in hint else hint


def expand(code: str) -> tuple[str, ...]:
    """The countries of a group, or the code itself."""
    return GROUPS.get(code, (code,))
