"""The switches of the demo."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.situation import FROM_THE_EDGE, PLACES, Situation
from gateway.demo.upstream import passed, situation_in

DOCUMENTATION = [ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]

situations = st.builds(Situation, st.sampled_from(PLACES), st.booleans(), st.booleans())


@given(situations)
def test_a_situation_survives_its_cookie(situation):
    assert situation_in([("cookie", f"a=1; demo-situation={situation.to_cookie()}; b=2")]) == situation


@given(st.text())
def test_what_cannot_be_read_is_the_first_situation_or_a_good_one(text):
    assert Situation.from_text(text).place in PLACES


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_no_place_has_an_address_of_somebody(place):
    assert any(ip_address(place.address) in network for network in DOCUMENTATION)


@given(situations)
def test_only_the_edge_says_what_the_edge_says(situation):
    assert situation.headers().keys() <= FROM_THE_EDGE
    forged = [("X-Forwarded-For", "8.8.8.8"), ("X-Demo-Country", "XX"), ("Sec-GPC", "0"), ("Forwarded", "for=8.8.8.8")]
    assert passed(forged) == []


def test_the_demos_own_cookie_is_not_passed_on():
    assert passed([("Cookie", "a=1; demo-situation=place%3DFR; b=2")]) == [("cookie", "a=1; b=2")]
    assert passed([("Cookie", "demo-situation=place%3DFR")]) == []
