import math

import pytest

from gateway.consent.cmp.answers import Expected
from gateway.consent.cmp.compile import compile_plan
from gateway.consent.cmp.plan import AHEAD, EVERYTHING, GARBLED, Site
from gateway.consent.cmp.written import Written
from gateway.days import SECONDS_A_DAY as DAY

NOW = 1_795_392_000.0  # 2026-11-23
THEN = 1_790_841_600
SITE = Site(Expected({"a": ("analytics",), "n": ("necessary",)}, frozenset({"a"})))
ROW = {"form": "json", "answers": [{"words": "", "mixed": True}]}


def answer(tree, whole=True, site=SITE, **row):
    return compile_plan({**ROW, **row}).answer(Written(tree, {}, whole), site, NOW)


def test_an_answer_is_an_act_unless_more_is_asked_for():
    assert answer({"a": True}).explicit
    assert not answer({}).explicit
    assert answer({"a": True, "m": "x"}, explicit={"m": ["x"]}).explicit
    assert not answer({"a": True}, explicit={"m": ["x"]}).explicit


def test_what_is_asked_for_where_something_was_accepted_is_asked_for_only_there():
    row = {"agreed": {"ok": ["yes"]}}
    assert answer({"a": False, "n": True}, **row).explicit
    assert not answer({"a": True}, **row).explicit
    assert answer({"a": True, "ok": "yes"}, **row).explicit


def test_without_what_a_yes_needs_there_is_none_and_a_no_stands():
    found = answer({"a": True, "b": False}, needs={"ok": ["yes"]})
    assert (found.states, found.problem) == ({"b": False}, "")


def test_what_is_garbled_keeps_its_refusals_alone():
    found = answer({"a": True, "b": False}, whole=False)
    assert (found.states, found.explicit, found.problem) == ({"b": False}, False, GARBLED)


def test_a_withdrawal_is_an_act_and_refuses_everything():
    found = answer({"a": True, "out": "YES"}, withdrawn={"out": ["yes"]})
    assert (found.states["a"], found.states[EVERYTHING], found.explicit) == (False, False, True)


def test_the_time_is_told_in_days_and_the_earliest_counts():
    assert answer({"a": True, "at": THEN}, date="at").day == THEN // DAY
    assert answer({"a": True}, date="at").day is None
    assert not answer({"a": True}, date="at", dated=True).explicit
    unreadable = answer({"a": True, "at": "soon"}, date="at")
    assert (unreadable.day, unreadable.explicit, unreadable.problem) == (None, False, "")


def test_a_time_to_come_is_a_problem_beyond_the_skew_of_clocks():
    assert answer({"a": True, "at": NOW + DAY}, date="at").explicit
    assert answer({"a": True, "at": NOW + DAY + 2}, date="at").problem == AHEAD


@pytest.mark.parametrize("end", [{"ends": NOW}, {"ends": 1_700_000_000_000}, {"at": THEN, "days": 3}])
def test_what_has_ended_is_no_yes(end):
    found = answer({"a": True, "b": False, **end}, date="at", expires="ends", lasts="days")
    assert (found.states, found.explicit, found.until) == ({"b": False}, False, math.inf)


def test_what_will_end_says_when():
    assert answer({"a": True, "ends": NOW + 5}, expires="ends").until == NOW + 5
    assert answer({"a": True, "at": THEN, "days": 90}, date="at", lasts="days").until == THEN + 90 * DAY
    assert not answer({"a": True, "at": THEN, "days": "long"}, date="at", lasts="days").explicit


def test_a_version_counts_where_the_site_tells_its_own():
    for version, explicit in (("2", True), ("3", False), ("", True)):
        assert answer({"a": True, "v": 2}, site=SITE._replace(version=version), version="v").explicit is explicit
    assert not answer({"a": True}, site=SITE._replace(version="2"), version="v").explicit
    assert answer({"a": True}, site=SITE._replace(version="2")).explicit


def test_an_answer_without_a_date_is_older_than_any_first_day():
    assert not answer({"a": True}, site=SITE._replace(min_day=1)).explicit
    assert answer({"a": True, "at": THEN}, site=SITE._replace(min_day=THEN // DAY), date="at").explicit


def test_strings_and_the_opt_out_signal_are_handed_on():
    found = answer(
        {"x": "CPabc", "y": "", "z": 1, "g": "1"}, strings={"tc": "x", "ac": "y", "gpp": "z"}, gpc={"g": ["1"]}
    )
    assert (dict(found.strings), found.gpc) == ({"tc": ("CPabc",)}, True)
    both = answer({"x": "CPabc", "y": "CPdef"}, strings={"tc": ["x", "y"]})
    assert dict(both.strings) == {"tc": ("CPabc", "CPdef")}
