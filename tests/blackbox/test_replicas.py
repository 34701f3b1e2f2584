"""Several gateways on one server: nothing is lost, nobody is forgotten, and nothing of a refused hit is in it."""

import pytest

from tests.blackbox.canaries import make, plant
from tests.blackbox.destination import DOWN, FINE, Destination
from tests.blackbox.nginx import BINARY
from tests.blackbox.opened import opened
from tests.blackbox.replicas import EACH_ONCE, empty, replica, roll, run, withdrawals
from tests.blackbox.running import PURPOSES, SITE, choose
from tests.blackbox.test_canary import PERMITTED, look, searching, visitor
from tests.blackbox.test_withdrawal import delivered, send, withdraw
from tests.store.servers import Server

RATE = 200


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path / "server") as running:
        yield running


@pytest.fixture
def destinations():
    with Destination() as meta, Destination() as hook:
        yield {"meta": meta, "hook": hook}


@pytest.mark.alone
def test_a_collector_a_worker_and_their_server_are_killed_and_nothing_acknowledged_is_lost(tmp_path):
    account = run(tmp_path, EACH_ONCE, RATE)
    assert account.acked > RATE
    assert not account.lost, account
    assert not account.forbidden | account.corrupted | account.unknown, account
    assert account.copies_share <= 0.2, account  # few arrive between three outages, and what waited arrives together


def test_a_withdrawal_at_one_replica_holds_at_the_other(tmp_path, server, destinations):
    for destination in destinations.values():
        destination.behave(DOWN)
    with replica(tmp_path / "here", server, destinations) as here:
        key = tmp_path / "here" / "root.key"
        with replica(tmp_path / "there", server, destinations, key=key) as there:
            leaving, staying = choose(here, yes=PURPOSES), choose(there, yes=PURPOSES)
            theirs = send(here, "leaving", leaving) | send(there, "leaving too", leaving)
            others = send(there, "staying", staying)
            withdraw(there, leaving)
            for destination in destinations.values():
                destination.behave(FINE)
            empty(there)
    assert delivered(destinations) & theirs == set()
    assert delivered(destinations) == others


def test_withdrawals_at_one_replica_hold_everywhere_whoever_is_killed_at_that_moment(tmp_path):
    shown = withdrawals(tmp_path, times=5, late=3.0)
    print(shown)
    assert shown.hits > 150
    assert shown.before > 0
    assert shown.same == frozenset()
    assert shown.other == frozenset()


@pytest.mark.alone  # who is late to stop sending to a replica that ends depends on who else runs
@pytest.mark.parametrize("nginx", [False, *([True] if BINARY else [])], ids=lambda real: "nginx" if real else "ours")
def test_replicas_that_are_restarted_in_turn_turn_no_client_away(tmp_path, nginx):
    shown = roll(tmp_path, times=1, rate=100, nginx=nginx)
    print(shown)
    assert shown.account.acked > 100
    assert shown.statuses <= {200, 204}
    assert not shown.account.lost | shown.account.forbidden | shown.account.unknown, shown.account
    assert shown.written == ""  # of no hit, not even of one that a gateway in its last moment did not take


@pytest.mark.parametrize("kind", ["refused", "agreed"])
def test_the_server_holds_of_a_hit_what_the_policy_lets_through_and_else_nothing(tmp_path, server, destinations, kind):
    values = make()
    for destination in destinations.values():
        destination.behave(DOWN)
    with replica(tmp_path / "gateway", server, destinations) as gateway:
        replies = plant(gateway.port, SITE, values, visitor(gateway, kind))
        scanner = searching(values)
        look(scanner, gateway, {})
        for part in sorted((tmp_path / "server").rglob("*")):
            if part.is_file():
                scanner.look(part.name, part.read_bytes())
        sealed, events = scanner.found(), opened(gateway.config, gateway.data)
        for event in events:
            scanner.look("an event", event.to_json().encode())
    assert {reply.status for reply in replies} & {0, 500, 502, 503} == set(), replies
    assert (sealed, bool(events)) == (set(), kind == "agreed")
    assert scanner.found() == (PERMITTED if kind == "agreed" else set())
