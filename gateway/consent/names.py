"""Find out which sources a cookie's name belongs to, where names may be patterns.

A pattern is a name in which `#` stands for digits and `*` for any text; the rest is matched byte for byte. A name
without either is looked up; the patterns are tried only where a name begins like one of them.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

MAX_NAME = 256

_WILD = re.compile(rb"[#*]")
_MEANS = {b"#": rb"[0-9]{1,20}", b"*": rb"[!-~]{1,128}"}


def is_pattern(name: bytes) -> bool:
    """Whether the name stands for several."""
    return _WILD.search(name) is not None


@lru_cache(maxsize=1024)
def matcher(pattern: bytes) -> re.Pattern[bytes]:
    """The names a pattern stands for."""
    parts = re.split(rb"([#*])", pattern)
    return re.compile(b"".join(_MEANS.get(part) or re.escape(part) for part in parts) + rb"\Z")


def matches(pattern: bytes, name: bytes) -> bool:
    """Whether the pattern stands for the name."""
    return len(name) <= MAX_NAME and matcher(pattern).match(name) is not None


class Addressees:
    """Who reads which cookie: the sources by their number, each with the names and patterns it wants."""

    def __init__(self, wanted: Sequence[Iterable[bytes]]) -> None:
        exact: dict[bytes, list[int]] = {}
        self._patterns: list[tuple[bytes, int]] = []
        for number, names in enumerate(wanted):
            for name in names:
                if is_pattern(name):
                    self._patterns.append((name, number))
                else:
                    exact.setdefault(name, []).append(number)
        self._exact = {name: tuple(numbers) for name, numbers in exact.items()}
        self._beginnings = tuple({_WILD.split(name, maxsplit=1)[0] for name, _ in self._patterns})

    def __contains__(self, name: bytes) -> bool:
        return name in self._exact or (name.startswith(self._beginnings) and bool(self._by_pattern(name)))

    def of(self, name: bytes) -> tuple[int, ...]:
        """The numbers of the sources that want the cookie."""
        exact = self._exact.get(name, ())
        return (*exact, *self._by_pattern(name)) if name.startswith(self._beginnings) else exact

    def _by_pattern(self, name: bytes) -> tuple[int, ...]:
        return tuple(number for pattern, number in self._patterns if matches(pattern, name))
