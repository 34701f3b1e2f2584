import pytest

from gateway.consent.cmp.words import Words


@pytest.mark.parametrize(
    ("words", "value", "has"),
    [
        ([True], True, True), ([True], 1, False), ([True], "true", False), ([1], 1, True), ([1], True, False), ([1], "1", False),
        (["1"], "1", True), (["yes"], "yes", True), (["yes"], "YES", False), ([None], None, True), ([None], "", False),
        (["<time>"], "2026-10-01T08:00:00Z", True), (["<time>"], "1790841600", False), (["<time>"], "x", False),
        (["<number>"], "17", True), (["<number>"], 17, False), (["<number>"], "-1", False),
        (["<any>"], "x", True), (["<any>"], 0, True), (["<any>"], "", False), (["<any>"], None, False),
        (["<there>"], "", True), (["<there>"], None, True), (["a"], [], False), (["a"], {"a": 1}, False), ([], "a", False),
    ],
)  # fmt: skip
def test_a_yes_is_written_exactly(words, value, has):
    assert Words.of(words).has(value) is has


@pytest.mark.parametrize(
    ("words", "value", "resembles"),
    [
        ([False], False, True), ([False], "false", True), ([False], "FALSE ", True), ([False], 0, False), ([0], "0", True),
        (["no"], "No", True), (["no"], "now", False), (["no"], ["no"], False), ([], "", False), (["<any>"], "x", False),
    ],
)  # fmt: skip
def test_a_no_is_one_in_any_spelling(words, value, resembles):
    assert Words.of(words).resembles(value) is resembles
