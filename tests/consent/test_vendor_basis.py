import pytest

from gateway.consent.tcf import decode_tcf
from gateway.consent.vendor_basis import Interest, may_process, purposes_consented
from gateway.consent.vendor_list import ListedVendor
from tests.consent.tcf_packer import core, disclosed, entries, number, vendors

VENDOR = 755
LISTED = {VENDOR: ListedVendor(frozenset({1, 3, 4, 8}), frozenset({2, 7, 9}), frozenset({2, 7, 8}))}
ON, OFF = Interest(LISTED, True), Interest(LISTED, False)


def restricted(*each):
    """Restrictions of the vendor: (purpose, type)."""
    packed = "".join(number(purpose, 6) + number(kind, 2) + entries((VENDOR, VENDOR)) for purpose, kind in each)
    return number(len(each), 12) + packed


def tc(consent=(1, 7), interest=(), consented=(VENDOR,), interested=(VENDOR,), shown=(VENDOR,), **fields):
    fields = {"consented": vendors(*consented), "interested": vendors(*interested), **fields}
    string = decode_tcf(core(consent=consent, interest=interest, **fields) + "." + disclosed(*shown))
    return string


def may(string, purposes, interest):
    return may_process(string, VENDOR, interest).issuperset(purposes)


def test_a_vendor_with_both_bits_may_process():
    assert may(tc(), (1, 7), None)


@pytest.mark.parametrize(
    "string",
    [tc(consent=(1,)), tc(consented=()), tc(consented=(754, 756)), tc(shown=(1,)), tc(shown=()), tc(one=True),
     tc(restrictions=restricted((7, 0))), tc(restrictions=restricted((7, 2))),
     tc(restrictions=restricted((7, 1), (7, 2))), tc(consent=(1,), interest=(7,))],
)  # fmt: skip
def test_without_one_of_the_bits_or_against_a_restriction_it_may_not(string):
    assert not may(string, (1, 7), None)


def test_a_string_without_the_segment_does_not_say_who_was_disclosed():
    assert may(decode_tcf(core(consent=(1, 7))), (1, 7), None)


@pytest.mark.parametrize("each", [(7, 1), (8, 0), (3, 2)])
def test_a_restriction_of_another_purpose_or_to_consent_changes_nothing(each):
    assert may(tc(restrictions=restricted(each)), (1, 7), None)


def test_legitimate_interest_needs_the_list_the_policy_and_every_bit():
    string = tc(consent=(1,), interest=(7,))
    assert may(string, (1, 7), ON)
    assert not may(string, (1, 7), OFF)
    assert not may(string, (1, 7), None)
    assert not may(tc(consent=(1,), interest=(7,), interested=()), (1, 7), ON)
    assert not may(tc(consent=(1,), interest=()), (1, 7), ON)
    assert not may(tc(consent=(1,), interest=(7,), restrictions=restricted((7, 1))), (1, 7), ON)
    assert not may(tc(consent=(1,), interest=(7,), restrictions=restricted((7, 0))), (1, 7), ON)


def test_a_purpose_the_vendor_declared_for_consent_rests_on_interest_only_where_it_is_flexible_and_asked_to():
    assert not may(tc(consent=(1,), interest=(8,)), (1, 8), ON)
    assert may(tc(consent=(1,), interest=(8,), restrictions=restricted((8, 2))), (1, 8), ON)
    assert not may(tc(consent=(1,), interest=(9,), restrictions=restricted((10, 2))), (1, 10), ON)


@pytest.mark.parametrize("purpose", [1, 3, 4, 5, 6])
def test_these_purposes_never_rest_on_legitimate_interest(purpose):
    everything = frozenset(range(1, 12))
    generous = Interest({VENDOR: ListedVendor(frozenset(), everything, everything)}, True)
    string = tc(consent=(), interest=range(1, 12), restrictions=restricted((purpose, 2)))
    assert not may(string, (purpose,), generous)


def test_a_vendor_that_is_not_on_the_list_may_not():
    assert not may(tc(), (1, 7), Interest({1: LISTED[VENDOR]}, False))


def test_nobody_consented_to_what_nobody_was_asked():
    assert purposes_consented(tc(one=True)) == {7}
