"""What a lane has in its hands: who is concerned, and what is under way."""

from gateway.parcels import Flights, Item, subjects_of
from gateway.store.protocols import Lease
from tests.store.making import event


def item(number, subject, also=()):
    made = event(number, subject=subject, also=also)
    return Item(Lease(number, made.id, made.destination, made.received, 0, ""), made)


def test_everybody_is_concerned_whom_one_of_the_events_names():
    assert subjects_of([item(1, "a"), item(2, "b", ("c",)), item(3, "")]) == {"a", "b", "c"}


def test_a_flight_is_found_by_its_subjects_until_it_has_landed():
    flights = Flights()
    first, second = flights.begin([item(1, "a"), item(2, "b")]), flights.begin([item(3, "b")])
    assert (flights.of(frozenset("b")), flights.of(frozenset("a")), flights.of(frozenset("c"))) == (
        [first, second],
        [first],
        [],
    )
    flights.land(first)
    flights.land(first)
    assert (first.landed.is_set(), second.landed.is_set(), len(flights)) == (True, False, 1)


def test_all_can_be_told_to_have_landed():
    flights = Flights()
    begun = [flights.begin([item(number, "a")]) for number in range(3)]
    flights.land_all()
    assert (len(flights), all(flight.landed.is_set() for flight in begun)) == (0, True)
