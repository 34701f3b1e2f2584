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


_SCALARS = (bool, int, type(None))


@dataclass(frozen=True, slots=True)
class Words:
    """A set of words. `exact` keeps apart `true`, 1 and "1", `texts` is the last kind; `special` stand for many."""

    exact: frozenset[tuple[type, Any]]
    loose: frozenset[str]
    special: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Iterable[Any]) -> "Words":
        """The set of these scalars."""
        listed = list(words)
        special = frozenset(word for word in listed if word in (ANY, TIME, NUMBER, THERE))
        plain = [word for word in listed if word not in special]
        exact = frozenset((type(word), word) for word in plain)
        texts = frozenset(word for word in plain if isinstance(word, str))
        return cls(exact, frozenset(map(_loose, plain)), special, texts)

    def has(self, value: Any) -> bool:
        """Whether the value is one of them, exactly."""
        kind = type(value)
        if (value in self.texts) if kind is str else (kind in _SCALARS and (kind, value) in self.exact):
            return True
        return bool(self.special) and self._is_special(value)

    def _is_special(self, value: Any) -> bool:
        special = self.special
        if THERE in special or (ANY in special and value not in (None, "")):
            return True
        if not isinstance(value, str):
            return False
        if _DIGITS.match(value):
            return NUMBER in special
        return TIME in special and moment_of(value) is not None

    def resembles(self, value: Any) -> bool:
        """Whether the value means one of them, however it is spelled."""
        return bool(self.loose) and _loose(value) in self.loose


def _loose(value: Any) -> str:
    return str(value).strip().lower() if isinstance(value, str | int) else "null" if value is None else "?"
