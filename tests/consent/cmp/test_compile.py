import pytest

from gateway.consent.cmp.compile import READERS, compile_plan
from gateway.consent.cmp.written import Place, Written


def test_a_row_is_made_into_a_plan():
    plan = compile_plan({
        "form": "pairs", "separators": [",", ":"], "answers": [{"words": ""}], "date": "at", "dated": True, "unit": "minutes",
        "strings": {"tc": "a", "usp": ["b", "@c"]},
    })  # fmt: skip
    assert (plan.form, plan.separators[:2], len(plan.readers)) == ("pairs", (",", ":"), 1)
    assert (plan.date, plan.dated, plan.unit) == ((Place("", ("at",)),), True, "minutes")
    assert plan.strings == (("tc", Place.of("a")), ("usp", Place.of("b")), ("usp", Place.of("@c")))


@pytest.mark.parametrize(
    ("words", "tree", "holds"),
    [
        (["x"], {"a": "x"}, True), (["x"], {"a": "y"}, False), (["x"], {}, False),
        ({"not": ["x"]}, {"a": "y"}, True), ({"not": ["x"]}, {"a": "X"}, False), ({"not": ["x"]}, {}, True),
        ({"but": ["x"]}, {"a": "y"}, True), ({"but": ["x"]}, {"a": "x"}, False), ({"but": ["x"]}, {}, False),
        ({"only": ["x"]}, {"a": "x"}, True), ({"only": ["x"]}, {"a": "y"}, False), ({"only": ["x"]}, {}, True),
    ],
)  # fmt: skip
def test_a_condition_holds_as_it_is_written(words, tree, holds):
    (condition,) = compile_plan({"form": "json", "explicit": {"a": words}}).explicit
    assert condition.holds(Written(tree)) is holds


@pytest.mark.parametrize(
    "row",
    [
        {}, {"form": "eval"}, {"form": []}, {"form": "json", "unit": "weeks"}, {"form": "json", "separators": ","},
        {"form": "json", "separators": ["", ":"]}, {"form": "json", "separators": [","]}, {"form": "json", "answers": {}},
        {"form": "json", "answers": ["words"]}, {"form": "json", "answers": [{"words": 1}]},
        {"form": "json", "answers": [{"words": "", "yes": "1"}]}, {"form": "json", "answers": [{"words": "", "colour": 1}]},
        {"form": "json", "answers": [{"bits": "a"}]}, {"form": "json", "answers": [{"bits": "a", "categories": [1]}]},
        {"form": "json", "answers": [{"accepted": "a", "absent": "some"}]}, {"form": "json", "answers": [{"permit": "a"}]},
        {"form": "json", "explicit": []}, {"form": "json", "explicit": {"a": "x"}}, {"form": "json", "explicit": {"a": []}},
        {"form": "json", "explicit": {"a": {"never": ["x"]}}}, {"form": "json", "date": 1}, {"form": "json", "strings": []},
        {"form": "json", "strings": {"pgp": "a"}}, {"form": "json", "strings": {"tc": [1]}},
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_in_words(row):
    with pytest.raises((ValueError, TypeError)) as caught:
        compile_plan(row)
    assert " " in str(caught.value)


def test_every_way_of_answering_has_options_of_its_own():
    for name, (options, _) in READERS.items():
        assert name not in options
