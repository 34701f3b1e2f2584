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


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("US-PR", ("US-PR", "PR")),
        ("CN-HK", ("CN-HK", "HK")),
        ("FR-974", ("FR-974", "RE")),
        ("FI-01", ("FI-01", "AX")),
        ("US-CA", ("US-CA",)),
        ("CA-QC", ("CA-QC",)),
        ("PR", ("PR",)),
        ("FR", ("FR",)),
    ],
)
def test_a_subdivision_that_is_a_country_too_is_evidence_of_both(code, expected):
    assert iso.evidence(code) == expected


def test_every_such_subdivision_is_one_and_leads_to_a_country():
    for part, own in iso._COUNTRY_TOO.items():
        assert iso.place(part) == part
        assert own in iso.COUNTRIES
