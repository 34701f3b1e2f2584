import asyncio

import pytest

from gateway.bootstrap import serving
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.serving import Serving
from gateway.errors import StoreUnavailable
from tests.bootstrap.configuration import write


@pytest.fixture
def gateway(tmp_path):
    return Gateway(read_plan(write(tmp_path)))


def counted(gateway):
    page = gateway.telemetry.exposition().decode().splitlines()
    return [line for line in page if line.startswith("gateway_faults_total{")]


def test_a_fault_is_counted_and_ends_one_tick_but_never_the_ticking(gateway, monkeypatch):
    monkeypatch.setattr(serving, "TICK_SECONDS", 0.001)
    gateway.salting = None  # what nobody expects

    async def act():
        made = Serving(gateway, {})
        async with asyncio.timeout(20):
            ticking = asyncio.create_task(made._tick())
            while counted(gateway)[:1] in ([], ['gateway_faults_total{part="salt"} 1.0']):
                assert not ticking.done()
                await asyncio.sleep(0.001)
        ticking.cancel()

    asyncio.run(act())


def test_a_fault_of_a_lane_is_counted_as_the_workers(gateway):
    gateway.worker._parts.fault(StoreUnavailable("made up"))
    assert counted(gateway) == ['gateway_faults_total{part="worker"} 1.0']
