import re
from pathlib import Path

from gateway.consent.carriers import MAX_VALUE, MAX_VALUES, NAMES
from gateway.consent.gpp_votes import GPP_COOKIES
from gateway.consent.limited import LIMITED
from gateway.consent.meaning import CATEGORIES_OF, GOOGLE_OF, TCF_OF
from gateway.consent.tc_votes import TCF_COOKIES
from gateway.consent.tcf import decode_tcf
from gateway.policy.meanings import WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "signals.md").read_text("utf-8")


def table(heading):
    lines = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_shows_the_default_meaning_of_categories():
    shown = {
        family.strip("`"): (granted, denied)
        for family, granted, denied in table("family | granted by | denied by one of")
    }
    assert shown == {
        family: (" and ".join(meaning.needs) or "nothing", ", ".join((*meaning.needs, *meaning.vetoes)))
        for family, meaning in CATEGORIES_OF.items()
    }


def test_the_page_shows_the_default_meaning_of_tcf_purposes():
    shown = {family.strip("`"): purposes for family, purposes in table("family | TCF purposes")}
    assert shown == {family: ", ".join(meaning.needs) for family, meaning in TCF_OF.items()}


def test_the_page_names_every_cookie_with_a_string():
    assert set(re.findall(r"`([\w-]+)`", PAGE)) >= {*TCF_COOKIES, *GPP_COOKIES}


def test_the_string_on_the_page_is_one():
    tc = decode_tcf(re.search(r"gateway consent decode (\S+)", PAGE)[1])
    assert tc.purposes_consent == (1, 7)


def test_the_page_shows_the_google_types_of_each_family():
    shown = {family.strip("`"): types for family, types in table("family | Google types, each of which denies")}
    assert shown == {family: ", ".join(meaning.vetoes) for family, meaning in GOOGLE_OF.items()}


def test_the_page_shows_what_a_purpose_may_ask_for():
    rows = {key.strip("`"): may for key, _, may in table("key | instead of the family's | may be")}
    for family, words in WORDS.items():
        assert f"{family} {' '.join(map(str, words.tcf))}" in rows["tcf"]
        assert ", ".join(words.cmp) in rows["cmp"]


def test_the_page_names_every_carrier_and_every_flag():
    assert set(re.findall(r"`([\w-]+)`", PAGE)) >= {*NAMES}
    flags = {name.strip("` ") for row in table("flag | limits with | of") for name in row[0].split(",")}
    assert flags == set(LIMITED)


def test_the_page_names_the_limits():
    assert f"{MAX_VALUES} such values" in PAGE and f"{MAX_VALUE} characters" in PAGE
