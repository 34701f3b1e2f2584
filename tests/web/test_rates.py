"""Who asks too often waits, and nobody else; however many ask, little of them is kept."""

from gateway.web.rates import AT_ONCE, MOST, Rates


def rates(per_minute=60, at_once=0):
    steady = [100.0]
    return Rates(per_minute, lambda: steady[0], at_once), steady


def test_some_may_ask_at_once_and_then_one_after_the_other():
    asked, steady = rates()
    assert [asked.take("a") for _ in range(AT_ONCE + 1)] == [0.0] * AT_ONCE + [1.0]
    assert asked.take("b") == 0.0
    steady[0] += 1
    assert [asked.take("a"), asked.take("a")] == [0.0, 1.0]


def test_as_many_may_ask_at_once_as_is_said():
    asked, _ = rates(at_once=3)
    assert [asked.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]


def test_beyond_those_who_are_told_apart_all_share_a_bound_until_others_have_had_their_time():
    asked, steady = rates(at_once=2)
    for number in range(MOST):
        assert asked.take(f"known {number}") == 0.0
    assert [asked.take(f"stranger {number}") for number in range(3)] == [0.0, 0.0, 1.0]
    assert asked.take("known 7") == 0.0
    assert len(asked._free_at) <= MOST + 1
    steady[0] += 60
    assert [asked.take(f"later {number}") for number in range(3)] == [0.0, 0.0, 0.0]
