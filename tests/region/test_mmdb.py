import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.region.mmdb import places


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}, {"iso_code": "X"}]}, ("US-CA",)),
        ({"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "PR"}]}, ("US-PR", "PR")),
        ({"country": {"iso_code": "DE"}, "registered_country": {"iso_code": "US"}}, ("DE",)),
        ({"country_code": "NO"}, ("NO",)),
        ({"country": {"iso_code": "US"}, "subdivisions": [{"names": {"en": "California"}}]}, ("US",)),
        ({"country": {"iso_code": "US"}, "subdivisions": []}, ("US",)),
        ({"registered_country": {"iso_code": "US"}}, ()),
        ({"country_code": "ZZ"}, ()),
        ({"country": "DE"}, ()),
        ({"country": {"iso_code": 7}}, ()),
        (None, ()),
        ({}, ()),
        ({"country": {"iso_code": "US"}, "traits": {"is_tor_exit_node": True}}, None),
        ({"country": {"iso_code": "US"}, "traits": {"is_anonymous": True}}, None),
        ({"country": {"iso_code": "US"}, "traits": {"is_anycast": True}}, ("US",)),
    ],
)
def test_a_record_names_a_place_or_hides_it(record, expected):
    assert places(record) == expected


JSON = st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["country", "iso_code", "country_code", "subdivisions", "traits"]), inner))  # fmt: skip


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_no_record_breaks_it(record):
    found = places(record)
    assert found is None or len(found) < 2
