"""Find the values of a JSON text and the names they stand under, also where the text is cut off or broken."""

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_DEPTH = 32
_TOKEN = re.compile(
    r"\"(?P<text>(?>(?:[^\"\\]++|\\.)*))(?:\"|\\?\Z)|(?P<bare>[^\s\"{}\[\],:][^\"{}\[\],:]*+)|(?P<sign>[{}\[\],:])",
    re.DOTALL,
)
_CONSTANTS = frozenset(("true", "false", "null"))


class Leaf(NamedTuple):
    """A text or number, or whatever stands there without quotes. `start` and `end` are without quotes, `key` is where
    its name stands."""

    path: tuple[str, ...]
    start: int
    end: int
    quoted: bool
    key: tuple[int, int] | None


def leaves(text: str) -> Iterator[Leaf]:
    """Every text and number of a JSON text, in order. Members of a list stand under the name of the list."""
    place = _Place(text)
    waiting: Leaf | None = None
    for token in _TOKEN.finditer(text):
        sign = token["sign"]
        if sign == ":" and waiting is not None:
            place.name = (waiting.start, waiting.end)
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        waiting = place.leaf(token) if sign is None and token["bare"] not in _CONSTANTS else None
        if sign is not None:
            place.move(sign)
    if waiting is not None:
        yield waiting


class _Place:
    """Where in the document the reader is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._path: list[str] = []
        self._opened: list[int] = []
        self.name: tuple[int, int] | None = None

    def leaf(self, token: re.Match[str]) -> Leaf:
        quoted = token["text"] is not None
        here = (*self._path, *self._named())
        return Leaf(here, *token.span("text" if quoted else "bare"), quoted, self.name)

    def move(self, sign: str) -> None:
        if sign in "{[" and len(self._opened) < MAX_DEPTH:
            self._opened.append(len(self._path))
            self._path += self._named()
        elif sign in "}]" and self._opened:
            del self._path[self._opened.pop() :]
        self.name = None

    def _named(self) -> list[str]:
        return [self._text[slice(*self.name)]] if self.name else []
