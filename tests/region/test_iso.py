import pytest

from gateway.region import iso


def test_there_are_249_countries_and_kosovo():
    assert len(iso.COUNTRIES) == 250


@pytest.mark.parametrize("text", ["FR", "fr", " Fr "])
def test_a_country_is_written_in_capitals(text):
    assert iso.country(text) == "FR"


@pytest.mark.parametrize("text", ["", "UK", "EU", "AP", "XX", "ZZ", "T1", "A1", "FRA", "Unknown", "F", "ß", "FR,DE"])
def test_what_is_no_iso_country_places_nobody(text):
    assert iso.country(text) == ""


@pytest.mark.parametrize(
    ("country", "text", "expected"),
    [
        ("US", "CA", "US-CA"),
        ("US", "us-ca", "US-CA"),
        ("CA", "QC", "CA-QC"),
        ("FR", "IDF", "FR-IDF"),
        ("DE", "BY", "DE-BY"),
        ("US", "ZZ", ""),
        ("US", "FR-IDF", ""),
        ("CA", "PQ", ""),
        ("FR", "XX", ""),
        ("FR", "", ""),
        ("FR", "Île-de-France", ""),
        ("US", "California", ""),
    ],
)
def test_a_subdivision_belongs_to_its_country_and_is_a_code(country, text, expected):
    assert iso.subdivision(country, text) == expected
