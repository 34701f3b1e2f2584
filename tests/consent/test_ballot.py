import math

from gateway.consent.ballot import Ballot, Place, Scene, Unreadable, joined, refuse
from gateway.facts import Vote


def test_a_silent_source_says_nothing_for_ever():
    assert Ballot() == ((), (), (), False, False, "", math.inf, False, False)


def test_a_refusal_for_what_cannot_be_read_is_no_act_of_the_visitor():
    ballot = refuse("s", ["a", "b"], "garbled")
    assert ballot.votes == tuple(Vote(name, "s", grant=False, explicit=False, trusted=False, day=None) for name in "ab")
    assert ballot.reasons == ("garbled", "garbled")
    assert ballot.unreadable == (Unreadable("s", "garbled"),)


def test_it_is_named_even_where_there_is_nothing_to_refuse():
    assert refuse("s", [], "garbled") == Ballot(unreadable=(Unreadable("s", "garbled"),))


def test_a_place_gives_each_of_its_texts_once_and_resolves_percent_signs_once():
    scene = Scene({b"a": [b"1%7E2", b"1~2", b"%2541"]}, "shop", 1.0, {"a": ["%41"]})
    assert Place("a").texts(scene) == ["1~2", "%41"]
    assert Place("a", carried=True).texts(scene) == ["%41"]
    assert Place("b").texts(scene) == Place("b", carried=True).texts(scene) == []


def test_a_scene_knows_its_day():
    assert Scene({}, "shop", 86400 * 3 - 0.5).day == 2


def test_several_ballots_are_one_that_says_all_of_it():
    first = Ballot((Vote("a", "s", False),), ("x",), (Unreadable("s", "y"),), gpc=True, until=9, tc=True)
    second = Ballot((Vote("b", "t", True),), ("z",), notified=True, record="r", until=5, dnt=True)
    assert joined([first, second]) == Ballot(
        (*first.votes, *second.votes), ("x", "z"), first.unreadable, True, True, "r", 5, True, True
    )
    assert joined([second]) is second
