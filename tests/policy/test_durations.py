import pytest

from gateway.policy.durations import Duration, parse


@pytest.mark.parametrize(("text", "days"), [("180d", 180), ("10bd", 10), ("13mo", 390), ("2y", 730), ("0d", 0)])
def test_a_duration_is_never_longer_than_what_was_meant(text, days):
    assert parse(text).days == days
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    "text", ["6 months", "180", "d", "-1d", "1.5d", "180d ", "١٨٠d", "9999999d", "", None, 180, ["1d"]]
)
def test_anything_else_is_no_duration(text):
    assert parse(text) is None


def test_a_duration_is_an_amount_and_a_unit():
    assert parse("30bd") == Duration(30, "bd")


def test_the_longest_that_a_duration_can_mean_counts_weekends_and_long_months():
    assert [parse(text).longest for text in ("10d", "1bd", "5bd", "10bd", "1mo", "1y")] == [10, 3, 9, 16, 31, 366]
