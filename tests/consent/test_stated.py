"""What a shop or a tag states of its visitor can refuse, and never grants."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.ballot import Scene
from gateway.consent.carriers import assort, find
from gateway.consent.meaning import CATEGORIES_OF, questions
from gateway.consent.rules import PlainPurpose, ReadingRules
from gateway.consent.stated import ALLOWED, PREFERENCES, StatedSource

PURPOSES = {
    "ads": PlainPurpose("advertising"), "insight": PlainPurpose("analytics"), "comfort": PlainPurpose("functional"),
    "own": PlainPurpose("personalization"), "shop": PlainPurpose("necessary"),
}  # fmt: skip
SOURCE = StatedSource(questions(ReadingRules(PURPOSES), None, CATEGORIES_OF))
ALL = {"ads", "insight", "comfort", "own"}


def refused(query="", body=None, packed=()):
    carried = find("/", query, json.dumps(body).encode() if body is not None else b"", packed)
    ballot = SOURCE.vote(Scene({}, "shop", 0.0, assort(carried)))
    assert not any(vote.grant or vote.trusted for vote in ballot.votes)
    return {vote.purpose for vote in ballot.votes}


def preferences(**given):
    return {"context": {"consent": {PREFERENCES: given}}}


@pytest.mark.parametrize(
    ("given", "purposes"),
    [
        ({"Advertising": False, "Analytics": True}, {"ads", "own"}),
        ({"marketing": False}, {"ads", "own"}),
        ({"C0002": False}, {"insight"}),
        ({"Functional": "no", "C0004": True}, {"comfort"}),
        ({"Do Not Sell": False}, {"ads"}),
        ({"Strictly Necessary": False}, set()),
        ({"Newsletter 7": False}, ALL),
        ({"Newsletter 7": True, "Advertising": True}, set()),
        ({"Advertising": None}, {"ads", "own"}),
        ({"Advertising": {"deep": [True, False]}}, {"ads", "own"}),
        ({}, set()),
    ],
)
def test_a_category_that_is_not_preferred_is_refused_and_one_of_the_sites_own_refuses_everything(given, purposes):
    assert refused(body=preferences(**given)) == purposes
    assert refused(body={"batch": [{"type": "track"}, preferences(**given)]}) == purposes


def test_preferences_that_were_packed_are_heard():
    assert refused(packed=[("data.context.consent.categoryPreferences.Advertising", "false")]) == {"ads", "own"}


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("value", [False, "false", "no", "0", "maybe", "{{consent}}"])
def test_a_shop_that_does_not_clearly_allow_something_refuses_it(name, value):
    of = {"analytics": {"insight"}, "advertising": {"ads", "own"}, "functional": {"comfort"}, "sale_share": {"ads"}}
    assert refused(body={"customerPrivacy": {name: value}}) == of[ALLOWED[name]]
    assert refused(query=f"{name}={str(value).lower()}") == of[ALLOWED[name]]


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("value", [True, "true", "yes", "1", ""])
def test_what_a_shop_allows_is_no_yes(name, value):
    assert refused(body={"customerPrivacy": {name: value}}) == set()


NAMES = st.sampled_from([*ALLOWED, PREFERENCES])
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=9)
    | st.dictionaries(st.text(max_size=9), st.booleans())
)


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.dictionaries(NAMES, VALUES, max_size=5))
def test_more_that_is_stated_never_refuses_less(some, more):
    assert refused(body=[some]) <= refused(body=[some, more])
