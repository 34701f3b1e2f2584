from importlib.resources import files

import pytest

from gateway.consent.cmp_decoders import DECODERS
from gateway.consent.cmps import parse_cmps
from gateway.errors import ConfigurationError

CMPS = parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8"))
ROW = "some: {title: Some, cookie: some, decoder: optanon"


def test_every_platform_has_a_decoder_and_every_decoder_a_platform():
    assert {cmp.decoder for cmp in CMPS.values()} == set(DECODERS)


def test_no_two_platforms_read_one_cookie():
    assert len({cmp.cookie for cmp in CMPS.values()}) == len(CMPS)


def test_it_translates_categories():
    onetrust = CMPS["onetrust"]
    assert onetrust.meaning("C0004") == ("advertising",)
    assert onetrust.meaning("SSPD_BG") == ("sale_share",)
    assert onetrust.meaning("V2STACK42") == onetrust.meaning("STACK1") == ()
    assert onetrust.meaning("7") == ("unknown",)


def test_a_common_category_needs_all_that_stand_for_it():
    cmp = CMPS["onetrust"].with_categories({"2": ("analytics", "functional"), "3": ("functional",)})
    assert cmp.common({"2": True, "3": True}) == {"analytics": True, "functional": True}
    assert cmp.common({"2": True, "3": False}) == {"analytics": True, "functional": False}
    assert cmp.common({"C0002": False, "2": True}) == {"analytics": False, "functional": True}


def test_a_site_cannot_make_up_common_categories():
    with pytest.raises(ValueError, match="fun"):
        CMPS["onetrust"].with_categories({"2": ("fun",)})


def test_a_whole_row_is_read():
    row = parse_cmps(
        ROW
        + ", companions: [x], categories: {a: [functional, social]}, endings: {_e: unknown}, ignored: [i], shown: [social]}"
    )["some"]
    assert (row.companions, row.ignored, row.shown) == (("x",), ("i",), ("social",))
    assert (row.meaning("a"), row.meaning("b_e"), row.meaning("i1")) == (("functional", "social"), ("unknown",), ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "some: 1",
        "some: {title: Some, cookie: some}",
        "some: {title: Some, cookie: 1, decoder: optanon}",
        "some: {title: Some, cookie: some, decoder: eval}",
        ROW + ", colour: red}",
        ROW + ", shown: social}",
        ROW + ", companions: ['']}",
        ROW + ", categories: [a]}",
        ROW + ", categories: {a: fun}}",
        ROW + ", endings: {a: []}}",
        ROW + "}\n" + ROW + "}",
    ],
)
def test_a_wrong_table_is_refused(text):
    with pytest.raises(ConfigurationError) as caught:
        parse_cmps(text)
    assert all(finding.file == "cmps.yaml" for finding in caught.value.findings)
