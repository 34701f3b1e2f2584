"""The words by which a platform says yes or no.

A yes has to be written exactly as the platform writes it; a no is a no in any case and as text or number.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway.consent.cmp.moment import moment_of

# Words in the table that stand for many.
ANY, TIME, NUMBER, THERE = "<any>", "<time>", "<number>", "<there>"

_DIGITS = re.compile(r"[0-9]{1,15}\Z")


@dataclass(frozen=True, slots=True)
class Words:
    """A set of words. `tokens` keep apart `true`, 1 and "1"."""

    tokens: frozenset[str]
    loose: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[Any]) -> "Words":
        """The set of these scalars."""
        listed = list(words)
        return cls(frozenset(_token(word) for word in listed), frozenset(_loose(word) for word in listed))

    def has(self, value: Any) -> bool:
        """Whether the value is one of them, exactly."""
        tokens = self.tokens
        if _token(value) in tokens:
            return True
        if (
            "s:" + TIME in tokens
            and isinstance(value, str)
            and not _DIGITS.match(value)
            and moment_of(value) is not None
        ):
            return True
        if "s:" + NUMBER in tokens and isinstance(value, str) and _DIGITS.match(value):
            return True
        return "s:" + THERE in tokens or ("s:" + ANY in tokens and value not in (None, ""))

    def resembles(self, value: Any) -> bool:
        """Whether the value means one of them, however it is spelled."""
        return _loose(value) in self.loose


def _token(value: Any) -> str:
    if isinstance(value, str):
        return f"s:{value}"
    if isinstance(value, bool):
        return f"b:{value}"
    return f"n:{value}" if isinstance(value, int) else "null" if value is None else "?"


def _loose(value: Any) -> str:
    return str(value).strip().lower() if isinstance(value, str | int) else "null" if value is None else "?"
