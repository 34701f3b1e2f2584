from gateway.consent.invalid import Invalid
from gateway.consent.tcf_json import show_tcf
from tests.consent.tcf_packer import tc_string


def test_it_says_why_a_string_is_none():
    assert isinstance(show_tcf("undefined"), Invalid)


def test_a_string_of_a_far_future_is_none():
    now = 20_700 * 86400
    assert isinstance(show_tcf(tc_string(day=20_700 + 366), now), dict)
    assert show_tcf(tc_string(day=20_700 + 367), now) == Invalid("dated in the future")
    assert isinstance(show_tcf(tc_string(day=20_700, created=2**36 - 1), now), dict)
