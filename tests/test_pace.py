import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound import Outcome, Reply
from gateway.pace import LONGEST_RETRY_AFTER, STATES, Pace

MIDDAY = 1_700_049_600.0
FAILED = Reply(503)


def high():
    return 0.999


def low():
    return 0.0


def test_delays_double_from_a_second_to_five_minutes():
    assert [round(Pace(high).delay(n)) for n in (1, 2, 3, 5, 9, 10, 1_000)] == [1, 2, 4, 16, 256, 300, 300]
    assert [Pace(low).delay(n) for n in (1, 2, 3, 10)] == [1, 1, 2, 150]


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_never_under_a_second_nor_over_five_minutes(attempts, number):
    assert 1 <= Pace(lambda: number).delay(attempts) <= 300


@pytest.mark.parametrize(
    ("outcome", "state", "seconds"),
    [
        (Outcome.RETRY, "failing", 1),
        (Outcome.THROTTLE, "throttled", 1),
        (Outcome.REFRESH_AUTH, "authorisation", 300),
        (Outcome.DISABLE, "disabled", 3_600),
        (Outcome.PAUSE_UNTIL_MIDNIGHT, "quota", 43_201),
    ],
)
def test_each_outcome_pauses_for_its_own_time_in_its_own_state(outcome, state, seconds):
    pace = Pace(low)
    assert pace.went_wrong(outcome, FAILED, MIDDAY) - MIDDAY == seconds
    assert pace.state == state
    assert state in STATES


@pytest.mark.parametrize(("wish", "seconds"), [(None, 1), (0.0, 1), (90.0, 90), (1e9, LONGEST_RETRY_AFTER)])
def test_a_vendors_wish_is_honoured_up_to_an_hour(wish, seconds):
    reply = Reply(429, retry_after=wish)
    assert Pace(low).went_wrong(Outcome.THROTTLE, reply, MIDDAY) - MIDDAY == seconds


def test_requests_that_fail_together_count_once_and_the_longest_pause_holds():
    pace = Pace(low)
    first = pace.went_wrong(Outcome.RETRY, Reply(429, retry_after=60.0), MIDDAY)
    second = pace.went_wrong(Outcome.RETRY, FAILED, MIDDAY)
    assert (first, second, pace.failures) == (MIDDAY + 60, MIDDAY + 60, 1)


def test_success_ends_the_counting_and_an_operator_ends_the_pause():
    pace = Pace(low)
    for step in range(5):
        pace.went_wrong(Outcome.RETRY, FAILED, MIDDAY + 1_000 * step)
    assert pace.failures == 5
    pace.went_well()
    assert (pace.failures, pace.state) == (0, "running")
    pace.went_wrong(Outcome.DISABLE, FAILED, MIDDAY + 9_000)
    pace.resume()
    assert (pace.failures, pace.state, pace.until) == (0, "running", 0.0)
