"""The shipped pack says what the table of jurisdictions says, and nothing more lenient."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.facts import Facts, Signals, Vote
from gateway.policy.compile import read_pack_file
from gateway.policy.law import Lawbook
from gateway.policy.load import open_document
from gateway.policy.load_regions import read_rows
from gateway.policy.model import Purpose
from gateway.policy.places import GROUPS
from gateway.policy.regions import resolve
from gateway.taxonomy import BASES
from tests.policy.made import ROOT, shipped
from tools import packs

HEADING, TABLE = packs.read(packs.TABLE.read_text("utf-8"))
PACK = ROOT / "policies" / "packs" / "baseline-2026.11.yaml"
REVIEWED = 20_780  # 2026-11-23
PURPOSES = [Purpose(family, family, family) for family in packs.FAMILIES]
READING = read_pack_file(PACK.read_text("utf-8"), "pack.yaml")
REGIONS = resolve(READING.pack.rows, {}).regions
BOOK = Lawbook(REGIONS, PURPOSES, "strictest", True)
LISTED = [code for code in TABLE if code not in (packs.ELSEWHERE, *GROUPS)]


def law(code, day=REVIEWED):
    """The law of exactly this place: a country without its states."""
    country = Lawbook(REGIONS, PURPOSES, "strictest", False)
    return country.law((code,), day)


def table(text, **changes):
    """A table whose lines are France's, with other values."""
    head, lines = packs.read(packs.TABLE.read_text("utf-8"))
    columns = list(lines["FR"])
    rows = [",".join(columns)]
    for code, changed in {"*": {}, **changes}.items():
        line = lines["FR"] | {"code": code, "within": "", "note": "n", "law": "l", "child_rule": "", "transfers": ""}
        line |= {"sources": "", "name": code, **changed}
        rows.append(",".join(line[column] for column in columns))
    return "".join(f"# {key}: {value}\n" for key, value in head.items()) + "\n".join(rows) + text


def test_the_pack_is_what_the_table_says():
    assert PACK.read_text("utf-8") == packs.write(packs.TABLE.read_text("utf-8"))


def test_the_pack_is_fine():
    assert READING.findings == []
    assert (READING.pack.name, READING.pack.version, READING.pack.reviewed) == tuple(HEADING.values())


def test_every_place_has_its_line_once_and_names_how_sure_it_is():
    text = packs.TABLE.read_text("utf-8")
    codes = [line.partition(",")[0] for line in text.splitlines() if not line.startswith("#")][1:]
    assert codes == list(TABLE)
    assert len(TABLE) == 176
    assert {line["certainty"] for line in TABLE.values()} == {"low", "medium", "high"}
    assert {line["seen"] for line in TABLE.values()} == {"yes", "no"}
    assert [code for code, line in TABLE.items() if line["seen"] == "yes" and not line["sources"]] == []


@pytest.mark.parametrize("code", LISTED)
def test_a_place_gets_what_the_table_says_or_something_stricter(code):
    line, found = TABLE[code], law(code, 30_000)
    assert int(line["child_under"]) <= found.under
    if line["yes_lasts"]:
        assert found.valid_for <= packs.days(line["yes_lasts"])[0]
    assert found.shortest("dsr", "respond_within").days <= packs.days(line["answer_within"])[0]
    assert (found.signals["gpc"] == "binding") == (line["gpc_duty"] == "binding")
    assert found.signals["dnt"] == "honour"
    for family in packs.FAMILIES:
        asked, given = BASES.index(line[family]), BASES.index(found.rulings[family].basis)
        assert given == asked if line["certainty"] != "low" else given >= asked


@pytest.mark.parametrize("code", [code for code in LISTED if TABLE[code]["certainty"] == "low"])
def test_where_the_table_is_unsure_a_country_nobody_listed_is_not_stricter(code):
    found, elsewhere = law(code), law("KP")
    assert found.under >= elsewhere.under
    assert found.valid_for <= elsewhere.valid_for
    for key in ("respond_within", "extend_by"):
        assert found.shortest("dsr", key).days <= elsewhere.shortest("dsr", key).days
    for family in packs.FAMILIES:
        assert BASES.index(found.rulings[family].basis) >= BASES.index(elsewhere.rulings[family].basis)
    row = REGIONS[code.lower()].own[0]
    assert row.certainty == "low"
    assert row.because.startswith("unsure")


def test_to_loosen_a_country_does_not_loosen_what_is_unsure_beside_it():
    text = "regions: {gb: {because: x, basis: {ads: notice, audience_measurement: exempt}}}"
    own = read_rows(open_document(text, "policy.yaml").get("regions"))
    regions = resolve(READING.pack.rows, own).regions
    ads = Purpose("ads", "Ads", "advertising")
    assert regions["gb"].ruling(ads).basis == "notice"
    assert {regions[name].ruling(ads).basis for name in ("gg", "je", "im", "gi")} == {"opt_in"}


def test_each_member_of_the_eea_and_each_state_with_a_law_has_a_region_of_its_own():
    assert {code.lower() for code in GROUPS["@EEA"]} <= REGIONS.keys()
    states = {code.lower() for code, line in TABLE.items() if line["within"] == "US" and line["state"] != "no law"}
    assert len(states) == 25
    assert states <= REGIONS.keys()


def test_what_is_not_yet_law_waits_for_its_day():
    coming = {code: line["since"] for code, line in TABLE.items() if line["state"] == "coming"}
    assert coming.keys() == {"US-OK", "US-LA", "US-AL", "IN", "CL"}
    assert {name.upper() for name, row in READING.pack.rows.items() if row.applies_from is not None} == coming.keys()
    assert law("CL").regions[0].name == "world"
    assert law("CL", REVIEWED + 8).regions[0].name == "cl"


def test_states_where_the_signal_binds_make_it_bind_where_only_the_country_is_known():
    assert BOOK.law(("US",), REVIEWED).signals["gpc"] == "binding"
    assert BOOK.law(("US-WY",), REVIEWED).signals["gpc"] == "honour"


def test_a_part_of_a_country_without_rules_of_its_own_joins_it():
    assert set(REGIONS["fr"].match) == {"FR", "GP", "GF", "MQ", "RE", "YT", "MF"}
    assert set(REGIONS["fi"].match) == {"FI", "AX"}


def test_a_place_that_asks_for_more_than_its_country_keeps_a_row_and_what_it_does_not_say_is_inherited():
    written = packs.write(table("\n", AA={}, AB={"within": "AA", "email_open": "prohibited"}, AC={"within": "AA"}))
    rows = read_pack_file(written, "pack.yaml").pack.rows
    assert rows.keys() == {"world", "aa", "ab"}
    assert rows["ab"].basis == {"email_open": "prohibited"}
    assert rows["aa"].match == ("AC",) or "AC" in written
    assert rows["ab"].inherits == "aa"


def test_an_unsure_line_is_made_as_strict_as_elsewhere_and_a_sure_one_is_left():
    lax = {
        "advertising": "notice",
        "yes_lasts": "730d",
        "child_under": "13",
        "extend_by": "90d",
        "answer_within": "30bd",
    }
    written = packs.write(table("\n", SE={**lax, "certainty": "low"}, DE={**lax, "certainty": "medium"}))
    rows = read_pack_file(written, "pack.yaml").pack.rows
    assert (rows["se"].basis["advertising"], rows["de"].basis["advertising"]) == ("opt_in", "notice")
    assert (rows["se"].consent["valid_for"].days, rows["de"].consent["valid_for"].days) == (180, 730)
    assert (rows["se"].under, rows["de"].under) == (15, 13)
    assert str(rows["se"].dsr["respond_within"]) == "30d"


def test_the_page_tells_every_column_and_no_other():
    page = (ROOT / "docs" / "reference" / "jurisdictions.md").read_text("utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    told = {word for cell in cells for word in re.findall(r"`([a-z_]+)`", cell)}
    assert told == set(TABLE["FR"])


def test_the_tool_says_whether_the_pack_is_written(capsys):
    assert packs.main(["--check"]) == 0
    assert "as the table says" in capsys.readouterr().out


EVIDENCE = st.lists(
    st.sampled_from(["FR", "DE", "GB", "US", "US-CA", "US-WY", "CA-QC", "JP", "BR", "KP", "CN", "IN", "unknown"]),
    max_size=3,
    unique=True,
).map(tuple)
SITUATIONS = st.builds(
    Facts,
    signals=st.builds(
        Signals,
        votes=st.sets(st.sampled_from(["measure", "visits", "insight"])).map(
            lambda chosen: tuple(Vote(each, "gateway_receipt", True, day=REVIEWED - 1) for each in sorted(chosen))
        ),
        gpc=st.booleans(),
        dnt=st.booleans(),
    ),
    age=st.sampled_from([None, 12, 17, 30]),
)


@given(SITUATIONS, EVIDENCE, EVIDENCE, st.sampled_from(["page_view", "purchase"]))
@settings(max_examples=150, deadline=None)
def test_more_evidence_and_less_knowledge_never_send_more(facts, some, more, event):
    shop = shipped("shop")
    union = tuple(dict.fromkeys((*some, *more))) if some and more else ()
    wide, narrow = facts._replace(regions=union), facts._replace(regions=some)
    for destination in shop.destinations:
        if shop.judge(wide, event, destination, REVIEWED).allow:
            assert shop.judge(narrow, event, destination, REVIEWED).allow
