import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.gpp import GppString, decode_gpp
from gateway.consent.invalid import Invalid
from gateway.consent.tcf import MAX_LENGTH
from tests.consent.strings import strings
from tests.consent.tcf_packer import gpp_header, tc_string

USVA = "BaVGVmY"


def test_it_tells_the_sections_and_gives_each():
    tc = tc_string(consent=(1, 7))
    read = decode_gpp("~".join([gpp_header(2, 6, 9, 99), tc, "1YYN", USVA, "anything"]))
    assert (read.section_ids, list(read.sections)) == ((2, 6, 9, 99), ["tcfeuv2", "uspv1", "usva"])
    assert (read.tcf.purposes_consent, read.usp, read.canada) == ((1, 7), ("Y", "Y", "N"), None)
    assert [section.sale for section in read.us] == [True]


def test_a_string_of_no_sections_is_one():
    assert decode_gpp("DBAA") == GppString((), {})


@pytest.mark.parametrize(
    ("text", "refused"), [("1YYN", True), ("1YNN", False), ("1Y-N", True), ("1---", False), ("1N--", True)]
)
def test_a_us_privacy_section_without_an_answer_is_an_opt_out_where_the_law_applies(text, refused):
    assert decode_gpp(f"{gpp_header(6)}~{text}").usp.opted_out is refused


def test_a_us_privacy_section_is_never_wrapped():
    assert isinstance(decode_gpp(f'{gpp_header(6)}~{{"uspString":"1YNN"}}'), Invalid)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "D",
        "DBABRg",
        "DBABRg~",
        f"DBABRg~{USVA}~",
        f"DBABRg~{USVA}~{USVA}",
        f"DBABRg={USVA}",
        f"DBABRgAAAA~{USVA}",
        f"DBABRv~{USVA}",
        f"CBABRg~{USVA}",
        f"DCABRg~{USVA}",
        f"{gpp_header(99)}~",
        f"{gpp_header(99)}~a$",
        f"{gpp_header(6)}~2YNN",
        f"{gpp_header(2)}~{tc_string(cmp_id=0)}",
        f"{gpp_header(2, 9)}~{tc_string()}~B",
        f"DBABRg~{USVA}" + "A" * MAX_LENGTH,
        "~" * MAX_LENGTH,
        "DBAB4QBEEL~x",
        "DBAB9JJSKJVBg~x",
    ],
)
def test_it_refuses_what_is_no_gpp_string(text):
    assert isinstance(decode_gpp(text), Invalid)


def test_the_reason_names_the_section():
    assert decode_gpp("DBABRg~BaV") == Invalid("usva shorter than its fields")


def test_the_reason_repeats_nothing_of_the_string():
    assert decode_gpp("DBABRg~secret~") == Invalid("more sections than the header lists")


@given(st.one_of(st.text(max_size=60), st.text("ABCDEFGQYZabgkz019_-~.", max_size=80).map("DBA".__add__)))
def test_it_never_raises(text):
    assert isinstance(decode_gpp(text), GppString | Invalid)


@pytest.mark.parametrize("row", strings("gpp")[::40], ids=lambda row: row["about"])
def test_reading_twice_is_reading_the_same(row):
    assert decode_gpp(row["text"]).section_ids == tuple(row["says"]["sectionIds"])
