import pytest

from gateway.doctor.clock import Reading, ahead, judge
from gateway.doctor.result import Verdict


@pytest.mark.parametrize(
    ("told", "asked", "answered", "step", "off"),
    [
        (1000.0, 1000.2, 1000.4, 1.0, 0.0),  # within the second that a Date header tells
        (1000.0, 1000.0, 1003.0, 1.0, 0.0),  # nobody knows when in these three seconds it was told
        (1000.0, 1010.0, 1010.5, 1.0, 9.0),
        (1000.0, 990.0, 990.5, 1.0, -9.5),
        (1000.0, 1000.5, 1000.75, 0.0, 0.5),
    ],
)
def test_only_what_is_certain_is_a_difference(told, asked, answered, step, off):
    assert ahead(Reading("a", told, asked, answered, step)) == off


@pytest.mark.parametrize(
    ("off", "verdict"), [(0, "fine"), (4, "fine"), (7, "doubtful"), (-59, "doubtful"), (70, "wrong"), (-4000, "wrong")]
)
def test_seconds_are_doubtful_and_a_minute_is_wrong(off, verdict):
    result = judge([Reading("a", 1000, 1000 + off, 1000 + off, 0.0)])
    assert result.verdict == verdict
    assert ("ahead" in result.says) == (off > 5) and ("behind" in result.says) == (off < -5)


def test_one_wrong_server_of_three_is_the_servers_trouble():
    right = Reading("a", 1000, 1000, 1000)
    assert judge([right, right, Reading("b", 99, 1000, 1000)]).verdict is Verdict.FINE


def test_without_anybody_to_ask_nothing_can_be_said():
    assert judge([]).verdict is Verdict.UNKNOWN
