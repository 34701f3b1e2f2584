"""Queries are read strictly: one decoding, or a refusal that repeats nothing."""

from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.vendors.query import MAX_PARAMETERS, MAX_VALUES, checked, decode, json_pairs, pairs, split

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=200)
@given(TEXT)
def test_it_undoes_percent_encoding_once(text):
    assert decode(checked(quote(text, safe=""))) == text
    assert decode(checked(quote_plus(text))) == text
    assert decode(checked(quote(quote(text, safe=""), safe=""))) == quote(text, safe="")


@settings(max_examples=200)
@given(TEXT.filter(lambda text: not set(text) & set("%+&=")))
def test_it_reads_raw_utf8_as_what_it_is(text):
    assert decode(checked(text.encode().decode("latin-1"))) == text


@given(
    st.lists(st.sampled_from(["%2F", "%3A", "%3F", "%3D", "%26", "%25", "2F", "%2f", "%C3%A4", "+", "a"])).map("".join)
)
def test_it_decodes_each_part_of_a_value_once_wherever_it_stands(value):
    assert decode(checked(value)) == unquote_plus(value)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    try:
        found = list(pairs(data.decode("latin-1")))
    except BadRequest as error:
        assert error.status == 400
    else:
        assert all("\0" not in name + value for name, value in found)


@pytest.mark.parametrize(
    "query",
    ["a=%", "a=%4", "a=%4g", "a=%zz", "%=1", "a=%00", "a=\0", "a=%ff", "a=%C3", "a=%C3%28", "a=%ED%A0%80", "a=\xff",
     "a=%20%00", "a=%C3%A4%0", "a=%0A%ff", "a=%0A%zz"],
)  # fmt: skip
def test_it_refuses_what_can_be_read_in_two_ways(query):
    with pytest.raises(BadRequest) as refusal:
        list(pairs(query))
    assert refusal.value.status == 400
    assert query not in str(refusal.value)


def test_it_takes_two_hundred_parameters_and_no_more():
    assert len(split("&".join(["a=1"] * MAX_PARAMETERS))) == MAX_PARAMETERS
    with pytest.raises(BadRequest):
        split("&".join(["a=1"] * (MAX_PARAMETERS + 1)))


def test_an_ampersand_escaped_once_too_often_is_one():
    assert list(pairs("a=1&amp;b=2&amp;copy=3")) == [("a", "1"), ("b", "2"), ("copy", "3")]


def test_what_only_looks_like_an_entity_stays():
    assert list(pairs("a=1&currency=EUR&gtm=x&lt=y")) == [("a", "1"), ("currency", "EUR"), ("gtm", "x"), ("lt", "y")]


def test_json_is_read_by_path():
    body = b'{"context": {"pixel": {"code": "C1"}}, "events": [{"type": "x", "ok": true, "n": 1.50, "no": null}]}'
    assert dict(json_pairs(body)) == {
        "context.pixel.code": "C1",
        "events.0.type": "x",
        "events.0.ok": "true",
        "events.0.n": "1.50",
    }


@pytest.mark.parametrize("body", [b"{", b'{"a": 1, "a": 2}', b'{"a": "\xff"}', b"[" * 40 + b"]" * 40, b'{"a": NaN}'])
def test_json_that_can_be_read_in_two_ways_is_refused(body):
    with pytest.raises(BadRequest):
        json_pairs(body)


def test_json_with_too_many_values_is_refused():
    with pytest.raises(BadRequest):
        json_pairs(b"[" + b",".join([b"1"] * (MAX_VALUES + 1)) + b"]")
