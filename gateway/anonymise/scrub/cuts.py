"""Cut a piece of text at the signs that separate its parts."""

import re
from collections.abc import Iterator

from gateway.anonymise.scrub.layers import ROUNDS, normal, peel
from gateway.anonymise.scrub.piece import Piece

# Not where an HTML character reference begins; `&amp;` is how HTML writes the sign itself.
_AND = re.compile(
    r"&amp;|&(?!#[0-9xX]|(?:commat|plus|num|colon|period|sol|lowbar|hyphen|dash|percnt|quot|apos|lt|gt|nbsp|shy|lpar|rpar);)"
)
_SEMICOLON = re.compile(";")


def pairs(piece: Piece, between: str) -> Iterator[tuple[Piece, Piece | None]]:
    """Names and values with `&` or `;` between; None for the value of a name without an equals sign."""
    start, pattern = 0, _AND if between == "&" else _SEMICOLON
    for cut in pattern.finditer(piece.text):
        yield from _pair(piece.part(start, cut.start()))
        start = cut.end()
    yield from _pair(piece.part(start, len(piece.text)))


def _pair(piece: Piece) -> Iterator[tuple[Piece, Piece | None]]:
    name, equals, _ = piece.text.partition("=")
    if equals:
        yield piece.part(0, len(name)), piece.part(len(name) + 1, len(piece.text))
    elif piece.text:
        yield piece, None


def split(piece: Piece, between: str) -> Iterator[Piece]:
    """The parts between one sign."""
    start = 0
    for text in piece.text.split(between):
        yield piece.part(start, start + len(text))
        start += len(text) + len(between)


def unescaped(piece: Piece) -> Piece:
    """The piece without its layers, as far as the rounds go."""
    piece = normal(piece)
    for _ in range(ROUNDS):
        peeled = peel(piece)
        if peeled is piece:
            return piece
        piece = peeled
    return piece
