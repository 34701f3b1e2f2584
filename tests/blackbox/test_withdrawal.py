"""After a withdrawal is acknowledged nothing of that visitor is delivered, whatever was queued before."""

from collections.abc import Callable

import pytest
import uvloop

from tests.blackbox.destination import DOWN, FINE, Destination
from tests.blackbox.driver import Driver, Fate, Planned
from tests.blackbox.running import PURPOSES, Gateway, choose, same_origin
from tests.blackbox.traffic import event_id, order_of, own, pixel

HITS = 40


@pytest.fixture
def destinations():
    with Destination() as meta, Destination() as hook:
        meta.behave(DOWN)
        hook.behave(DOWN)
        yield {"meta": meta, "hook": hook}


def send(gateway: Gateway, run: str, cookie: str) -> set[str]:
    """Queue hits of one visitor for both destinations; return their ids."""

    def plan(number: int) -> Planned:
        name = event_id(run, number)
        make: Callable[[str, str], bytes] = pixel if number % 2 else own
        return Planned(name, order_of(name), make(name, cookie), ())

    entries = uvloop.run(Driver(gateway.port, plan, rate=400).run(HITS))
    assert {entry.fate for entry in entries} == {Fate.ACKED}
    return {entry.planned.id for entry in entries}


def withdraw(gateway: Gateway, cookie: str) -> None:
    answer = gateway.ask("DELETE", "/consent", {"Cookie": cookie, **same_origin()})
    assert 200 <= answer.status < 300, answer


def delivered(destinations: dict[str, Destination]) -> set[str]:
    return {delivery.id for destination in destinations.values() for delivery in destination.deliveries()}


@pytest.mark.parametrize("killed", [False, True], ids=["running on", "killed after the acknowledgement"])
def test_what_was_queued_before_a_withdrawal_is_never_delivered(tmp_path, destinations, killed):
    with Gateway(tmp_path, destinations) as gateway:
        leaving, staying = choose(gateway, yes=PURPOSES), choose(gateway, yes=PURPOSES)
        theirs = send(gateway, "leaving", leaving)
        others = send(gateway, "staying", staying)
        assert gateway.waiting() == 2 * HITS
        withdraw(gateway, leaving)
        if killed:
            gateway.kill()
        for destination in destinations.values():
            destination.behave(FINE)
        if killed:
            gateway.start()
        gateway.drain()
        assert delivered(destinations) & theirs == set()
        assert delivered(destinations) == others


def test_taking_one_purpose_back_stops_what_was_queued_for_it_alone(tmp_path, destinations):
    with Gateway(tmp_path, destinations) as gateway:
        cookie = choose(gateway, yes=PURPOSES)
        send(gateway, "changing", cookie)
        choose(gateway, yes=("insight",), cookie=cookie)
        for destination in destinations.values():
            destination.behave(FINE)
        gateway.drain()
        assert destinations["meta"].deliveries() == []
        assert len(destinations["hook"].deliveries()) == HITS // 2


def test_the_old_cookie_of_a_visitor_who_left_is_worth_nothing(tmp_path, destinations):
    with Gateway(tmp_path, destinations) as gateway:
        cookie = choose(gateway, yes=PURPOSES)
        withdraw(gateway, cookie)
        for destination in destinations.values():
            destination.behave(FINE)
        send(gateway, "replayed", cookie)
        gateway.drain()
        assert delivered(destinations) == set()
