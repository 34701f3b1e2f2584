"""Look up the country of an address in a compact table that is read once from bytes.

The file is xz over, little-endian: `GCC1`, three u32 (IPv4 rows, IPv6 rows, codes), two letters for each code (`??` for
nowhere), the first address of each IPv4 row as u32 and the index of its code as u8, the upper half of the first address
of each IPv6 row as u64 and its index as u8; then the day it was built (days since 1970-01-01, u32) and, up to the end,
the source in UTF-8. A row reaches to the next one. IPv6 is told apart by /64.
"""

import lzma
import struct
import sys
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from operator import ge

from gateway.iso3166 import COUNTRIES
from gateway.region.address import Address

MAGIC = b"GCC1"
HEADER = struct.Struct("<4sIII")
DAY = struct.Struct("<I")
NOWHERE = "??"

# Some fifty times what a table of every allocated network needs; a file that unpacks to more is none.
MAX_BYTES = 256 << 20
MAX_CODES = 256


class TableError(ValueError):
    """The bytes are no table; the message says why."""


@dataclass(frozen=True, slots=True, repr=False)
class CountryTable:
    """Which country each address is in. `built` is the day of the data, None where the file does not tell it.

    `places` are the answers as region codes: `("FR",)`, or nothing.
    """

    built: int | None
    source: str
    places: tuple[tuple[str, ...], ...]
    v4: "array[int]"
    v4_places: bytes
    v6: "array[int]"
    v6_places: bytes

    def find(self, address: Address) -> tuple[str, ...]:
        """The country of an address as a tuple of one region code; an empty one where it is not known."""
        number = int(address)
        if address.version == 4:
            row = bisect_right(self.v4, number)
            return self.places[self.v4_places[row - 1]] if row else ()
        row = bisect_right(self.v6, number >> 64)
        return self.places[self.v6_places[row - 1]] if row else ()

    def __len__(self) -> int:
        return len(self.v4) + len(self.v6)


def parse(packed: bytes, known: bool = False) -> CountryTable:
    """The table in the bytes of a file. TableError where they are none.

    `known` spares a file of our own the search for rows that are out of order, which takes as long as the rest.
    """
    data = memoryview(_unpacked(packed))
    if len(data) < HEADER.size:
        raise TableError("it ends in its heading")
    magic, v4, v6, codes = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise TableError("it does not begin with GCC1")
    sizes = (2 * codes, 4 * v4, v4, 8 * v6, v6)
    end = HEADER.size + sum(sizes)
    if not 0 < codes <= MAX_CODES or len(data) < end:
        raise TableError("its parts are not as long as it says")
    parts, position = [], HEADER.size
    for size in sizes:
        parts.append(bytes(data[position : position + size]))
        position += size
    names, *rows = parts
    built, source = _trailer(bytes(data[end:]))
    starts = _numbers("I", rows[0]), _numbers("Q", rows[2])
    for first, index in () if known else zip(starts, (rows[1], rows[3]), strict=True):
        _check(first, index, codes)
    return CountryTable(built, source, _places(names), starts[0], rows[1], starts[1], rows[3])


def _unpacked(packed: bytes) -> bytes:
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_BYTES)
    try:
        data = decompressor.decompress(packed, MAX_BYTES)
    except (lzma.LZMAError, EOFError):
        raise TableError("it is not whole xz") from None
    if not decompressor.eof or decompressor.unused_data:
        raise TableError("it is not whole xz")
    return data


def _numbers(kind: str, data: bytes) -> "array[int]":
    numbers = array(kind, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _check(first: "array[int]", index: bytes, codes: int) -> None:
    """A search in rows that are out of order, or that point past the codes, would answer anything."""
    if any(map(ge, first, islice(first, 1, None))):
        raise TableError("its rows are out of order")
    if index and max(index) >= codes:
        raise TableError("a row names a country that is not listed")


def _places(names: bytes) -> tuple[tuple[str, ...], ...]:
    """What is no country of ISO 3166-1 is nowhere, whatever the file calls it."""
    codes = (names[at : at + 2].decode("latin-1") for at in range(0, len(names), 2))
    return tuple((code,) if code in COUNTRIES else () for code in codes)


def _trailer(data: bytes) -> tuple[int | None, str]:
    if len(data) < DAY.size:
        return None, ""
    source = data[DAY.size :].decode("utf-8", "replace")
    return int(DAY.unpack_from(data)[0]), source if source.isprintable() else ""
