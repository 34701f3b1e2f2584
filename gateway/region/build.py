"""Make the bytes of a country table from ranges of addresses.

What overlaps is refused, what no range covers is nowhere, and a /64 that is not wholly in one country is nowhere too.
"""

import lzma
from array import array
from collections.abc import Iterable, Iterator
from sys import byteorder
from typing import NamedTuple

from gateway.iso3166 import COUNTRIES
from gateway.region.table import DAY, HEADER, MAGIC, NOWHERE

HALF = 64
MIN_DICTIONARY, MAX_DICTIONARY = 1 << 12, 64 << 20


class Range(NamedTuple):
    """The addresses from `first` to `last`, both as numbers of one IP version, and the country they are in."""

    version: int
    first: int
    last: int
    country: str


class RangeError(ValueError):
    """Ranges that make no table; the message names the first of them."""


Row = tuple[int, str]


def pack(ranges: Iterable[Range], built: int, source: str) -> bytes:
    """The file. `built` is the day of the data in days since 1970-01-01, `source` whom to credit. RangeError."""
    given: dict[int, list[Range]] = {4: [], 6: []}
    for one in ranges:
        given[one.version].append(one)
    v4 = list(_rows(_joined(given[4]), 1 << 32))
    v6 = list(_rows(_halved(_joined(given[6])), 1 << HALF))
    codes = sorted({country for _, country in (*v4, *v6)})
    index = {code: number for number, code in enumerate(codes)}
    parts = [HEADER.pack(MAGIC, len(v4), len(v6), len(codes)), "".join(codes).encode()]
    for kind, rows in (("I", v4), ("Q", v6)):
        parts += [_little(kind, [first for first, _ in rows]), bytes(index[country] for _, country in rows)]
    parts += [DAY.pack(built), source.encode()]
    return _compressed(b"".join(parts))


def _compressed(data: bytes) -> bytes:
    size = min(max(len(data), MIN_DICTIONARY), MAX_DICTIONARY)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": size}]
    return lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC64, filters=filters)


def _joined(ranges: list[Range]) -> Iterator[Range]:
    """The ranges in order, neighbours of one country as one."""
    ranges.sort()
    before: Range | None = None
    for one in ranges:
        country = one.country if one.country in COUNTRIES else NOWHERE
        if one.first > one.last or (before and one.first <= before.last):
            raise RangeError(f"a range of {one.country} is upside down or overlaps another one")
        if before and before.country == country and one.first == before.last + 1:
            before = before._replace(last=one.last)
            continue
        if before:
            yield before
        before = one._replace(country=country)
    if before:
        yield before


def _halved(ranges: Iterable[Range]) -> Iterator[Range]:
    """The same in numbers of /64; what covers none of them whole is left out, and leaves its place to nowhere."""
    for one in ranges:
        first, last = -(-one.first >> HALF), ((one.last + 1) >> HALF) - 1
        if first <= last:
            yield one._replace(first=first, last=last)


def _rows(ranges: Iterable[Range], most: int) -> Iterator[Row]:
    """Where each country begins, with nowhere in the gaps."""
    end, country = 0, ""
    for one in ranges:
        if one.first > end and country != NOWHERE:
            yield end, NOWHERE
            country = NOWHERE
        if one.country != country:
            yield one.first, one.country
        end, country = one.last + 1, one.country
    if country != NOWHERE and end < most:
        yield end, NOWHERE


def _little(kind: str, numbers: list[int]) -> bytes:
    values = array(kind, numbers)
    if byteorder == "big":
        values.byteswap()
    return values.tobytes()
