import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rate import FREE_AGAIN, LONGEST, RECOVERY, Rate
from tests.delivering import Stated

FREE = Stated()


def sent(rate, until, day=0, now=0.0):
    """When turns are taken by somebody who takes each as soon as it is free."""
    times = []
    while (now := max(now, rate.free_at())) < until:
        rate.take(now, day)
        times.append(now)
    return times


@given(st.integers(1, 300), st.sampled_from([1, 10, 60]), st.floats(0, 30))
def test_no_window_of_the_vendors_length_holds_more_than_its_limit(requests, per, pause):
    rate = Rate(Stated(requests, per))
    first = sent(rate, per * 1.5)
    times = first + sent(rate, first[-1] + pause + per * 1.5, now=first[-1] + pause)
    for at, begin in enumerate(times):
        held = sum(begin <= time < begin + per - 1e-6 for time in times[at:])
        assert held <= requests


@pytest.mark.parametrize("limit", [Stated(100, 10), Stated(1, 60), Stated(5_000, 60)])
def test_nearly_all_of_a_limit_is_used(limit):
    per_window = len(sent(Rate(limit), 10 * limit.per)) / 10
    assert per_window == pytest.approx(limit.requests, rel=0.2)


def test_turns_are_free_where_nothing_is_stated():
    rate = Rate(FREE)
    for _ in range(100):
        assert (rate.free_at() <= 0.0, rate.left_today(0)) == (True, True)
        rate.take(0.0, 0)


def test_what_was_too_much_is_halved_and_comes_back_slowly_but_never_beyond_the_limit():
    rate = Rate(Stated(100, 10))
    before = rate.distance
    rate.throttled(50.0)
    assert rate.distance >= 2 * before
    slowest = rate.distance
    seen = []
    for second in range(51, 51 + 20 * int(RECOVERY)):
        rate.went_well(float(second))
        seen.append(rate.distance)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 0.9 * slowest
    assert seen[-1] == before


def test_the_rate_that_was_too_much_is_learnt_where_none_is_stated_and_forgotten_in_the_end():
    rate = Rate(FREE)
    for number in range(100):
        rate.take(number * 0.01, 0)
    rate.throttled(1.0)
    assert rate.distance == pytest.approx(0.02, rel=0.1)
    half = rate.distance
    rate.went_well(1.0 + RECOVERY)
    assert rate.distance == pytest.approx(half / 2)
    rate.went_well(1.0 + FREE_AGAIN * RECOVERY)
    assert rate.distance == 0.0


def test_a_rate_never_falls_to_nothing():
    rate = Rate(FREE)
    for second in range(100):
        rate.take(float(second), 0)
        rate.throttled(float(second))
    assert rate.distance == LONGEST
    assert rate.free_at() <= 99.0


def test_a_day_has_so_many_turns_and_the_next_one_as_many_again():
    rate = Rate(Stated(daily=3))
    for _ in range(3):
        assert rate.left_today(7)
        rate.take(0.0, 7)
    assert (rate.left_today(7), rate.left_today(8)) == (False, True)
