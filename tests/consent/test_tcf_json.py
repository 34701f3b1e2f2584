from gateway.consent.invalid import Invalid
from gateway.consent.tcf import decode_tcf
from gateway.consent.tcf_json import show_tcf
from tests.consent.tcf_packer import tc_string
from tests.fuzz.damage import flips


def test_it_says_why_a_string_is_none():
    assert isinstance(show_tcf("undefined"), Invalid)


def test_a_string_of_a_far_future_is_none():
    now = 20_700 * 86400
    assert isinstance(show_tcf(tc_string(day=20_700 + 366), now), dict)
    assert show_tcf(tc_string(day=20_700 + 367), now) == Invalid("dated in the future")
    assert isinstance(show_tcf(tc_string(day=20_700, created=2**36 - 1), now), dict)


def test_a_country_is_shown_in_capitals():
    small = dict(flips(tc_string()))[201]
    assert (decode_tcf(small).publisher_cc, show_tcf(small)["publisherCC"]) == ("dE", "DE")
