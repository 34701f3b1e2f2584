"""What an operator says of a platform on a site: its cookie, what its categories mean, which version counts.

    {cookie: OptanonConsent, categories: {"1": necessary, "2": analytics}, version: 3, min_date: 2026-01-15}

The meanings may stand under `categories` or under the word the platform itself has for them, or without one. Several
meanings are a list.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

MEANINGS = ("categories", "groups", "services", "levels", "purposes", "vendors", "optional", "notices", "consents")
VERSIONS = ("version", "revision", "policy_id", "policy_version", "ver", "hash")
DATES = ("min_date", "min_consent_date")
ONLY = ("website_id", "site_id")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COOKIE = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}\Z")
_EPOCH = date(1970, 1, 1)


class CmpConfig(NamedTuple):
    """A platform as a site has it. Everything that is empty is as the platform has it by itself."""

    cookie: str = ""
    categories: Mapping[str, tuple[str, ...]] = {}
    version: str = ""
    min_day: int | None = None
    only: str = ""


class WrongConfig(ValueError):
    """What is wrong: the key it is wrong at, and why."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(why)
        self.key = key


def read_config(config: Mapping[str, Any], common: Collection[str], *, lenient: bool = False) -> CmpConfig:
    """The operator's words as values; `common` are the categories there are. WrongConfig where one is wrong.

    A `lenient` reader passes over keys that nobody knows.
    """
    found = CmpConfig()
    for key, value in config.items():
        if value is not None:
            found = _with(found, key, value, (common, lenient))
    return found


def _with(found: CmpConfig, key: str, value: Any, rules: tuple[Collection[str], bool]) -> CmpConfig:
    common, lenient = rules
    if key in MEANINGS and isinstance(value, dict):
        return found._replace(categories={**found.categories, **_meanings(value, rules)})
    if (named := _named(key, value)) is not None:
        return found._replace(**named)
    if _is_meaning(value, common):
        return found._replace(categories={**found.categories, key: _words(value)})
    if lenient:
        return found
    if key in (*VERSIONS, *ONLY, *MEANINGS):
        raise WrongConfig(key, f"{key} has another kind of value")
    raise WrongConfig(key, f"neither a setting of a platform nor a category that means one of {', '.join(common)}")


def _named(key: str, value: Any) -> dict[str, Any] | None:
    """The field that a key of its own name fills."""
    if key == "cookie":
        return {"cookie": _cookie(value)}
    if key in DATES:
        return {"min_day": _day(key, value)}
    if key in (*VERSIONS, *ONLY) and isinstance(value, str | int):
        return {"version" if key in VERSIONS else "only": str(value)}
    return None


def _meanings(table: Mapping[str, Any], rules: tuple[Collection[str], bool]) -> dict[str, tuple[str, ...]]:
    common, lenient = rules
    wrong = [key for key, value in table.items() if not _is_meaning(value, common)]
    if wrong and not lenient:
        raise WrongConfig(wrong[0], f"a category means one or more of {', '.join(common)}")
    return {key: _words(value) for key, value in table.items() if key not in wrong}


def _is_meaning(value: Any, common: Collection[str]) -> bool:
    words = value if isinstance(value, list) else [value]
    return bool(words) and all(isinstance(word, str) and word in common for word in words)


def _words(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _cookie(value: Any) -> str:
    if not isinstance(value, str) or not _COOKIE.match(value):
        raise WrongConfig("cookie", "a cookie's name is a token")
    return value


def _day(key: str, value: Any) -> int:
    """Days since 1970-01-01 UTC."""
    text = value[:10] if isinstance(value, str) and _DATE.match(value) else ""
    try:
        return (date.fromisoformat(text) - _EPOCH).days
    except ValueError:
        raise WrongConfig(key, "a day is written 2026-01-31") from None
