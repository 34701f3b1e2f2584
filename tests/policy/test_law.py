from gateway.policy.law import DEFAULT_UNDER, DEFAULT_VALID_FOR, MAX_LAWS
from tests.policy.made import POLICIES, TODAY, loaded, shipped, small

LAWS = shipped("shop").lawbook


def test_the_strictest_of_the_candidates_holds():
    law = LAWS.law(("US",), TODAY)
    assert law.rulings["measure"][:2] == ("opt_in", "us-ca")
    assert law.signals == {"gpc": "binding", "dnt": "honour"}
    assert (law.under, law.valid_for) == (18, 365)


def test_evidence_of_two_places_is_under_both_laws():
    law = LAWS.law(("DE", "GB"), TODAY)
    assert (law.rulings["visits"].basis, law.valid_for, law.under) == ("opt_in", 180, 16)
    assert dict(law.ceiling) == {"url": "path"}


def test_the_unknown_is_under_all_laws():
    law = LAWS.law((), TODAY)
    assert {ruling.basis for name, ruling in law.rulings.items() if name != "operate"} == {"opt_in"}
    assert (law.under, law.valid_for, law.signals["gpc"]) == (20, 180, "binding")


def test_a_purpose_without_a_basis_is_prohibited():
    law = small("advertising: opt_in", "functional: opt_in").lawbook.law(("FR",), TODAY)
    assert law.rulings["ads"][:2] == ("prohibited", "world")


def test_what_no_region_says_is_strict():
    silent = small("    consent: {valid_for: 100d}\n    minors: {under: 16}\n", "")
    law = silent.lawbook.law(("FR",), TODAY)
    assert (law.valid_for, law.under) == (DEFAULT_VALID_FOR, DEFAULT_UNDER)


def test_the_law_changes_on_its_day():
    chile = [LAWS.law(("CL",), day).regions[0].name for day in (TODAY, TODAY + 5, TODAY + 6)]
    assert chile == ["world", "world", "cl"]
    assert TODAY + 6 in LAWS.changes


def test_deadlines_are_the_shortest_of_all_candidates():
    assert str(LAWS.law(("FR", "BR"), TODAY).shortest("dsr", "respond_within")) == "10d"
    assert str(LAWS.law(("FR",), TODAY).shortest("retention", "events")) == "30d"
    assert LAWS.law(("JP",), TODAY).shortest("retention", "events") is None


def test_events_are_kept_for_the_shortest_time_that_a_candidate_says():
    assert (LAWS.law(("FR",), TODAY).keeps, LAWS.law(("FR", "JP"), TODAY).keeps) == (30, 30)
    assert small().lawbook.law(("FR",), TODAY).keeps is None


def test_the_same_evidence_gets_the_same_law_object_and_the_memory_is_bounded():
    book = small().lawbook
    assert book.law(("FR",), TODAY) is book.law(("FR",), TODAY)
    for number in range(MAX_LAWS + 5):
        book.law((f"code {number}",), TODAY)
    assert len(book._laws) == MAX_LAWS


def test_a_later_word_of_the_policy_leaves_the_packs_law_as_it_is_until_its_day():
    text = (
        (POLICIES / "shop.yaml").read_text("utf-8").replace("  us-ca:\n", "  us-ca:\n    applies_from: '2027-01-01'\n")
    )
    law = loaded(text, "shop.yaml").lawbook.law(("US-CA",), TODAY)
    assert law.regions[0].name == "us-ca"
    assert law.signals["gpc"] == "binding"
    assert law.rulings["measure"].basis == "opt_out"
