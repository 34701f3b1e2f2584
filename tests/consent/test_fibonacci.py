import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.bits import Bits, Malformed
from gateway.consent.fibonacci import WEIGHTS, read_fibonacci_intervals, read_fibonacci_vendors, read_number
from gateway.consent.vendor_ids import MAX_INTERVALS, MAX_VENDOR_ID, Budget
from tests.consent.tcf_packer import base64url, fibonacci, fibonacci_entries, ids, number


def test_the_weights_are_fibonacci_numbers():
    assert all(WEIGHTS[at] == WEIGHTS[at - 1] + WEIGHTS[at - 2] for at in range(2, len(WEIGHTS)))
    assert WEIGHTS[-1] > MAX_VENDOR_ID


@pytest.mark.parametrize(
    ("code", "value"), [("11", 1), ("011", 2), ("0011", 3), ("1011", 4), ("01011", 7), ("100011", 9)]
)
def test_it_reads_the_codes_of_the_specification(code, value):
    assert read_number(Bits(base64url(code))) == value


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=9))
def test_it_reads_what_was_packed(values):
    bits = Bits(base64url("".join(map(fibonacci, values))))
    assert [read_number(bits) for _ in values] == values


@pytest.mark.parametrize("code", ["0", "01", "0" * 6, "01" * 9, "0" * 60 + "11", "0" * 24 + "11"])
def test_a_code_without_an_end_or_with_a_far_one_is_refused(code):
    with pytest.raises(Malformed):
        read_number(Bits(base64url(code)))


def test_ranges_are_distances():
    bits = Bits(base64url(fibonacci_entries((2, 2), (5, 9), (10, 10))))
    assert read_fibonacci_intervals(bits, Budget(), 10) == [(2, 2), (5, 9), (10, 10)]


def test_an_id_above_the_highest_is_refused_before_it_is_spelled_out():
    with pytest.raises(Malformed):
        read_fibonacci_intervals(Bits(base64url(fibonacci_entries((1, 17_000)))), Budget(), MAX_VENDOR_ID)


def test_too_many_ranges_are_refused_before_one_is_read():
    budget = Budget()
    budget.spend(MAX_INTERVALS - 4094)
    with pytest.raises(Malformed, match="more than"):
        read_fibonacci_intervals(Bits(base64url(number(4095, 12))), budget, 9)


def test_vendors_are_a_bit_field_or_ranges():
    field = read_fibonacci_vendors(Bits(base64url(number(9, 16) + "0" + ids((2, 9), 9))), Budget())
    ranges = read_fibonacci_vendors(Bits(base64url(number(9, 16) + "1" + fibonacci_entries((2, 2), (9, 9)))), Budget())
    assert list(field) == list(ranges) == [2, 9]


def test_a_highest_id_above_the_cap_is_refused():
    with pytest.raises(Malformed):
        read_fibonacci_vendors(Bits(base64url(number(MAX_VENDOR_ID + 1, 16) + "1" + number(0, 12))), Budget())
