"""Several beacons of one action are kept once, and two actions are always two."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.anonymise.likeness import Likeness
from gateway.event import Event
from gateway.facts import Facts
from gateway.twins import MOST, MOST_ALIKE, Twins

NOW = 1_795_600_000.0


def event(name, destination="meta", subject=""):
    fields = {"event.id": name, "order.value": "9.90"}
    return Event(name, destination, "purchase", int(NOW), "shop", Facts(), fields, {}, record=subject)


def like(side="GET", of="a", certain=False):
    return Likeness(hash(of), hash(side), certain, 30)


@pytest.fixture
def told():
    return Counter()


@pytest.fixture
def twins(told):
    return Twins(lambda destination: told.update([destination]))


def kept(twins, *beacons, now=NOW):
    """The ids of what is put for the beacons of one hit, which is then durable."""
    claim = twins.claim(beacons, now)
    twins.kept(claim)
    return [each.id for each in claim.events]


def test_a_beacon_from_another_side_is_of_the_same_action(twins, told):
    assert kept(twins, (event("1"), like("GET"))) == ["1"]
    assert kept(twins, (event("2"), like("POST"))) == []
    assert told == {"meta": 1}


def test_a_beacon_from_the_same_side_is_another_action(twins):
    assert kept(twins, (event("1"), like("GET"))) + kept(twins, (event("2"), like("GET"))) == ["1", "2"]
    assert kept(twins, (event("3"), like("POST"))) + kept(twins, (event("4"), like("POST"))) == []
    assert kept(twins, (event("5"), like("POST"))) == ["5"]


def test_what_has_an_id_is_one_from_whichever_side_it_is_told(twins):
    assert kept(twins, (event("1"), like(certain=True))) == ["1"]
    assert kept(twins, (event("2"), like(certain=True))) == []


def test_what_reaches_another_destination_or_is_of_another_subject_is_another_event(twins):
    beacons = [event("1"), event("2", destination="hook"), event("3", subject="s")]
    assert kept(twins, *((each, like(side)) for each, side in zip(beacons, "abc", strict=True))) == ["1", "2", "3"]


def test_what_nothing_is_known_by_is_never_merged(twins):
    assert kept(twins, (event("1"), None), (event("2"), None)) == ["1", "2"]
    assert len(twins) == 0


def test_a_twin_that_comes_before_the_first_is_durable_is_put_under_its_id(twins):
    first = twins.claim([(event("1"), like("GET"))], NOW)
    second = twins.claim([(event("2"), like("POST"))], NOW)
    assert [(each.id, each.fields["event.id"]) for each in second.events] == [("1", "1")]
    twins.kept(first)
    assert kept(twins, (event("3"), like("OTHER"))) == []


def test_of_two_that_were_under_way_together_one_is_merged_unless_the_other_was_lost(told):
    for fails, merged in ((False, 1), (True, 0)):
        told.clear()
        twins = Twins(lambda destination: told.update([destination]))
        first, second = (twins.claim([(event(side), like(side))], NOW) for side in ("GET", "POST"))
        (twins.lost if fails else twins.kept)(first)
        twins.kept(second)
        assert told["meta"] == merged


def test_what_could_not_be_kept_was_not_told(twins):
    twins.lost(twins.claim([(event("1"), like("GET"))], NOW))
    assert len(twins) == 0
    assert kept(twins, (event("2"), like("POST"))) == ["2"]


def test_a_failure_takes_nothing_from_what_is_durable(twins):
    kept(twins, (event("1"), like("GET")))
    twins.lost(twins.claim([(event("2"), like("GET"))], NOW))
    assert kept(twins, (event("3"), like("POST"))) == []


def test_after_its_time_an_action_is_forgotten(twins):
    assert kept(twins, (event("1"), like("GET"))) == ["1"]
    assert kept(twins, (event("2"), like("POST")), now=NOW + 30) == ["2"]
    twins.forget(NOW + 59)
    assert len(twins) == 1
    twins.forget(NOW + 60)
    assert len(twins) == 0


def test_what_is_over_is_forgotten_whatever_is_remembered_beside_it(twins):
    kept(twins, (event("1"), like(of="long")._replace(seconds=600)))
    kept(twins, (event("2"), like(of="short")))
    kept(twins, (event("3"), like("GET", of="both")))
    kept(twins, (event("4"), like("GET", of="both")), now=NOW + 20)
    twins.forget(NOW + 30)
    assert sorted(action.id for alike in twins._actions.values() for action in alike) == ["1", "4"]


def test_memory_is_bounded(twins):
    for number in range(MOST + 10):
        kept(twins, (event(str(number)), like(of=str(number))))
    assert len(twins) <= MOST + 1
    for number in range(3 * MOST_ALIKE):
        kept(twins, (event(str(number)), like(of="b")))
    assert sum(map(len, twins._actions.values())) <= MOST + 1 + MOST_ALIKE


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["GET", "POST", "frame"])), max_size=40))
def test_of_each_action_as_many_are_kept_as_the_side_that_told_most(beacons):
    twins = Twins(lambda destination: None)
    most = Counter(dict(((of, side), number) for (of, side), number in Counter(beacons).items()))
    ids = [kept(twins, (event(str(number)), like(side, of))) for number, (of, side) in enumerate(beacons)]
    sides = {of: max((most[of, side] for side in ("GET", "POST", "frame")), default=0) for of in "abc"}
    if max(sides.values()) <= MOST_ALIKE:
        assert sum(map(len, ids)) == sum(sides.values())
