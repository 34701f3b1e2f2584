import pytest

from gateway.consent.invalid import Invalid
from gateway.consent.tcf import MAX_LENGTH, decode_tcf
from gateway.consent.tcf_v1 import decode_tcf_v1
from tests.consent.tcf_packer import base64url, entries, ids, letters, number


def version_1(vendors):
    fixed = number(1, 6) + number(15_000_000_000, 36) * 2 + number(8, 12) + number(1, 12) + number(0, 6)
    return base64url(fixed + letters("EN") + number(17, 12) + ids((1, 3), 24) + vendors)


def test_it_reads_a_bit_field():
    tc = decode_tcf_v1(version_1(number(9, 16) + "0" + ids((2, 9), 9)))
    assert (tc.purposes_consent, tc.vendors_consent) == ((1, 3), (2, 9))


@pytest.mark.parametrize(("default", "expected"), [("0", (2, 5, 6)), ("1", (1, 3, 4, 7))])
def test_ranges_are_the_exceptions_from_the_default(default, expected):
    tc = decode_tcf_v1(version_1(number(7, 16) + "1" + default + entries((2, 2), (5, 6))))
    assert tc.vendors_consent == expected


@pytest.mark.parametrize(
    "text",
    ["", "B", "CAAA", "B" * (MAX_LENGTH + 1), version_1(number(9, 16) + "0"), version_1(number(0, 16) + "0") + "AAAA"],
)
def test_what_is_none_is_refused(text):
    assert isinstance(decode_tcf_v1(text), Invalid)


def test_huge_vendor_ids_are_refused():
    assert isinstance(decode_tcf_v1(version_1(number(65535, 16) + "1" + "1" + entries((1, 1)))), Invalid)


def test_it_counts_for_nothing():
    assert isinstance(decode_tcf(version_1(number(9, 16) + "0" + ids((2,), 9))), Invalid)
