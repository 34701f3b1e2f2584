"""JSON of strangers is read in one way, or not at all."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.text(st.characters(codec="utf-8", min_codepoint=32)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=10,
)


@given(plain)
def test_what_is_good_json_is_read_as_it_was_written(value):
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


def test_a_backslash_before_a_u_is_text():
    assert parse(json.dumps({"a": "\\u0000"}).encode()) == {"a": "\\u0000"}


@given(st.binary(max_size=60))
def test_whatever_arrives_is_read_or_refused(body):
    try:
        parse(body)
    except BadRequest as refusal:
        assert refusal.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"[1,]", b"{'a': 1}", b"\xff", b'"\xc3"', b'"\x00"', b'"\\u0000"', b'{"\\u0000": 1}', b'"\\ud800"',
        b"NaN", b"Infinity", b"[-Infinity]", b"1e400", b"1234567890123456", b'{"a": 1, "a": 2}', b'{"a": {"b": 1, "b": 1}}',
        b"0." + b"1" * 40, b"[1] 2", b'"a\nb"', b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_what_two_parsers_could_read_differently_is_refused(body):
    with pytest.raises(BadRequest):
        parse(body)


def test_a_refusal_repeats_nothing_of_the_body():
    with pytest.raises(BadRequest) as caught:
        parse(b'{"email": "ann@mail.example"')
    assert "ann" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("depth", "readable"), [(31, True), (32, True), (33, False), (100_000, False)])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_has_a_limit(depth, readable, opening, closing):
    body = opening * depth + b"1" + closing * depth
    if readable:
        parse(body)
    else:
        with pytest.raises(BadRequest):
            parse(body)


def test_brackets_in_text_are_no_nesting():
    assert parse(json.dumps("[{" * 100).encode()) == "[{" * 100


def test_money_keeps_its_digits():
    assert parse(b"[64.90, 0.1]") == [Decimal("64.90"), Decimal("0.1")]
    assert str(parse(b"64.90")) == "64.90"


def test_fifteen_digits_are_exact_and_sixteen_are_not():
    assert parse(b"-999999999999999") == -999_999_999_999_999
    with pytest.raises(BadRequest):
        parse(b"-9999999999999999")


def test_a_whole_pair_of_surrogates_is_one_character():
    assert parse(b'"\\ud83d\\ude00"') == "\U0001f600"
