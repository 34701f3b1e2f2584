import math

from gateway.consent.ballot import Ballot, Scene, Unreadable, refuse
from gateway.facts import Vote


def test_a_silent_source_says_nothing_for_ever():
    assert Ballot() == ((), (), (), False, False, "", math.inf, False)


def test_a_refusal_for_what_cannot_be_read_is_no_act_of_the_visitor():
    ballot = refuse("s", ["a", "b"], "garbled")
    assert ballot.votes == tuple(Vote(name, "s", grant=False, explicit=False, trusted=False, day=None) for name in "ab")
    assert ballot.reasons == ("garbled", "garbled")
    assert ballot.unreadable == (Unreadable("s", "garbled"),)


def test_it_is_named_even_where_there_is_nothing_to_refuse():
    assert refuse("s", [], "garbled") == Ballot(unreadable=(Unreadable("s", "garbled"),))


def test_a_scene_knows_its_day():
    assert Scene({}, "shop", 86400 * 3 - 0.5).day == 2
