import pytest

from gateway.decision import Reason
from gateway.facts import Vote
from gateway.policy.choice import Choice

TODAY = 1000


def choose(*votes, valid_for=100):
    return Choice([Vote("ads", *vote) for vote in votes], TODAY, valid_for)


def test_silence_is_no_consent():
    assert choose().verdict == Reason.NO_CONSENT


def test_a_fresh_yes_is_consent_with_its_age():
    choice = choose(("tcf", True, True, True, TODAY - 20))
    assert (choice.verdict, choice.age) == (None, 20)


def test_any_no_beats_a_yes_of_another_source_however_old_it_is():
    choice = choose(("tcf", True, True, True, TODAY), ("onetrust", False, False, False, 1))
    assert (choice.verdict, choice.refused_by) == (Reason.REFUSED, "onetrust")


def test_within_one_source_the_newest_holds_and_a_tie_is_a_no():
    newer = ("tcf", True, True, True, TODAY)
    assert choose(newer, ("tcf", False, True, True, TODAY - 1)).verdict is None
    assert choose(newer, ("tcf", False, True, True, TODAY)).verdict == Reason.REFUSED
    assert choose(newer, ("tcf", False, True, True, None)).verdict == Reason.REFUSED


def test_a_default_takes_no_refusal_back():
    assert choose(("tcf", True, False, True, TODAY), ("tcf", False, True, True, 1)).verdict == Reason.REFUSED


@pytest.mark.parametrize("source", ["tcf", "gateway_receipt", "tcf:euconsent-v2"])
def test_a_source_that_always_dates_must_have_dated_its_yes(source):
    assert choose((source, True, True, True, None)).verdict == Reason.CONSENT_EXPIRED


@pytest.mark.parametrize("source", ["cmp:onetrust", "gpp", "cookiebot"])
def test_a_source_without_dates_is_believed_for_as_long_as_its_cookie_lives(source):
    choice = choose((source, True, True, True, None))
    assert (choice.verdict, choice.age) == (None, None)


def test_a_yes_from_the_future_is_none_but_for_midnight():
    assert choose(("tcf", True, True, True, TODAY + 1)).age == 0
    assert choose(("tcf", True, True, True, TODAY + 2)).verdict == Reason.CONSENT_EXPIRED


def test_the_newest_of_several_yeses_counts():
    choice = choose(("tcf", True, True, True, 1), ("gpp", True, True, True, TODAY - 3))
    assert (choice.verdict, choice.age) == (None, 3)
