import pytest

from gateway.anonymise import geo


def test_one_code_of_evidence_is_told():
    assert geo.country(("US-CA",), "region") == geo.country(("US-CA",), "country") == "US"
    assert geo.region(("US-CA",), "region") == "US-CA"


def test_a_country_has_no_region():
    assert geo.country(("FR",), "country") == "FR"
    assert geo.region(("FR",), "region") is None
    assert geo.region(("US-CA",), "country") is None


@pytest.mark.parametrize("regions", [(), ("FR", "DE")])
def test_no_code_and_two_are_no_answer(regions):
    assert geo.country(regions, "country") is None
    assert geo.region(regions, "region") is None


@pytest.mark.parametrize("level", ["drop", "", "full"])
def test_other_levels_tell_nothing(level):
    assert geo.country(("FR",), level) is None
    assert geo.region(("US-CA",), level) is None
