"""Mask also what may be anybody's although nothing says whose: long numbers, UUIDs and random words."""

import re
from collections.abc import Iterator

from gateway.anonymise.scrub.everywhere import Labelled, Search, Trust
from gateway.anonymise.scrub.labels import Label

_NUMBER = re.compile(r"\d{9,}|(?<!\d)\d{3}-\d\d-\d{4}(?!\d)")
_TOKEN = re.compile(r"(?<![A-Za-z0-9_+])[A-Za-z0-9_+]{24,}={0,2}")
_UUID = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
_HEX = re.compile(r"[0-9A-Fa-f]{24,}")
_LONG = re.compile(r"\d(?:\d{8}|[\d-]{10})|[A-Za-z0-9_+-]{24}")


class StrictSearch(Search):
    """The same detectors, with trust in nobody. A number is left alone only where its name says that it is a shop's."""

    def is_nothing(self, text: str) -> bool:
        """The same; a long number may be anybody's."""
        return super().is_nothing(text) and not _NUMBER.match(text)

    def __call__(self, text: str, trust: Trust) -> Labelled:
        """What is found in `text`, in no order and with overlaps."""
        yield from super().__call__(text, max(trust, Trust.VALUE))
        if trust is not Trust.SAFE and _LONG.search(text):
            yield from _opaque(text)


def _opaque(text: str) -> Iterator[tuple[int, int, Label]]:
    for found in _UUID.finditer(text):
        yield *found.span(), Label.UUID
    for found in _TOKEN.finditer(text):
        if _is_random(found[0].rstrip("=")):
            yield *found.span(), Label.TOKEN
    for found in _NUMBER.finditer(text):
        yield *found.span(), Label.NUMBER


def _is_random(text: str) -> bool:
    mixed = any(map(str.isdigit, text)) and any(map(str.isupper, text)) and any(map(str.islower, text))
    return mixed or bool(_HEX.fullmatch(text))
