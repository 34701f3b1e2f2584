"""Read numbers in Fibonacci code and the ranges made of them (IAB GPP, "Consent String Specification", encodings).

A number is the sum of the Fibonacci numbers 1, 2, 3, 5, 8 … whose bits are set, the least first; a further 1 ends it.
Zero has no code. The caps come first: no list is made before its end is known to be small enough.
"""

from itertools import compress

from gateway.consent.bits import Bits, Malformed
from gateway.consent.vendor_ids import MAX_VENDOR_ID, BitField, Budget, Interval, Ranges, VendorIds

# 17,711 is the last: more than any id may be.
WEIGHTS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946, 17711)


def read_number(bits: Bits) -> int:
    """The next number, at least 1. Malformed where it is far above any id."""
    code = bits.through("11", len(WEIGHTS) + 1)
    return sum(compress(WEIGHTS, (bit == "1" for bit in code[:-1])))


def read_fibonacci_intervals(bits: Bits, budget: Budget, highest: int) -> list[Interval]:
    """Amount12 x [IsARange1 distance (length)]: distances count from the id before, so that the ids ascend."""
    count = bits.number(12)
    budget.spend(count)
    found: list[Interval] = []
    last = 0
    for _ in range(count):
        is_range = bits.flag()
        first = last + read_number(bits)
        last = first + read_number(bits) if is_range else first
        if last > highest:
            raise Malformed("an id above the highest that is declared")
        found.append((first, last))
    return found


def read_fibonacci_vendors(bits: Bits, budget: Budget) -> VendorIds:
    """MaxVendorId16 IsRange1 (bit field | ranges), the "optimised range" of the Canadian section.

    A wrong distance moves every id after it, so the last one has to be where it was declared.
    """
    highest = bits.number(16)
    if highest > MAX_VENDOR_ID:
        raise Malformed(f"vendor ids above {MAX_VENDOR_ID}")
    if not bits.flag():
        return BitField(bits.skip(highest))
    intervals = read_fibonacci_intervals(bits, budget, highest)
    if intervals and intervals[-1][1] != highest:
        raise Malformed("the highest id is not the one that is declared")
    return Ranges(tuple(intervals))
