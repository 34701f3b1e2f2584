"""The consent strings that are sent can be read, and refuse."""

from gateway.canary.strings import refusing_gpp_string, refusing_tc_string, unlike_ac_string
from gateway.consent.ac import AcString, decode_ac
from gateway.consent.gpp import GppString, decode_gpp
from gateway.consent.tcf import TcString, decode_tcf

DAY = 20_783


def test_a_tc_string_consents_to_no_purpose_and_is_like_no_other():
    text = refusing_tc_string(DAY)
    read = decode_tcf(text)
    assert isinstance(read, TcString)
    assert (read.purposes_consent, read.purposes_legitimate_interest) == ((), ())
    assert text != refusing_tc_string(DAY)


def test_a_gpp_string_refuses_in_both_of_its_sections():
    read = decode_gpp(refusing_gpp_string(DAY))
    assert isinstance(read, GppString)
    assert read.tcf is not None
    assert read.tcf.purposes_consent == ()
    assert read.sections["uspv1"].opted_out


def test_an_ac_string_can_be_read():
    assert isinstance(decode_ac(unlike_ac_string()), AcString)
