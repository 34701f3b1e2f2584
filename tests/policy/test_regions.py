from gateway.policy.model import Purpose, Row
from gateway.policy.regions import NOWHERE, Atlas, Region, resolve
from tests.policy.made import shipped

ADS = Purpose("ads", "Ads", "advertising")
PLACES = {("basis", "ads"): None, ("basis", "advertising"): None}


def row(name, **values):
    return Row(name, places=PLACES, **values)


def rows(*given):
    return {one.name: one for one in given}


def names(*codes, atlas=None):
    return (atlas or Atlas(shipped("shop").lawbook.regions.values(), "strictest", True)).candidates(codes)


def test_evidence_means_the_regions_that_the_manual_says():
    assert names("US-CA") == ("us-ca",)
    assert names("US-WY") == ("us",)
    assert names("US")[:2] == ("us", "us-ca")
    assert len(names("US")) == 27
    assert names("CA") == ("ca", "ca-qc", "ca-bc", "ca-ab")
    assert (names("DE"), names("HR"), names("US-AL"), names("PR")) == (("de",), ("hr",), ("us-al",), ("pr",))
    assert names("FR") == names("MQ") == ("fr",)
    assert names("KP") == ("world",)
    assert names("DE", "GB", "DE") == ("de", "gb")


def test_no_evidence_and_evidence_of_nowhere_mean_every_region():
    everything = names()
    assert len(everything) == len(shipped("shop").lawbook.regions)
    assert names("XX") == names("T1") == names("fr") == everything
    assert set(names("FR", "ZZ")) == set(everything)


def test_what_no_region_claims_has_no_law():
    atlas = Atlas([Region("fr", ((row("fr", match=("FR",)),),))], "strictest", True)
    assert atlas.candidates(("DE",)) == (NOWHERE.name,)
    assert atlas.candidates(("DE", "FR")) == (NOWHERE.name, "fr")
    assert NOWHERE.ruling(ADS) is None


def test_unknown_may_stand_for_one_region_and_a_country_for_itself():
    regions = [Region(name, ((row(name, match=match),),)) for name, match in (("us", ("US", "*")), ("ca", ("US-CA",)))]
    lax = Atlas(regions, "us", False)
    assert lax.candidates(()) == ("us",)
    assert lax.candidates(("US",)) == ("us",)
    assert Atlas(regions, "us", True).candidates(("US",)) == ("us", "ca")


def test_a_country_that_two_groups_claim_may_be_in_both():
    regions = [Region(name, ((row(name, match=(name,)),),)) for name in ("@EU", "@EEA")]
    atlas = Atlas(regions, "strictest", True)
    assert atlas.candidates(("DE",)) == ("@EU", "@EEA")
    assert atlas.candidates(("NO",)) == ("@EEA",)


def test_the_nearest_generation_holds_and_in_it_the_purpose_before_the_family():
    pack = rows(row("gb", basis={"advertising": "opt_out"}), row("gg", inherits="gb", basis={"advertising": "opt_in"}))
    regions = resolve(pack, rows(row("gb", basis={"ads": "notice"}))).regions
    assert regions["gb"].ruling(ADS).basis == "notice"
    assert regions["gg"].ruling(ADS).basis == "opt_in"


def test_guernsey_does_not_share_the_exception_that_the_shop_makes_for_the_united_kingdom():
    visits = shipped("shop").purposes["visits"]
    regions = shipped("shop").lawbook.regions
    assert [regions[name].ruling(visits).basis for name in ("gb", "gg", "je", "im", "gi")] == ["opt_out"] + [
        "opt_in"
    ] * 4


def test_what_is_necessary_needs_no_line():
    assert Region("a", ((row("a"),),)).ruling(Purpose("run", "Run", "necessary")).basis == "exempt"


def test_a_ceiling_only_tightens():
    regions = resolve(
        rows(row("a", ceiling={"url": "path"}), row("b", inherits="a", ceiling={"url": "full", "ip": "drop"})), {}
    ).regions
    assert regions["b"].ceiling() == {"url": "path", "ip": "drop"}


def test_a_policy_adds_codes_and_takes_none_away():
    region = resolve(
        rows(row("a", match=("FR",), applies_from=5)), rows(row("a", match=("DE",), applies_from=9))
    ).regions["a"]
    assert region.match == ("FR", "DE")
    assert region.starts == {5, 9}


def test_what_a_policy_adds_begins_on_its_own_day_and_not_before_the_packs_row():
    region = resolve(
        rows(row("a", match=("FR",), applies_from=5)), rows(row("a", match=("DE",), applies_from=9))
    ).regions["a"]
    assert region.as_of(4) is None
    assert region.as_of(5).match == ("FR",)
    assert region.as_of(9).match == ("FR", "DE")
    early = resolve(rows(row("a", match=("FR",), applies_from=5)), rows(row("a", match=("DE",)))).regions["a"]
    assert early.as_of(4) is None


def test_a_parent_hands_down_what_is_added_to_it_on_the_day_of_the_addition():
    regions = resolve(
        rows(row("a", ceiling={"url": "path"}, applies_from=7), row("b", inherits="a")),
        rows(row("a", ceiling={"ip": "drop"}, applies_from=9)),
    ).regions
    assert [regions["b"].as_of(day).ceiling() for day in (1, 8, 9)] == [
        {"url": "path"},
        {"url": "path"},
        {"url": "path", "ip": "drop"},
    ]


def test_evidence_that_names_no_place_is_added_to_the_rest():
    regions = resolve(rows(row("w", match=("*",)), row("fr", match=("FR",)), row("us", match=("US",))), {}).regions
    atlas = Atlas(regions.values(), "us", strict_subdivisions=True)
    assert atlas.candidates(("FR", "XX")) == ("fr", "us")
    assert atlas.describe(("FR", "XX")) == "FR -> fr; XX -> unknown -> us"
    assert atlas.candidates(()) == ("us",)


def test_parents_come_first_and_circles_are_cut_and_reported():
    found = resolve(rows(row("a", inherits="b"), row("b", inherits="a"), row("c", inherits="nobody")), {})
    assert list(found.regions) == ["b", "a", "c"]
    assert found.circles == [("a", "b", "a")]


def test_a_silent_region_honours_signals():
    assert Region("a", ((row("a"),),)).signal("gpc") == ("honour", None)
    assert Region("a", ((row("a"),),)).under() == (None, None)
    assert Region("a", ((row("a"),),)).duration("consent", "valid_for") == (None, None)
