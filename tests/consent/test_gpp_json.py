import json

import pytest

from gateway.consent.gpp_json import show_gpp
from gateway.consent.invalid import Invalid
from tests.consent.strings import strings
from tests.consent.tcf_packer import base64url, core, entries, gpp_header, number, tc_string, vendors


def test_it_shows_what_the_official_library_reads():
    for row in strings("gpp"):
        assert json.loads(json.dumps(show_gpp(row["text"]))) == row["says"], row["about"]


def test_every_segment_of_a_european_section_is_shown():
    text = core() + "." + base64url("010" + vendors(1, 2))
    shown = show_gpp(f"{gpp_header(2)}~{text}")["sections"]["tcfeuv2"]
    assert (shown["VendorsAllowedSegmentType"], shown["VendorsAllowed"]) == (2, [1, 2])


def test_a_section_of_a_far_future_is_none():
    now = 20_700 * 86400
    assert isinstance(show_gpp(f"{gpp_header(2)}~{tc_string(day=20_700 + 366)}", now), dict)
    assert show_gpp(f"{gpp_header(2)}~{tc_string(day=20_700 + 367)}", now) == Invalid("dated in the future")


def test_more_vendor_ids_than_are_shown_are_refused_before_they_are_spelled_out():
    each = [number(purpose, 6) + "00" + entries((1, 10_000)) for purpose in range(1, 8)]
    restrictions = number(len(each), 12) + "".join(each)
    assert show_gpp(f"{gpp_header(2)}~{core(restrictions=restrictions)}") == Invalid("more than 65536 vendor ids")


def test_it_says_why_a_string_is_none():
    assert isinstance(show_gpp("undefined"), Invalid)


@pytest.mark.parametrize(
    ("section", "lengths"),
    [("BVQqAAAACgA", (12, 2)), ("BVQVAAAAAAGA", (12, 2)), ("FVQqAAAACgA", (16, 3)), ("CVQVAAAAAAGA", (16, 3))],
)
def test_the_lists_of_the_national_section_are_as_long_as_its_version_has_them(section, lengths):
    shown = show_gpp(f"DBABLA~{section}")["sections"]["usnat"]
    assert (len(shown["SensitiveDataProcessing"]), len(shown["KnownChildSensitiveDataConsents"])) == lengths
