import pytest

from gateway.consent.gpp import decode_gpp
from gateway.consent.gpp_fields import US_LAYOUTS
from gateway.consent.invalid import Invalid
from gateway.consent.tcf import decode_tcf
from tests.consent.tcf_packer import core, disclosed, gpp_header, tc_string, vendors
from tests.fuzz.check import gpp_cuts, gpp_flips, tcf_cuts, tcf_flips
from tests.fuzz.sweep import COINCIDENCES, TC_STRINGS, sweep

EVERY = 6


@pytest.mark.parametrize("check", [tcf_cuts, gpp_cuts], ids=lambda check: check.__name__)
def test_no_cut_adds_a_grant(check):
    assert sweep(check) == []


def test_a_flipped_bit_of_a_tc_string_adds_at_most_what_it_says():
    found = sweep(tcf_flips, every=EVERY)
    assert {index for index, _ in found} <= set(COINCIDENCES)
    assert len(found) <= len(COINCIDENCES)


def test_the_flips_that_make_another_whole_string_are_the_known_ones():
    for index, bit in COINCIDENCES.items():
        assert [wrong.startswith(f"a flip of bit {bit} ") for _, wrong in tcf_flips(TC_STRINGS[index])] == [True]


def test_a_flipped_bit_of_a_gpp_string_adds_at_most_what_it_says():
    assert sweep(gpp_flips, every=EVERY) == []


ALL_YES = tc_string(consent=range(1, 25), interest=range(1, 25), consented=vendors(*range(1, 60)))


@pytest.mark.parametrize("check", [tcf_cuts, tcf_flips], ids=lambda check: check.__name__)
def test_the_checks_find_a_decoder_that_takes_what_is_damaged_for_a_yes(check):
    def careless(text):
        tc = decode_tcf(text)
        return decode_tcf(ALL_YES) if isinstance(tc, Invalid) else tc

    assert list(check(core() + "." + disclosed(5), careless)) != []


@pytest.mark.parametrize("check", [gpp_cuts, gpp_flips], ids=lambda check: check.__name__)
def test_the_checks_find_a_decoder_that_takes_a_damaged_section_for_no_opt_out(check):
    opted_out, open_ = (f"{gpp_header(9)}~{payload}" for payload in ("BaVGVmY", "BqqqqqY"))
    assert US_LAYOUTS[9].name == "usva"

    def careless(text):
        gpp = decode_gpp(text)
        return decode_gpp(open_) if isinstance(gpp, Invalid) else gpp

    assert list(check(opted_out, careless)) != []
