import asyncio
import json
import time

from gateway.bootstrap import salting as module
from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.salt_record import FILE
from gateway.bootstrap.salting import Salting
from tests.bootstrap.configuration import write
from tests.store.servers import Server


def salting(tmp_path, *, share=""):
    faults = []
    plan = read_plan(write(tmp_path))
    if share:
        plan = read_plan(write(tmp_path, (tmp_path / "gateway.yaml").read_text() + f"salt: {{share: '{share}'}}\n"))
    return Salting(plan, faults.append, lambda day, why: None), faults


def today():
    return int(time.time() // 86_400)


def records(tmp_path):
    return [json.loads(line) for line in (tmp_path / "data" / FILE).read_text().splitlines()]


def test_a_salt_is_recorded_when_it_is_there_and_gone_at_the_end(tmp_path):
    (tmp_path / "data").mkdir()
    keeper, faults = salting(tmp_path)

    async def act():
        await keeper.start()
        keeper.tick()
        assert not (tmp_path / "data" / FILE).exists()
        kept = keeper.salt(today())
        keeper.tick()
        await keeper.stop()
        assert kept == bytes(32)

    asyncio.run(act())
    assert [list(row) for row in records(tmp_path)] == [["day", "made"], ["day", "destroyed", "why"]]
    assert records(tmp_path)[1]["why"] == "stopped" and faults == []


def test_a_record_that_cannot_be_written_is_told_and_stops_nothing(tmp_path):
    keeper, faults = salting(tmp_path)  # there is no data directory

    async def act():
        await keeper.start()
        assert len(keeper.salt(today())) == 32
        keeper.tick()
        await keeper.stop()

    asyncio.run(act())
    assert {type(fault) for fault in faults} == {FileNotFoundError}


def test_where_nobody_can_be_asked_the_start_does_not_wait_for_ever(tmp_path):
    (tmp_path / "data").mkdir()
    keeper, faults = salting(tmp_path, share="redis://127.0.0.1:1")

    async def act():
        await asyncio.wait_for(keeper.start(), 20)
        assert len(keeper.salt(today())) == 32
        await keeper.stop()

    asyncio.run(act())
    assert faults == []


def test_an_agreement_that_a_fault_has_ended_begins_again(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(module, "START_SECONDS", 0.1)

    async def act(url):
        keeper, faults = salting(tmp_path, share=url)
        ring, keeper._ring = keeper._ring, None  # no message can be signed
        await keeper.start()
        await asyncio.wait([keeper._sharing], timeout=30)
        keeper.tick()
        assert [type(fault) for fault in faults] == [TypeError]
        keeper._share.func.__self__._ring = ring
        await asyncio.wait_for(keeper._share.func.__self__.begin(), 30)
        assert len(keeper.salt(today())) == 32 and not keeper._sharing.done()
        await keeper.stop()

    with Server(tmp_path / "server") as server:
        asyncio.run(act(server.url))
