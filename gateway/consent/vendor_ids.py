"""Hold a set of vendor ids the way a TC string writes it, and expand it only on demand.

TCF v2, vendor sections: MaxVendorId16 IsRange1 (bit field of MaxVendorId bits | NumEntries12 entries).
The caps come first: no id above MAX_VENDOR_ID and no more than MAX_INTERVALS ranges are ever looked at.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.consent.bits import Bits, Malformed

# The global vendor list knows ids up to some 1500 (4200 with test entries); every id has a bit in each string.
MAX_VENDOR_ID = 10_000
MAX_INTERVALS = 4096

Interval = tuple[int, int]


class VendorIds(Protocol):
    """A set of vendor ids: membership, and iteration in ascending order."""

    def __contains__(self, vendor: int) -> bool:
        """Whether the vendor is in the set."""

    def __iter__(self) -> Iterator[int]:
        """The ids in ascending order."""

    def at_most(self) -> int:
        """How many they are at most, known without spelling them out."""


@dataclass(frozen=True, slots=True)
class BitField:
    """One bit a vendor, the first for vendor 1."""

    bits: str

    def __contains__(self, vendor: int) -> bool:
        return 0 < vendor <= len(self.bits) and self.bits[vendor - 1] == "1"

    def __iter__(self) -> Iterator[int]:
        return (vendor for vendor, bit in enumerate(self.bits, 1) if bit == "1")

    def at_most(self) -> int:
        """How many."""
        return self.bits.count("1")


@dataclass(frozen=True, slots=True)
class Ranges:
    """Intervals as written, both ends included: they may overlap and come in any order."""

    intervals: tuple[Interval, ...]

    def __contains__(self, vendor: int) -> bool:
        return any(first <= vendor <= last for first, last in self.intervals)

    def __iter__(self) -> Iterator[int]:
        reached = 0
        for first, last in sorted(self.intervals):
            yield from range(max(first, reached + 1), last + 1)
            reached = max(reached, last)

    def at_most(self) -> int:
        """How many, if none were written twice."""
        return min(sum(last - first + 1 for first, last in self.intervals), MAX_VENDOR_ID)


@dataclass(frozen=True, slots=True)
class WrittenRanges:
    """Ranges in ascending order, their numbers as 16 bits each, since hardly one of them is ever looked at.

    A start is empty where its range is a single id.
    """

    starts: Sequence[str]
    ends: Sequence[str]

    def __contains__(self, vendor: int) -> bool:
        if not 0 < vendor <= MAX_VENDOR_ID:
            return False
        key = f"{vendor:016b}"
        at = bisect_left(self.ends, key)
        return at < len(self.ends) and (self.starts[at] or self.ends[at]) <= key

    def __iter__(self) -> Iterator[int]:
        return iter(self._ranges())

    def at_most(self) -> int:
        """How many, if none were written twice."""
        return self._ranges().at_most()

    def _ranges(self) -> Ranges:
        pairs = zip(self.starts, self.ends, strict=True)
        return Ranges(tuple([(int(first or last, 2), int(last, 2)) for first, last in pairs]))


class Budget:
    """How many intervals a string may still have."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_INTERVALS

    def spend(self, count: int) -> None:
        """Take `count` intervals, before one of them is read."""
        self.left -= count
        if self.left < 0:
            raise Malformed(f"more than {MAX_INTERVALS} vendor ranges")


def read_vendors(bits: Bits, budget: Budget) -> VendorIds:
    """A vendor section. Malformed where an id is beyond MaxVendorId or a cap."""
    highest = bits.number(16)
    if highest > MAX_VENDOR_ID:
        raise Malformed(f"vendor ids above {MAX_VENDOR_ID}")
    if not bits.flag():
        return BitField(bits.skip(highest))
    entries = _entries(bits, budget)
    written = list(filter(None, entries))
    if written != sorted(written):
        return Ranges(tuple(_checked(_numbers(entries), highest)))
    if written:
        _check(int(written[0], 2), int(written[-1], 2), highest)
    return WrittenRanges(entries[::2], entries[1::2])


def read_intervals(bits: Bits, budget: Budget, highest: int) -> list[Interval]:
    """NumEntries12 x [IsARange1 Start16 (End16)], as written: they may overlap and come in any order."""
    return _checked(_numbers(_entries(bits, budget)), highest)


def _entries(bits: Bits, budget: Budget) -> list[str]:
    count = bits.number(12)
    budget.spend(count)
    return bits.entries(count)


def _numbers(entries: Sequence[str]) -> list[Interval]:
    pairs = zip(entries[::2], entries[1::2], strict=True)
    return [(int(first or last, 2), int(last, 2)) for first, last in pairs]


def _checked(intervals: list[Interval], highest: int) -> list[Interval]:
    for first, last in intervals:
        _check(first, last, highest)
    return intervals


def _check(first: int, last: int, highest: int) -> None:
    if not 0 < first <= last:
        raise Malformed("vendor range ends before it starts")
    if last > highest:
        raise Malformed("vendor id above the highest that is declared")
