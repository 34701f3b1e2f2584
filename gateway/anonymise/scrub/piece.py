"""A stretch of text that knows where each of its characters stood in the text it was decoded from."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Later:
    """Places that are worked out when somebody asks: where nothing is found, nobody does."""

    def __init__(self, work_out: Callable[[], Sequence[int]]) -> None:
        self._work_out = work_out
        self._at: Sequence[int] | None = None

    def all(self) -> Sequence[int]:
        """Every one of them."""
        if self._at is None:
            self._at = self._work_out()
        return self._at


class Piece(NamedTuple):
    """Decoded text. `at[first + i]` is where character `i` began in the original, and the place behind the last
    character is where that one ended.

    `whole` is set where characters have no place of their own (base64): then every part stands for all of it. Offsets
    are code points.
    """

    text: str
    at: Sequence[int] | Later
    whole: tuple[int, int] | None = None
    first: int = 0

    def part(self, start: int, end: int) -> "Piece":
        """The characters from `start` to before `end`."""
        return Piece(self.text[start:end], self.at, self.whole, self.first + start)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to before `end` stood in the original."""
        if self.whole:
            return self.whole
        at = self.at.all() if isinstance(self.at, Later) else self.at
        return at[self.first + start], at[self.first + end]

    def places(self) -> Sequence[int]:
        """Where each of the characters began, and where the last one ended."""
        at = self.at.all() if isinstance(self.at, Later) else self.at
        return at[self.first : self.first + len(self.text) + 1]


def piece_of(text: str) -> Piece:
    """A text that nothing was done to yet."""
    return Piece(text, range(len(text) + 1))
