from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.days import SECONDS_A_DAY, day_of


def test_a_day_ends_with_its_last_second():
    assert (day_of(0), day_of(86_399.999), day_of(86_400), day_of(-1)) == (0, 0, 1, -1)


@given(st.integers(0, 4 * 10**9))
def test_a_day_is_the_one_of_the_calendar_in_utc(moment):
    assert (
        datetime.fromtimestamp(day_of(moment) * SECONDS_A_DAY, UTC).date() == datetime.fromtimestamp(moment, UTC).date()
    )
