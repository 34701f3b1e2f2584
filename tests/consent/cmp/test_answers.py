import pytest

from gateway.consent.cmp.answers import Expected, Said, read_all
from gateway.consent.cmp.compile import compile_plan
from gateway.consent.cmp.written import Twice, Written

MEANINGS = {"n": ("necessary",), "a": ("analytics",), "b": ("advertising",), "ads": ("advertising",)}
USUAL = Expected(MEANINGS, frozenset({"a", "b", "ads"}))
OWN = Expected(MEANINGS, frozenset({"a", "b"}), site=True)


def found(answer, tree, expected=USUAL):
    readers = compile_plan({"form": "json", "answers": [answer]}).readers
    said = read_all(readers, Written(tree), expected)
    return said.states, said.whole


@pytest.mark.parametrize(
    ("answer", "tree", "states", "whole"),
    [
        ({"words": ""}, {"a": True, "b": False}, {"a": True, "b": False}, True),
        ({"words": ""}, {"a": Twice((True, False))}, {"a": False}, True),
        ({"words": ""}, {"a": "?", "b": False}, {"b": False}, False),
        ({"words": "", "mixed": True}, {"a": True, "id": 7}, {"a": True}, True),
        ({"words": "", "mixed": True}, {"a": 7, "id": 7}, {}, False),
        ({"words": "", "none": ["wait"]}, {"a": "wait"}, {}, True),
        ({"words": "", "member": "s"}, {"a": {"s": True}, "b": {"s": False}, "ads": 1}, {"a": True, "b": False}, False),
        ({"words": "g", "separators": [",", ":"], "yes": ["1"], "no": ["0"]}, {"g": "a:1,b:0,"}, {"a": True, "b": False}, True),
        ({"words": "g", "separators": [",", ":"], "yes": ["1"]}, {"g": "a:1,b"}, {"a": True}, False),
        ({"words": "g"}, {"g": None}, {}, True),
        ({"words": "g"}, {"g": [1]}, {}, False),
        ({"words": ""}, None, {}, True),
        ({"switch": "x"}, {"x": True}, {"consent": True}, True),
        ({"switch": "x", "category": "a"}, {"x": False}, {"a": False}, True),
        ({"switch": "x"}, {"x": "?"}, {}, False),
        ({"switch": "x"}, {}, {}, True),
        ({"accepted": "y", "refused": "n"}, {"y": ["a", 2], "n": ["b"]}, {"a": True, "2": True, "b": False}, True),
        ({"accepted": "y", "refused": "n"}, {"y": ["a"], "n": ["a"]}, {"a": False}, True),
        ({"accepted": "y"}, {"y": Twice((["a", "b"], ["b"]))}, {"a": False, "b": True}, True),
        ({"accepted": "y", "absent": "all"}, {"y": Twice((["a"], ["b"]))}, {"a": False, "b": False, "ads": False}, True),
        ({"accepted": "y"}, {"y": '["a"]'}, {"a": True}, True),
        ({"accepted": "y"}, {"y": '["a"'}, {}, False),
        ({"accepted": "y"}, {"y": "a,b,"}, {"a": True, "b": True}, True),
        ({"accepted": "y"}, {"y": {"a": 1}}, {}, False),
        ({"accepted": "y"}, {"y": [None, True, ""]}, {}, False),
        ({"accepted": "y", "universe": "u"}, {"y": ["a"], "u": {"a": [], "x": []}}, {"a": True, "x": False}, True),
        ({"accepted": "y", "absent": ["b"]}, {"y": ["a"]}, {"a": True, "b": False}, True),
        ({"accepted": "y", "absent": "all"}, {}, {}, True),
        ({"groups": "g"}, {"g": {"a": [1], "b": []}}, {"a": True, "b": False}, True),
        ({"groups": "g"}, {"g": {"a": 1}}, {"a": False}, False),
        ({"groups": "g"}, {"g": 1}, {}, False),
        ({"items": "i"}, {"i": [{"id": "a", "value": True}, {"id": "b", "value": False}]}, {"a": True, "b": False}, True),
        ({"items": "i"}, {"i": [{"id": "a"}, 1]}, {}, False),
        ({"items": "i"}, {"i": 1}, {}, False),
        ({"items": "i"}, {"i": []}, {}, True),
        ({"bits": "p", "categories": ["a", "b"]}, {"p": 2}, {"a": True, "b": False}, True),
        ({"bits": "p", "categories": ["a", "b"]}, {"p": 4}, {}, False),
        ({"bits": "p", "categories": ["a", "b"]}, {"p": True}, {}, False),
        ({"bits": "p", "categories": ["a", "b"]}, {"p": -1}, {}, False),
    ],
)  # fmt: skip
def test_answers_are_found_where_the_table_says(answer, tree, states, whole):
    assert found(answer, tree) == (states, whole)


def test_what_is_missing_from_the_accepted_is_refused_unless_it_is_there_by_another_name():
    answer = {"accepted": "y", "absent": "all"}
    assert found(answer, {"y": ["a", "ads"]})[0] == {"a": True, "ads": True}
    assert found(answer, {"y": ["a"]})[0] == {"a": True, "b": False, "ads": False}
    assert found(answer, {"y": ["a", "ads"]}, OWN)[0] == {"a": True, "ads": True, "b": False}
    assert found({"groups": "g", "absent": "all"}, {"g": {"a": [1]}})[0] == {"a": True, "b": False, "ads": False}


def test_without_a_list_something_else_may_answer_but_not_for_a_sites_own_categories():
    answer = {"accepted": "y", "absent": "all", "instead": {"switch": "x", "category": "a"}}
    assert found(answer, {"x": True})[0] == {"a": True}
    assert found(answer, {"x": True}, OWN)[0] == {}


def levels(**tree):
    answer = {"permit": "permit", "levels": "levels", "level": "level"}
    readers = compile_plan({"form": "several", "answers": [answer]}).readers
    said = read_all(readers, Written(tree), Expected({"1": ("necessary",)}, frozenset({"2", "3"})))
    return said.states, said.whole, said.acted


def test_of_several_levels_the_strictest_hold():
    assert levels() == ({}, True, True)
    assert levels(permit="permit 1,2") == ({"1": True, "2": True, "3": False}, True, True)
    assert levels(permit="permit 1 required", level="2:") == ({"1": True, "2": False, "3": False}, True, True)
    assert levels(levels="0,2::implied,eu") == ({"1": True, "2": False, "3": True}, True, False)
    assert levels(permit="permit 1,")[1] is False


def test_a_category_of_no_length_or_of_any_length_is_none():
    said = Said(USUAL)
    for category in ("", "x" * 200, True, 1.5, None, [], {}):
        said.say(category, yes=True)
    assert (said.states, said.whole) == ({}, False)
