import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.invalid import Invalid
from gateway.consent.tcf import MAX_LENGTH, TcString, decode_tcf
from gateway.consent.tcf_json import show_tcf
from tests.consent.strings import strings
from tests.consent.tcf_packer import (
    ALPHABET,
    base64url,
    core,
    disclosed,
    entries,
    number,
    ranges,
    tc_string,
    vendors,
)

VECTORS = [row for row in strings("tcf") if row["says"]["version"] == 2]


def test_it_reads_what_was_packed():
    tc = decode_tcf(tc_string(consent=(1, 3, 4), interest=(2, 7), consented=ranges((5, 9), highest=12)))
    assert isinstance(tc, TcString)
    assert (tc.purposes_consent, tc.purposes_legitimate_interest) == ((1, 3, 4), (2, 7))
    assert (list(tc.vendors_consent), list(tc.vendors_disclosed)) == ([5, 6, 7, 8, 9], [755])
    assert (tc.segments, tc.vendors_allowed, tc.publisher) == (("core", "disclosedVendors"), None, None)


def test_vendors_are_looked_up_without_being_spelled_out():
    listed = [(2, 0, [(4, 5)]), (3, 1, [(4, 4)]), (3, 2, [(4, 9)])]
    packed = number(3, 12) + "".join(number(p, 6) + number(k, 2) + entries(*each) for p, k, each in listed)
    tc = decode_tcf(core(consented=ranges((5, 9), highest=12), interested=vendors(3), restrictions=packed))
    assert [tc.vendor_consents(vendor) for vendor in (4, 5, 9, 10)] == [False, True, True, False]
    assert [tc.vendor_li(vendor) for vendor in (2, 3, 4)] == [False, True, False]
    assert [tc.restriction(2, vendor) for vendor in (3, 4)] == [None, 0]
    assert [tc.restriction(3, vendor) for vendor in (3, 4, 5)] == [None, 0, 2], "two that contradict allow nothing"
    assert (tc.disclosed(755), decode_tcf(tc_string()).disclosed(755), decode_tcf(tc_string()).disclosed(1)) == (
        None,
        True,
        False,
    )


@pytest.mark.parametrize("more", ["AAAA", "A" * 8, "B", "_"])
def test_more_than_padding_after_the_last_field_is_refused(more):
    assert isinstance(decode_tcf(core() + more), Invalid)
    assert isinstance(decode_tcf(f"{core()}.{disclosed(755)}{more}"), Invalid)


def test_restrictions_of_one_kind_are_one_and_empty_ones_are_none():
    listed = [(2, 1, [(4, 5)]), (3, 0, []), (2, 1, [(9, 9)])]
    packed = number(3, 12) + "".join(number(p, 6) + number(k, 2) + entries(*each) for p, k, each in listed)
    tc = decode_tcf(core(restrictions=packed))
    assert [(item.purpose, item.kind, list(item.vendors)) for item in tc.restrictions] == [(2, 1, [4, 5, 9])]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "undefined",
        "null",
        "${GDPR_CONSENT_755}",
        "true",
        core(version=1),
        core(version=3),
        core(created=0),
        core(updated=0),
        core(cmp_id=0),
        core(consented=ranges((5, 3), highest=9)),
        core(consented=ranges((3, 10), highest=9)),
        core(interested=number(10_001, 16) + "0" + "0" * 10_001),
        core(restrictions=number(1, 12) + number(2, 6) + number(3, 2) + entries((1, 1))),
        core(restrictions=number(1, 12) + number(0, 6) + number(1, 2) + entries((1, 1))),
        core(restrictions=number(1, 12) + number(25, 6) + number(1, 2) + entries((1, 1))),
        core() + ".",
        core() + "." + core(),
        core() + "." + disclosed(1) + "." + disclosed(2),
        core() + "." + base64url("100" + vendors(1)),
        disclosed(1),
        disclosed(1) + "." + core(),
        core() + ".IA" * 50,
        core() + "A" * MAX_LENGTH,
    ],
)
def test_it_refuses_what_is_no_tc_string(text):
    assert isinstance(decode_tcf(text), Invalid)


def test_an_invalid_string_is_not_repeated_in_the_reason():
    assert decode_tcf("CPsecret~") == Invalid("character outside base64url")


@pytest.mark.parametrize("row", VECTORS[::10], ids=lambda row: row["about"])
def test_no_truncation_of_a_segment_is_read(row):
    whole = row["text"]
    tc = decode_tcf(whole)
    for length in range(0, len(whole), max(1, len(whole) // 60)):
        cut = decode_tcf(whole[:length])
        if whole[length] == "." or isinstance(cut, Invalid):
            continue
        # What is left is whole but for padding: exactly the same fields, not one more and none as zero.
        read = {name: getattr(cut, name) for name in TcString._fields if getattr(cut, name) is not None}
        expected = {name: getattr(tc, name) for name in read}
        assert read == {**expected, "segments": tc.segments[: whole[:length].count(".") + 1]}


@settings(max_examples=200)
@given(st.data())
def test_a_truncated_core_is_never_a_tc_string(data):
    consent = data.draw(st.sets(st.integers(1, 24)))
    intervals = data.draw(st.lists(st.tuples(st.integers(1, 400), st.integers(400, 900)), min_size=1, max_size=4))
    text = core(consent=consent, consented=ranges(*intervals, highest=900))
    assert isinstance(decode_tcf(text), TcString)
    assert isinstance(decode_tcf(text[: data.draw(st.integers(0, len(text) - 2))]), Invalid)


@settings(max_examples=200)
@given(st.data())
def test_a_mutated_string_is_read_whole_or_refused(data):
    text = data.draw(st.sampled_from(VECTORS[::7]))["text"]
    at = data.draw(st.integers(0, len(text)))
    piece = data.draw(st.text(ALPHABET + "./+=~ é", max_size=4))
    mutated = text[:at] + piece + text[at + data.draw(st.integers(0, 4)) :]
    shown = show_tcf(mutated)
    assert isinstance(shown, Invalid | dict)
    if not isinstance(shown, Invalid) and shown["version"] == 2:
        assert len(mutated.split(".")[0]) * 6 >= 213 + 2 * 17 + 12


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=200), st.text(ALPHABET + ".", max_size=300).map("C".__add__)))
def test_it_never_raises(text):
    assert isinstance(decode_tcf(text), TcString | Invalid)
    show_tcf(text)
