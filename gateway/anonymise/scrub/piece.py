"""A stretch of text that knows where each of its characters stood in the text it was decoded from."""

from collections.abc import Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """Decoded text. `at[i]` is where character `i` began in the original, `at[len(text)]` where the last one ended.

    `whole` is set where characters have no place of their own (base64): then every part stands for all of it. Offsets
    are code points.
    """

    text: str
    at: Sequence[int]
    whole: tuple[int, int] | None = None

    def part(self, start: int, end: int) -> "Piece":
        """The characters from `start` to before `end`."""
        return Piece(self.text[start:end], self.at[start : end + 1], self.whole)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to before `end` stood in the original."""
        return self.whole or (self.at[start], self.at[end])


def piece_of(text: str) -> Piece:
    """A text that nothing was done to yet."""
    return Piece(text, range(len(text) + 1))
