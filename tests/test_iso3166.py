from gateway.iso3166 import COUNTRIES


def test_every_code_is_two_capitals_and_those_that_place_nobody_are_missing():
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)
    assert not COUNTRIES & {"UK", "EU", "AP", "XX", "ZZ", "T1", "A1"}
    assert {"NO", "GB", "XK"} <= COUNTRIES
