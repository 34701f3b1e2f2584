import json

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise.scrub.json_leaves import leaves
from tests.measure import seconds


def read(text):
    return [(".".join(leaf.path), text[leaf.start : leaf.end]) for leaf in leaves(text)]


def test_every_value_stands_under_its_names():
    text = '{"a": {"b": "x", "c": [1, "y", {"d": 2.5}]}, "e": "z", "f": {}}'
    assert read(text) == [("a.b", "x"), ("a.c", "1"), ("a.c", "y"), ("a.c.d", "2.5"), ("e", "z")]


def test_a_text_that_is_cut_off_is_read_as_far_as_it_goes():
    assert read('{"user": {"email": "eva@mail.exam') == [("user.email", "eva@mail.exam")]


@given(
    st.recursive(
        st.text(max_size=8) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    )
)
@settings(max_examples=100, deadline=None)
def test_no_value_is_overlooked(value):
    def count(value):
        if isinstance(value, dict):
            return sum(map(count, value.values()))
        return sum(map(count, value)) if isinstance(value, list) else 1

    assert len(read(json.dumps(value))) == count(value)


def test_broken_quotes_cost_no_more_than_others():
    for text in ('"' + '\\"' * 20_000, "{" * 20_000):
        assert seconds(read, text, enough=0.25) <= 0.25
