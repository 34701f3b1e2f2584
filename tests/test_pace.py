import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound import Outcome, Reply
from gateway.pace import LONGEST_RETRY_AFTER, STATES, WIDEST, Moment, Pace
from gateway.rate import Rate
from tests.delivering import Stated

MIDDAY = Moment(1_000.0, 1_700_049_600.0)
FAILED = Reply(503)


def high():
    return 0.999


def low():
    return 0.0


def pace(dice=low, limit=None):
    return Pace(dice, Rate(limit or Stated()))


def later(seconds, moment=MIDDAY, jump=0.0):
    """So many seconds on, and the settable clock set by `jump` besides."""
    return Moment(moment.steady + seconds, moment.posix + seconds + jump)


def test_delays_double_from_a_second_to_five_minutes():
    assert [round(pace(high).delay(n)) for n in (1, 2, 3, 5, 9, 10, 1_000)] == [1, 2, 4, 16, 256, 300, 300]
    assert [pace(low).delay(n) for n in (1, 2, 3, 10)] == [1, 1, 2, 150]


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_never_under_a_second_nor_over_five_minutes(attempts, number):
    assert 1 <= pace(lambda: number).delay(attempts) <= 300


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
    paced = pace()
    assert paced.went_wrong(outcome, FAILED, MIDDAY) == seconds
    assert paced.wait(MIDDAY) == seconds
    assert (paced.state, paced.probing, paced.width) == (state, True, 1)
    assert state in STATES


@pytest.mark.parametrize(("wish", "seconds"), [(None, 1), (0.0, 1), (90.0, 90), (1e9, LONGEST_RETRY_AFTER)])
def test_a_vendors_wish_is_honoured_up_to_an_hour(wish, seconds):
    assert pace().went_wrong(Outcome.THROTTLE, Reply(429, retry_after=wish), MIDDAY) == seconds


def test_requests_that_fail_together_count_once_and_the_longest_pause_holds():
    paced = pace()
    first = paced.went_wrong(Outcome.RETRY, Reply(429, retry_after=60.0), MIDDAY)
    second = paced.went_wrong(Outcome.RETRY, FAILED, MIDDAY)
    assert (first, second, paced.failures) == (60, 60, 1)


def test_a_good_answer_to_a_request_that_left_with_a_failed_one_ends_nothing():
    paced = pace()
    paced.went_wrong(Outcome.RETRY, FAILED, MIDDAY)
    paced.went_well(later(0.5))
    assert (paced.state, paced.probing, paced.wait(later(0.5))) == ("failing", True, 0.5)


def test_after_a_failure_one_request_is_sent_then_one_more_with_each_good_answer():
    paced = pace()
    assert paced.width == WIDEST
    paced.went_wrong(Outcome.RETRY, FAILED, MIDDAY)
    widths = [paced.width]
    for step in range(WIDEST + 4):
        paced.went_well(later(2 + step))
        widths.append(paced.width)
    assert widths[:4] == [1, 2, 3, 4]
    assert widths[-1] == WIDEST


def test_after_a_throttle_the_width_beyond_its_half_comes_back_slowly():
    paced = pace()
    paced.went_wrong(Outcome.THROTTLE, Reply(429), MIDDAY)
    for step in range(WIDEST):
        paced.went_well(later(2 + step))
    assert WIDEST / 2 <= paced.width < WIDEST


def test_too_many_requests_is_a_throttle_whatever_becomes_of_the_events():
    paced = pace(limit=Stated(10, 1))
    before = paced._rate.distance
    assert paced.went_wrong(Outcome.RETRY, Reply(429), MIDDAY) == 1
    assert (paced.state, paced._rate.distance >= 2 * before) == ("throttled", True)


def test_a_throttle_halves_the_rate_and_a_throttled_probe_only_lengthens_the_pause():
    paced = pace(limit=Stated(10, 1))
    paced.leaves(MIDDAY)
    paced.went_wrong(Outcome.THROTTLE, Reply(429), MIDDAY)
    rates = [paced._rate.distance]
    for step in range(1, 6):
        paced.went_wrong(Outcome.THROTTLE, Reply(429), later(100 * step))
        rates.append(paced._rate.distance)
    assert len(set(rates)) == 1
    assert paced.failures == 6


@given(st.lists(st.sampled_from([Outcome.RETRY, Outcome.THROTTLE]), min_size=2, max_size=20), st.floats(0, 0.999))
def test_pauses_of_one_trouble_never_get_shorter_beyond_their_jitter(outcomes, number):
    paced, moment, pauses = pace(lambda: number), MIDDAY, []
    for outcome in outcomes:
        pauses.append(paced.went_wrong(outcome, FAILED, moment))
        moment = later(pauses[-1], moment)
    rounded = [round(seconds, 6) for seconds in pauses]
    assert rounded == sorted(rounded)


@pytest.mark.parametrize("jump", [3_600, -7_200, 86_400, -86_400, 2**31])
def test_who_sets_the_clock_changes_no_pause(jump):
    paced = pace()
    paced.went_wrong(Outcome.RETRY, Reply(503, retry_after=60.0), MIDDAY)
    assert paced.wait(later(10, jump=jump)) == 50
    assert paced.wait(later(60, jump=jump)) == 0


@pytest.mark.parametrize("jump", [86_400, -86_400, 43_200])
def test_a_quota_is_asked_for_again_on_any_other_day(jump):
    paced = pace()
    paced.went_wrong(Outcome.PAUSE_UNTIL_MIDNIGHT, Reply(400), MIDDAY)
    assert paced.wait(later(1)) > 40_000
    assert paced.wait(later(2, jump=jump)) == 0


def test_a_day_without_turns_left_is_a_quota_until_midnight():
    paced = pace(limit=Stated(daily=1))
    paced.leaves(MIDDAY)
    assert (paced.wait(MIDDAY), paced.state) == (43_200, "quota")
    assert (paced.wait(later(43_201)), paced.state) == (0, "running")


def test_success_ends_the_counting_and_an_operator_ends_the_pause():
    paced = pace()
    for step in range(5):
        paced.went_wrong(Outcome.RETRY, FAILED, later(1_000 * step))
    assert paced.failures == 5
    paced.went_well(later(6_000))
    assert (paced.failures, paced.state) == (0, "running")
    paced.went_wrong(Outcome.DISABLE, FAILED, later(9_000))
    paced.resume()
    assert (paced.failures, paced.state, paced.wait(later(9_000))) == (0, "running", 0)
