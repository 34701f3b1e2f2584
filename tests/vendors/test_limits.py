"""An event is kept within its vendor's limits, and what the queue holds of it stays as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.vendors.limits import compile_limits, limited


@pytest.mark.parametrize(
    ("limits", "payload", "kept"),
    [
        ({"out.name": {"cut": 3}}, {"name": "abcdef", "b": 1}, {"name": "abc", "b": 1}),
        ({"out.id": {"omit_over": 3}}, {"id": "abcdef", "b": 1}, {"b": 1}),
        ({"out.id": {"omit_over": 6}}, {"id": "abcdef"}, {"id": "abcdef"}),
        ({"out.p": {"most": 2}}, {"p": {"a": 1, "b": 2, "c": 3}}, {"p": {"a": 1, "b": 2}}),
        ({"out.p.*": {"cut": 2}}, {"p": {"a": "abc", "b": 7}}, {"p": {"a": "ab", "b": 7}}),
        ({"out.p.*": {"omit_over": 2}}, {"p": {"a": "abc", "b": "b"}}, {"p": {"b": "b"}}),
        ({"out.items": {"most": 1}}, {"items": [{"a": 1}, {"a": 2}]}, {"items": [{"a": 1}]}),
        ({"out.items.*.n": {"cut": 1}}, {"items": [{"n": "ab"}, {"n": "cd"}]}, {"items": [{"n": "a"}, {"n": "c"}]}),
        ({"out.a.b": {"cut": 1}}, {"a": "text"}, {"a": "text"}),
        ({"out.nothing": {"cut": 1}}, {"a": "text"}, {"a": "text"}),
        ({}, {}, {}),
    ],
)
def test_what_is_too_much_is_cut_or_left_out(limits, payload, kept):
    assert limited(payload, compile_limits(limits)) == kept


def test_what_was_given_is_not_changed():
    items = [{"n": "abc"}]
    payload = {"items": items, "p": {"a": "abc"}}
    limited(payload, compile_limits({"out.items.*.n": {"cut": 1}, "out.p": {"most": 1}, "out.items": {"most": 1}}))
    assert (items, payload) == ([{"n": "abc"}], {"items": [{"n": "abc"}], "p": {"a": "abc"}})


@given(st.dictionaries(st.text(), st.text()), st.integers(1, 9))
def test_no_text_is_longer_than_its_limit(values, most):
    kept = limited({"p": values}, compile_limits({"out.p.*": {"cut": most}}))
    assert all(len(value) <= most for value in kept["p"].values())
