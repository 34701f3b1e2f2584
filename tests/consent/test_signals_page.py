import re
from pathlib import Path

from gateway.consent.gpp_votes import GPP_COOKIES
from gateway.consent.meaning import CATEGORIES_OF, TCF_OF
from gateway.consent.tc_votes import TCF_COOKIES
from gateway.consent.tcf import decode_tcf
from tests.consent.test_cmps import CMPS

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


def test_the_page_names_every_platform_and_cookie():
    shown = {(vendor.strip("`"), cookie.strip("`")) for vendor, cookie, _ in table("vendor | cookie | explicit when")}
    assert shown == {(cmp.name, cmp.cookie) for cmp in CMPS.values()}
    assert set(re.findall(r"`([\w-]+)`", PAGE)) >= {*TCF_COOKIES, *GPP_COOKIES}


def test_the_string_on_the_page_is_one():
    tc = decode_tcf(re.search(r"gateway consent decode (\S+)", PAGE)[1])
    assert tc.purposes_consent == (1, 7)
