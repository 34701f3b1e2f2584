"""Several processes of one start: a killed one comes back, nothing is lost with it, and what each counts adds up."""

import asyncio
import json
import os
import signal
import time
from functools import partial

import pytest
import uvloop

from tests.blackbox.destination import Destination
from tests.blackbox.driver import Driver, Entry, statuses
from tests.blackbox.reconcile import reconcile
from tests.blackbox.replicas import empty
from tests.blackbox.running import PURPOSES, Gateway, choose
from tests.blackbox.traffic import mixed
from tests.store.servers import Server

PROCESSES = 2
HITS = 200
KILLS = 2
REQUESTS = 32  # what a process has sent to two vendors and not settled, at most, when it is killed
START_SECONDS = 60


@pytest.fixture
def destinations():
    with Destination() as meta, Destination() as hook:
        yield {"meta": meta, "hook": hook}


@pytest.fixture
def gateway(tmp_path, destinations):
    folder = tmp_path / "gateway"
    folder.mkdir()
    with Server(tmp_path / "server") as server:
        settings = {"store": {"url": server.url}}
        with Gateway(folder, destinations, settings, workers=PROCESSES) as running:
            all_ready(running)
            yield running


def ready(gateway, process):
    try:
        return gateway.ask("GET", "/readyz", port=gateway.admin_port + process).status == 200
    except OSError:
        return False


def all_ready(gateway):
    deadline = time.monotonic() + START_SECONDS
    while not all([ready(gateway, process) for process in range(PROCESSES)]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(gateway):
    """The processes of a gateway, in the order of their starts."""
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines()]
    return [line["pid"] for line in lines if line["event"] == "process" and line["state"] == "started"]


async def killed(gateway, driver):
    load = asyncio.create_task(driver.run())
    for kill in range(KILLS):
        await driver.acked(80)
        os.kill(children(gateway)[kill], signal.SIGKILL)
        while len(children(gateway)) < PROCESSES + kill + 1:
            await asyncio.sleep(0.05)
    await driver.acked(80)
    driver.stop()
    return await load


def test_processes_that_are_killed_come_back_and_nothing_acknowledged_is_lost(gateway, destinations):
    plan = mixed("processes", choose(gateway, yes=PURPOSES), choose(gateway))
    entries = uvloop.run(killed(gateway, Driver(gateway.port, plan, rate=150)))
    all_ready(gateway)
    empty(gateway)
    assert gateway.stop() == 0
    account = reconcile(entries, {name: each.deliveries() for name, each in destinations.items()})
    assert account.acked > 200, account
    assert not account.lost | account.forbidden | account.refused | account.corrupted | account.unknown, account
    most = max(len(request.events()) for each in destinations.values() for request in each.requests)
    assert account.copies <= KILLS * REQUESTS * most, account
    assert set(statuses(entries)) <= {0, 200, 204}


def test_what_each_process_counts_adds_up_to_all_that_came(gateway, destinations):
    plan = mixed("counted", choose(gateway, yes=PURPOSES), choose(gateway))
    entries: list[Entry] = []

    def total(name, word):
        each = [gateway.metrics(process) for process in range(PROCESSES)]
        return [sum(n for key, n in samples.items() if key.startswith(name) and word in key) for samples in each]

    # Which process takes a connection is the system's choice: the one that sleeps takes none.
    while not entries or (min(total("gateway_answers_total", "")) == 0 and len(entries) < 20 * HITS):
        numbered = partial(lambda shift, number: plan(shift + number), len(entries))
        entries += uvloop.run(Driver(gateway.port, numbered, rate=200).run(HITS))
    empty(gateway)
    assert sum(total("gateway_decisions_total", 'reason="consent"')) == sum(
        len(entry.planned.owed) for entry in entries
    )
    delivered = sum(total("gateway_deliveries_total", 'result="delivered"'))
    assert delivered == sum(len(one.deliveries()) for one in destinations.values())
    assert min(total("gateway_answers_total", "")) > 0, "each process has work"
