import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.bits import Bits, Malformed, Truncated
from gateway.consent.vendor_ids import MAX_INTERVALS, MAX_VENDOR_ID, Budget, Ranges, WrittenRanges, read_vendors
from tests.consent.tcf_packer import base64url, entries, number, ranges, vendors


def read(bits):
    return read_vendors(Bits(base64url(bits)), Budget())


def test_a_bit_field_is_a_set_of_ids():
    found = read(vendors(1, 4, 755, highest=800))
    assert list(found) == [1, 4, 755]
    assert 755 in found
    assert all(other not in found for other in (-1, 0, 2, 756, 801, 10**9))


def test_ranges_may_overlap_and_come_in_any_order():
    found = read(ranges((9, 9), (3, 5), (4, 7), (8, 8), highest=20))
    assert list(found) == [3, 4, 5, 6, 7, 8, 9]
    assert [vendor for vendor in range(-1, 30) if vendor in found] == [3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    "bits",
    [
        ranges((5, 3), highest=20),
        ranges((0, 3), highest=20),
        ranges((0, 0), highest=20),
        ranges((3, 21), highest=20),
        ranges((21, 21), highest=20),
        ranges((1, 2), highest=MAX_VENDOR_ID + 1),
        number(MAX_VENDOR_ID + 1, 16) + "0",
        number(65535, 16) + "1" + number(0, 12),
    ],
)
def test_what_no_vendor_section_may_say_is_refused(bits):
    with pytest.raises(Malformed):
        read(bits + "0" * 100)


@pytest.mark.parametrize("bits", [vendors(1, 90), ranges((3, 5), (7, 7), highest=20)])
def test_no_truncation_is_a_vendor_section(bits):
    for length in range(6, len(bits) - 6, 6):
        with pytest.raises(Truncated):
            read(bits[:length])


def test_a_string_has_only_so_many_ranges_in_all():
    budget = Budget()
    one = number(1, 16) + "1" + entries(*[(1, 1)] * (MAX_INTERVALS // 2))
    read_vendors(Bits(base64url(one)), budget)
    read_vendors(Bits(base64url(one)), budget)
    with pytest.raises(Malformed):
        read_vendors(Bits(base64url(ranges((1, 1), highest=1))), budget)


def test_too_many_ranges_are_refused_before_one_is_read():
    with pytest.raises(Malformed, match="more than"):
        budget = Budget()
        budget.spend(2)
        read_vendors(Bits(base64url(number(1, 16) + "1" + number(4095, 12))), budget)


INTERVALS = st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@settings(max_examples=200)
@given(st.lists(INTERVALS, max_size=12))
def test_ranges_and_bit_fields_hold_the_same_ids(intervals):
    expected = sorted({vendor for first, last in intervals for vendor in range(first, last + 1)})
    as_ranges, as_bits = Ranges(tuple(intervals)), read(vendors(*expected))
    assert list(as_ranges) == list(as_bits) == expected
    assert [v for v in range(80) if v in as_ranges] == [v for v in range(80) if v in as_bits] == expected


def test_ascending_ranges_stay_as_they_are_written():
    found = read(ranges((1, 1), (3, 5), (9, 9), (9000, 10_000), highest=10_000))
    assert isinstance(found, WrittenRanges)
    assert list(found) == [1, 3, 4, 5, 9, *range(9000, 10_001)]
    assert [vendor for vendor in (-1, 0, 1, 2, 3, 5, 6, 8, 9, 8999, 9000, 10_000, 10_001, 2**16 + 1) if vendor in found] == [
        1, 3, 5, 9, 9000, 10_000,
    ]  # fmt: skip


@settings(max_examples=200)
@given(st.lists(INTERVALS, max_size=40), st.booleans())
def test_a_lookup_agrees_with_the_ids_in_any_order(intervals, in_order):
    found = read(ranges(*(sorted(intervals) if in_order else intervals), highest=90))
    expected = {vendor for first, last in intervals for vendor in range(first, last + 1)}
    assert {vendor for vendor in range(-1, 99) if vendor in found} == expected
    assert found.at_most() >= len(expected)
