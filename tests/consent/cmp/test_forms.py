from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.cmp.forms import FORMS, Separators, read_form, read_several, split_pairs
from gateway.consent.cmp.text import MAX_TEXT
from gateway.consent.cmp.written import Twice

COMMAS = Separators(",", ":", frozenset({"a"}))


@pytest.mark.parametrize(
    ("form", "text", "tree", "whole"),
    [
        ("query", "a=x%2Cy+z&b=%41", {"a": "x,y z", "b": "%41"}, True),
        ("query", "a=1&a=%32", {"a": Twice(("1", "2"))}, False),
        ("pairs", "a:1,b:x%3Ay,", {"a": "1", "b": "x:y"}, True),
        ("pairs", '"a:1,b:2"', {"a": "1", "b": "2"}, True),
        ("pairs", '"a:1,b:2', {'"a': "1", "b": "2"}, False),
        ("pairs", "a:1,b", {"a": "1"}, False),
        ("pairs", "a:1,a:2", {"a": Twice(("1", "2"))}, False),
        ("pairs", "", {}, False),
        ("literal", "{a:true,b:'x',c:-1}", {"a": True, "b": "x", "c": -1}, True),
        ("literal", "{a:%27x%27%2Cb:false}", {"a": "x", "b": False}, True),
        ("literal", "0", {}, True),
        ("literal", "{a:false,x:?}", {"a": False}, False),
        ("literal", "{a:true", {"a": True}, False),
        ("literal", "{a:true,a:true}", {"a": Twice((True, True))}, False),
        ("literal", "{}", {}, False),
        ("json", "{%22a%22:1}", {"a": 1}, True),
        ("json", "x", None, False),
        ("word", "allow", "allow", True),
        ("word", "all%6Fw", "allow", True),
        ("list", ",a,b,", ["a", "b"], True),
        ("list", "%2Ca%2C", ["a"], True),
        ("list", ",a,b", ["a", "b"], False),
        ("list", ",", [], True),
        ("columns", "0,,x", {"0": "0", "1": "", "2": "x"}, True),
        ("columns", "0", {"0": "0"}, False),
        ("headed", "17:u,v:0af:{\"1\":[2]}", {"time": "17", "hash": "0af", "body": {"1": [2]}}, True),
        ("headed", "17:u:0af", None, False),
        ("headed", "17:u:0af:{", None, False),
    ],
)  # fmt: skip
def test_a_cookie_is_taken_apart_by_its_form(form, text, tree, whole):
    written = read_form(form, text, COMMAS)
    assert (written.tree, written.whole) == (tree, whole)


@given(
    st.lists(st.sampled_from(["%", "2", "3", "5", "A", "C", "+", "%3A", "%2C", "%25", "x"]), max_size=12).map("".join)
)
def test_a_query_is_unquoted_once_like_any(text):
    assert read_form("query", f"a={text}", COMMAS).tree == {"a": unquote_plus(text)}


def test_any_of_several_signs_separates():
    assert split_pairs("1:t_2:f,3:t", Separators(",_", ":")) == ([("1", "t"), ("2", "f"), ("3", "t")], True)


def test_several_cookies_are_one_object():
    assert read_several({"a": ["x"], "b": ["%41"]}).tree == {"a": "x", "b": "A"}
    twice = read_several({"a": ["x", "y"]})
    assert (twice.tree, twice.whole) == ({"a": Twice(("x", "y"))}, False)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_what_is_longer_than_a_cookie_can_be_is_unreadable(form):
    written = read_form(form, "a" * (MAX_TEXT + 1), COMMAS)
    assert (written.tree, written.whole) == (None, False)


@pytest.mark.parametrize("form", sorted(FORMS))
@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_form_raises(form, text):
    read_form(form, text, COMMAS)
