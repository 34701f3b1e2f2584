import re

import pytest

from gateway.anonymise.scrub.runs import runs, within

THREE = re.compile(r"[0-9]{3}(?:-[0-9]{3})?x?")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a 123456 b", [("123456", 6)]), ("12345", []), ("1 2 3 4 5 6", [("1 2 3 4 5 6", 6)]), ("+49 (0) 171/23", [("49 (0) 171/23", 8)]),
        ("123 - - 456", []), ("123456 of 654321", [("123456", 6), ("654321", 6)]), ("123)    456", []), ("123)   456", [("123)   456", 6)]), ("", []),
    ],
)  # fmt: skip
def test_a_run_is_six_digits_and_little_between_them(text, found):
    assert [(text[run.start : run.end], run.digits) for run in runs(text)] == found


def test_only_runs_of_enough_digits_are_looked_at():
    text = "111-222 or 333-444-555x"
    assert [match[0] for match in within(THREE, text, runs(text), 6)] == ["111-222", "333-444", "555x"]
    assert [match[0] for match in within(THREE, text, runs(text), 9)] == ["333-444", "555x"]


def test_what_begins_behind_a_run_is_not_found_for_it():
    text = "123456 abc 777"
    assert [match[0] for match in within(THREE, text, runs(text), 6)] == ["123", "456"]
