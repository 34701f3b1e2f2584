"""Read ranges of addresses from the lines of a CSV: first address, last address, country.

Addresses are written as such or as plain numbers, fields with quotes or without; further columns are left alone, and
so is a first line with the names of the columns. These are the
forms in which DB-IP and others publish their country tables.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from gateway.region.build import Range, RangeError

_V4 = 1 << 32
_HEADING = re.compile(r"[a-z_]*[g-z][a-z_]*", re.IGNORECASE)  # a letter that no address has


def read(lines: Iterable[str]) -> Iterator[Range]:
    """The ranges in the order they come. RangeError with the number of the line that is none."""
    reader = csv.reader(lines, strict=True)
    try:
        for fields in reader:
            if fields and not (reader.line_num == 1 and _is_heading(fields)):
                yield _range(fields)
    except (ValueError, csv.Error):
        raise RangeError(f"line {reader.line_num} is not: first address, last address, country") from None


def _is_heading(fields: list[str]) -> bool:
    return len(fields) >= 3 and all(map(_HEADING.fullmatch, fields[:2]))


def _range(fields: list[str]) -> Range:
    first, last, country = (field.strip() for field in fields[:3])
    if not (first.isdigit() and last.isdigit()):
        low, high = ip_address(first), ip_address(last)
        if low.version != high.version:
            raise ValueError
        return Range(low.version, int(low), int(high), country.upper())
    low_number, high_number = int(first), int(last)
    version = 4 if high_number < _V4 else 6
    if high_number >> 128:
        raise ValueError
    return Range(version, low_number, high_number, country.upper())
