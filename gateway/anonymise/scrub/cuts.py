"""Cut a piece of text at the signs that separate its parts."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.anonymise.scrub.layers import ROUNDS, normal, peel, unplus
from gateway.anonymise.scrub.piece import Piece
from gateway.anonymise.scrub.shapes import SENTRY

# Not where an HTML character reference begins; `&amp;` is how HTML writes the sign itself.
_AND = re.compile(
    r"&amp;|&(?!#[0-9xX]|(?:commat|plus|num|colon|period|sol|lowbar|hyphen|dash|percnt|quot|apos|lt|gt|nbsp|shy|lpar|rpar);)"
)


class Pair(NamedTuple):
    """Where `name=value` stands: from `start` to before `end`. `equals` is -1 where the sign is missing."""

    start: int
    equals: int
    end: int

    def name(self) -> tuple[int, int]:
        """Where the name stands; without a sign, all of it."""
        return self.start, self.end if self.equals < 0 else self.equals


def pairs(text: str, between: str) -> list[Pair]:
    """Names and values with `&` or `;` between."""
    if between == "&" and (";" in text or "&#" in text):
        return _read_as_html(text)
    found, start = [], 0
    for part in text.split(between):
        end = start + len(part)
        if part:
            found.append(Pair(start, text.find("=", start, end), end))
        start = end + 1
    return found


def _read_as_html(text: str) -> list[Pair]:
    """The same for a text in which `&` may begin a character reference."""
    cuts = [cut.span() for cut in _AND.finditer(text)]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    return [
        Pair(start, text.find("=", start, end), end) for start, end in zip(starts, ends, strict=True) if start < end
    ]


def split(piece: Piece, between: str) -> Iterator[Piece]:
    """The parts between one sign."""
    start = 0
    for text in piece.text.split(between):
        yield piece.part(start, start + len(text))
        start += len(text) + len(between)


def userinfo(authority: str) -> tuple[int, int]:
    """From where to where in `//user:password@host` somebody stands; nobody does where it is an error tracker's key."""
    user, at, host = authority.rpartition("@")
    if not at:
        user, at, host = authority.partition("%40")  # an address in the place of the user
    bare = user.lstrip("/")
    named = at and bare and not SENTRY.match(bare)
    return (2, len(authority) - len(at) - len(host)) if named else (0, 0)


def plain(piece: Piece) -> str:
    """The text of a name without its layers, as a form writes them."""
    text = piece.text
    if text.isascii() and "%" not in text and "+" not in text:
        return text.strip()
    return unescaped(unplus(piece)).text.strip()


def unescaped(piece: Piece) -> Piece:
    """The piece without its layers, as far as the rounds go."""
    piece = normal(piece)
    for _ in range(ROUNDS):
        peeled = peel(piece)
        if peeled is piece:
            return piece
        piece = peeled
    return piece
