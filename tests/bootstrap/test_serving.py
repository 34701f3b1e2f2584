import asyncio
import logging
from unittest.mock import Mock

import pytest

from gateway.bootstrap import serving
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.serving import Serving
from gateway.errors import StoreUnavailable
from gateway.web.listener import Listener, bind
from tests.bootstrap.configuration import write
from tests.store.making import event


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


def test_a_listener_that_breaks_ends_the_process_when_everything_is_let_go_of(gateway, monkeypatch):
    async def breaks(listener):
        raise RuntimeError("made up")

    monkeypatch.setattr(Listener, "run_until_stopped", breaks)
    monkeypatch.setattr(serving, "gc", Mock())

    async def act():
        bound = bind("127.0.0.1", 0)
        with bound, pytest.raises(RuntimeError, match="made up"):
            await Serving(gateway, {"admin": bound}).run()
        with pytest.raises(StoreUnavailable, match="closed"):
            await gateway.store.put([event(1)])

    asyncio.run(act())


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]:8080"), ("127.0.0.1", "127.0.0.1:8080")])
def test_the_address_of_a_listener_can_be_copied_into_a_url(gateway, caplog, host, shown):
    bound = Mock()
    bound.getsockname.return_value = (host, 8080)
    with caplog.at_level(logging.INFO):
        Serving(gateway, {})._listener("admin", bound)
    (line,) = [record.gateway for record in caplog.records if record.message == "listening"]
    assert line["address"] == shown
