"""Several gateways on one server: nothing is lost, nobody is forgotten, and nothing of a refused hit is in it."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import uvloop

from tests.blackbox.canaries import make, plant
from tests.blackbox.destination import DOWN, FINE, Destination
from tests.blackbox.driver import Driver, Entry, statuses
from tests.blackbox.reconcile import reconcile
from tests.blackbox.running import DRAIN_SECONDS, PURPOSES, SITE, Gateway, choose
from tests.blackbox.test_canary import PERMITTED, look, searching, visitor
from tests.blackbox.test_withdrawal import delivered, send, withdraw
from tests.blackbox.traffic import mixed
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


def replica(
    folder: Path, server: Server, destinations: Mapping[str, Destination], role: str = "all", key: Path | None = None
) -> Gateway:
    """A gateway on a server, with a folder of its own and the root key of another, where there is one."""
    folder.mkdir()
    if key:
        shutil.copy(key, folder / "root.key")
    return Gateway(folder, destinations, {"store": {"url": server.url}}, role=role)


def empty(gateway: Gateway) -> None:
    """Wait until nothing is queued. What one replica took another may have delivered, so no books of one add up."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while (left := gateway.waiting()) > 0:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{left} events are still queued")
        time.sleep(0.1)


async def troubled(driver: Driver, collector: Gateway, worker: Gateway, server: Server) -> list[Entry]:
    """Drive, and meanwhile kill each of them once and start it again."""
    load = asyncio.create_task(driver.run())
    try:
        for each in (worker, server, collector):
            await asyncio.sleep(1.5)
            each.kill()
            await asyncio.sleep(0.3)
            await asyncio.to_thread(each.start)
        await asyncio.sleep(1)
    finally:
        driver.stop()
        entries = await load
    return entries


def test_a_collector_workers_and_their_server_are_killed_and_nothing_acknowledged_is_lost(
    tmp_path, server, destinations
):
    with ExitStack() as stack:
        collector = stack.enter_context(replica(tmp_path / "collector", server, destinations, "collector"))
        key = tmp_path / "collector" / "root.key"
        worker, other = (
            stack.enter_context(replica(tmp_path / name, server, destinations, "worker", key))
            for name in ("worker", "other")
        )
        plan = mixed("replicas", choose(collector, yes=PURPOSES), choose(collector))
        entries = uvloop.run(troubled(Driver(collector.port, plan, RATE), collector, worker, server))
        empty(collector)
        assert [each.stop() for each in (collector, worker, other)] == [0, 0, 0]
    account = reconcile(entries, {name: each.deliveries() for name, each in destinations.items()})
    print(f"{account}; answers {dict(statuses(entries))}")
    assert account.acked > RATE
    assert not account.lost, account
    assert not account.forbidden | account.corrupted | account.unknown, account
    assert account.copies_share <= 0.02, account


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
    assert {reply.status for reply in replies} & {0, 500, 502, 503} == set(), replies
    assert scanner.found() == (PERMITTED if kind == "agreed" else set())
