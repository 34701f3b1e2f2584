import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.consent.cmp.json_text import MAX_DEPTH, Json, parse, read_json
from gateway.consent.cmp.written import Twice

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.one_of(st.lists(VALUES, max_size=3), st.dictionaries(st.text(max_size=5), VALUES, max_size=3)))
def test_json_is_read_however_it_is_wrapped(value):
    raw = json.dumps(value)
    for text in (raw, quote(raw), quote(raw, safe="{}:$@!")):
        assert read_json(text) == Json(value, True)


def test_a_raw_value_keeps_its_percent_signs():
    assert read_json('{"a":"50%25 off"}') == Json({"a": "50%25 off"}, True)
    assert read_json("%7B%22a%22%3A%22%2525%22%7D") == Json({"a": "%25"}, True)


def test_a_field_that_is_given_twice_keeps_both_and_is_not_whole():
    found = parse('{"a":true,"b":{"c":1,"c":2},"a":false}')
    assert found == Json({"a": Twice((True, False)), "b": {"c": Twice((1, 2))}}, False)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "true", "1", "{", "{]", '{"a":NaN}', '{"a":Infinity}', "%7B%22a%22", "%7B%E0%A4%A%7D",
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), '{"a":' * 20 + "1" + "}" * 20, "[" * 8000, '{"a":' + "9" * 5000 + "}",
        "{" + " " * 9000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_json_is_nothing(text):
    assert read_json(text) is None


def test_what_follows_after_the_value_is_told():
    assert parse('{"a":1}x') == Json({"a": 1}, False)
    assert parse('{"a":1} ') == Json({"a": 1}, True)


def test_brackets_within_texts_are_no_depth():
    assert parse(json.dumps(["[" * 50])) == Json(["[" * 50], True)
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


@given(st.text(max_size=100))
def test_nothing_raises(text):
    read_json(text)
    parse("[" + text)
