"""A deadline is what the law of the place asks, and a month where nobody says."""

from datetime import UTC, datetime

import pytest

from gateway.dsr.deadlines import PLACES, VOLUNTARY, Terms, after, place_of, terms_of
from gateway.policy.durations import Duration, parse

THURSDAY = datetime(2026, 11, 26, 9, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("regulation", "place"),
    [
        ("gdpr", "@EEA"), ("ccpa", "US-CA"), ("us_state:VA", "US-VA"), ("region:BR", "BR"), ("region:CA-QC", "CA-QC"),
        (VOLUNTARY, ""), ("", None), ("hipaa", None), ("us_state:va", None), ("region:", None), ("planet:MARS", None),
        ("region:A B", None),
    ],
)  # fmt: skip
def test_a_regulation_names_a_place(regulation, place):
    assert place_of(regulation) == place


def test_what_nobody_says_is_a_month_and_is_not_extended():
    assert terms_of("FR", lambda place, key: None) == Terms(Duration(30, "d"), Duration(0, "d"))


def test_what_the_policy_says_of_a_place_holds():
    said = {("US-CA", "respond_within"): Duration(45, "d"), ("US-CA", "extend_by"): Duration(45, "d")}
    asked = lambda place, key: said.get((place, key))  # noqa: E731
    assert terms_of(PLACES["ccpa"], asked) == (Duration(45, "d"), Duration(45, "d"))


@pytest.mark.parametrize(
    ("duration", "day"),
    [("30d", "2026-12-26"), ("1bd", "2026-11-27"), ("2bd", "2026-11-30"), ("15bd", "2026-12-17"), ("0d", "2026-11-26")],
)
def test_business_days_leave_out_weekends(duration, day):
    amount, unit = int(duration.rstrip("bd")), duration.lstrip("0123456789")
    ends = datetime.fromtimestamp(after(THURSDAY, Duration(amount, unit)), UTC)
    assert (ends.date().isoformat(), ends.hour, ends.minute) == (day, 9, 30)


@pytest.mark.parametrize(
    ("start", "duration", "ends"),
    [
        ("2027-01-31", "1mo", "2027-02-28"), ("2028-01-31", "1mo", "2028-02-29"), ("2027-01-30", "1mo", "2027-02-28"),
        ("2026-11-26", "1mo", "2026-12-26"), ("2026-12-15", "2mo", "2027-02-15"), ("2026-11-30", "3mo", "2027-02-28"),
        ("2027-03-27", "1mo", "2027-04-27"), ("2028-02-29", "1y", "2029-02-28"), ("2026-12-31", "13mo", "2028-01-31"),
        ("2026-12-31", "0mo", "2026-12-31"),
    ],
)  # fmt: skip
def test_a_month_ends_on_the_same_day_of_the_next_or_on_its_last(start, duration, ends):
    moment = datetime.fromisoformat(f"{start}T23:30:00Z").timestamp()
    assert datetime.fromtimestamp(after(moment, parse(duration)), UTC).isoformat() == f"{ends}T23:30:00+00:00"
