from gateway.consent.gpp import decode_gpp
from gateway.consent.tcf import decode_tcf
from tests.fuzz.places import bits_of
from tests.fuzz.sweep import GPP_STRINGS, TC_STRINGS
from tests.measure import seconds

VENDORS = (755, 804, 1126, 32, 506)


def vote(text):
    """What a hit asks of a TC string: the purposes, and what five vendors may."""
    tc = decode_tcf(text)
    return tc.purposes_consent, [tc.vendor_consents(vendor) for vendor in VENDORS]


def walk(bits):
    """The plainest loop over what a string holds."""
    count = 0
    for bit in bits:
        count += bit == "1"
    return count


def ratio(function, texts):
    """CPU of the function over that of a plain loop over the same bits, both the least of some runs, in turns."""
    pairs = [
        (seconds(function, text, tries=15), seconds(walk, "".join(map(bits_of, _segments(text))), tries=15))
        for text in texts
    ]
    return sum(spent for spent, _ in pairs) / sum(plain for _, plain in pairs)


def _segments(text):
    return text.replace("~", ".").split(".")


def test_a_tc_string_is_read_in_less_time_than_a_loop_over_its_bits_takes():
    """Measured 0.4 to 0.5."""
    assert ratio(vote, TC_STRINGS[::8]) < 1


def test_a_gpp_string_is_read_in_little_more():
    """Most of them are 15 characters, so that it is the calls that count."""
    assert ratio(decode_gpp, GPP_STRINGS[::8]) < 9
