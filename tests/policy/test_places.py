import pytest

from gateway.iso3166 import COUNTRIES
from gateway.policy.places import GROUPS, country_of, expand, is_match, meant, meant_place


def test_there_are_249_countries_and_kosovo():
    assert len(COUNTRIES) == 250
    assert "XK" in COUNTRIES


def test_the_eea_is_the_union_and_three_more():
    assert len(GROUPS["@EU"]) == 27
    assert set(GROUPS["@EEA"]) - set(GROUPS["@EU"]) == {"IS", "LI", "NO"}
    assert set(GROUPS["@EEA"]) <= COUNTRIES


def test_a_code_that_names_no_place_has_no_country():
    assert [country_of(code) for code in ("DE", "US-CA", "GB-ENG")] == ["DE", "US", "GB"]
    assert [
        country_of(code) for code in ("", "de", "XX", "T1", "EU", "US-", "US-ABCD", "XX-CA", "USCA", "US-CA\n")
    ] == [None] * 10


def test_a_region_may_claim_countries_subdivisions_groups_and_the_rest():
    assert all(is_match(code) for code in ("DE", "US-CA", "@EEA", "*"))
    assert not any(is_match(code) for code in ("LUX", "@NATO", "unknown", "**"))


def test_a_group_expands_to_its_countries():
    assert len(expand("@EU")) == 27
    assert expand("US-CA") == ("US-CA",)


@pytest.mark.parametrize(
    ("written", "guess"),
    [("fr", "FR"), ("us-ca", "US-CA"), ("US_CA", "US-CA"), (" de ", "DE"), ("UK", "GB"), ("EL", "GR"), ("eea", "@EEA")],
)
def test_a_code_that_is_none_is_taken_for_the_one_that_people_mean(written, guess):
    assert meant(written) == f'did you mean "{guess}"?'
    assert meant_place(written) == ("" if guess == "@EEA" else meant(written))


@pytest.mark.parametrize("written", ["LUX", "Germany", "", "XQ", "US-California"])
def test_what_is_no_code_in_any_writing_is_not_guessed(written):
    assert meant(written) == ""
