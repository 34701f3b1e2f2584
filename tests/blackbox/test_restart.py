"""Stopping and starting: the queue goes on where it was, one gateway a directory, and nobody is cut off in a sentence."""

import asyncio
import signal
import socket
import time

import pytest
import uvloop

from tests.blackbox.destination import DOWN, FINE, Behaviour, Destination
from tests.blackbox.driver import Driver, Fate, Planned, statuses
from tests.blackbox.reconcile import reconcile
from tests.blackbox.running import PURPOSES, STOP_SECONDS, Gateway, choose
from tests.blackbox.traffic import event_id, mixed, order_of, own

HITS = 60


@pytest.fixture
def destinations():
    with Destination() as meta, Destination() as hook:
        yield {"meta": meta, "hook": hook}


def owned(cookie: str):
    def plan(number: int) -> Planned:
        name = event_id("restart", number)
        return Planned(name, order_of(name), own(name, cookie), ("hook",))

    return plan


def test_a_restart_delivers_what_was_queued(tmp_path, destinations):
    destinations["hook"].behave(DOWN)
    with Gateway(tmp_path, destinations) as gateway:
        cookie = choose(gateway, yes=PURPOSES)
        entries = uvloop.run(Driver(gateway.port, owned(cookie), rate=400).run(HITS))
        assert gateway.stop() == 0
        destinations["hook"].behave(FINE)
        gateway.start()
        gateway.drain()
    account = reconcile(entries, {"hook": destinations["hook"].deliveries()})
    assert (account.acked, account.arrived, account.copies) == (HITS, HITS, 0)


def test_a_cookie_given_before_a_restart_still_counts(tmp_path, destinations):
    with Gateway(tmp_path, destinations) as gateway:
        cookie = choose(gateway, yes=PURPOSES)
        assert gateway.stop() == 0
        gateway.start()
        uvloop.run(Driver(gateway.port, owned(cookie), rate=400).run(1))
        gateway.drain()
    assert len(destinations["hook"].deliveries()) == 1


def test_a_second_gateway_on_the_same_directory_is_refused(tmp_path, destinations):
    second_directory = tmp_path / "second"
    second_directory.mkdir()
    with Gateway(tmp_path, destinations) as first:
        second = Gateway(second_directory, destinations, {"data_dir": str(first.data)})
        second.spawn()
        code = second.wait()
        said = second.log.read_text()
        assert first.ask("GET", "/readyz", port=first.admin_port).status == 200
    assert code not in (0, -9)
    assert f"in use by process {first.pid}" in said
    assert "Traceback" not in said


async def terminated(gateway: Gateway, driver: Driver) -> tuple[list, int]:
    load = asyncio.create_task(driver.run())
    await driver.acked(250)
    code = await asyncio.to_thread(gateway.stop)
    driver.stop()
    return await load, code


def test_a_termination_under_load_loses_nothing(tmp_path, destinations):
    entries = []
    with Gateway(tmp_path, destinations) as gateway:
        agreed, declined = choose(gateway, yes=PURPOSES), choose(gateway)
        for run in range(3):
            driver = Driver(gateway.port, mixed(f"term{run}", agreed, declined), rate=300)
            mine, code = uvloop.run(terminated(gateway, driver))
            assert code == 0
            entries += mine
            gateway.start()
        gateway.drain()
    account = reconcile(entries, {name: each.deliveries() for name, each in destinations.items()})
    assert account.acked > 600
    assert not account.lost | account.forbidden | account.refused | account.corrupted | account.unknown, account
    assert account.copies == 0, account
    assert set(statuses(entries)) <= {0, 200, 204, 503}


def test_a_request_in_flight_is_answered_although_the_gateway_stops(tmp_path, destinations):
    with Gateway(tmp_path, destinations) as gateway:
        request = own(event_id("flight", 0), choose(gateway, yes=PURPOSES), "Expect: 100-continue\r\n")
        with socket.create_connection(("127.0.0.1", gateway.port), 30) as connection:
            connection.sendall(request[:-20])
            assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
            gateway.signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(request[-20:])
            assert connection.recv(4096).startswith(b"HTTP/1.1 204 ")
        assert gateway.wait() == 0
        gateway.start()
        gateway.drain()
    assert [delivery.id for delivery in destinations["hook"].deliveries()] == [event_id("flight", 0)]


def test_a_destination_that_hangs_does_not_hold_up_the_stop(tmp_path, destinations):
    destinations["hook"].behave(Behaviour("hang"))
    with Gateway(tmp_path, destinations) as gateway:
        cookie = choose(gateway, yes=PURPOSES)
        entries = uvloop.run(Driver(gateway.port, owned(cookie), rate=400).run(1))
        assert gateway.stop() == 0, f"within {STOP_SECONDS} s"
        destinations["hook"].behave(FINE)
        gateway.start()
        gateway.drain()
    assert entries[0].fate is Fate.ACKED
    assert {delivery.id for delivery in destinations["hook"].deliveries()} == {event_id("restart", 0)}
