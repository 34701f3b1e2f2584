"""A store at its mark takes nothing it cannot keep: it says so, counts it, and recovers by itself."""

import asyncio

import uvloop

from tests.blackbox.destination import DOWN, FINE, Destination
from tests.blackbox.driver import Driver, Entry, Fate, Planned, statuses
from tests.blackbox.reconcile import reconcile
from tests.blackbox.running import PURPOSES, Gateway, choose
from tests.blackbox.traffic import event_id, order_of, own

MARK_BYTES = 400_000
MOST_HITS = 6000


def plan_for(cookie: str, run: str = "full"):
    def plan(number: int) -> Planned:
        name = event_id(run, number)
        return Planned(name, order_of(name), own(name, cookie), ("hook",))

    return plan


async def filled(gateway: Gateway, cookie: str) -> list[Entry]:
    """Drive until the gateway has said no a while."""
    driver = Driver(gateway.port, plan_for(cookie), rate=1500)
    load = asyncio.create_task(driver.run(MOST_HITS))
    while not load.done() and statuses(driver.entries)[503] < 100:
        await asyncio.sleep(0.05)
    driver.stop()
    return await load


def test_a_full_store_says_so_and_recovers(tmp_path):
    with Destination() as meta, Destination() as hook:
        hook.behave(DOWN)
        with Gateway(
            tmp_path, {"meta": meta, "hook": hook}, {"delivery": {"most_waiting": MARK_BYTES, "drain": "1s"}}
        ) as gateway:
            cookie = choose(gateway, yes=PURPOSES)
            entries = uvloop.run(filled(gateway, cookie))
            assert set(statuses(entries)) == {204, 503}
            refusal = gateway.ask("GET", "/p.gif?name=purchase", {"Cookie": cookie, "X-Country": "DE"})
            assert refusal.status == 503
            assert 1 <= int(refusal.headers["Retry-After"]) <= 60
            counted = gateway.metrics()['gateway_answers_total{status="503"}']
            assert counted == statuses(entries)[503] + 1
            assert gateway.ask("GET", "/livez", port=gateway.admin_port).status == 200
            refused_visitor = gateway.ask("GET", "/p.gif?name=purchase", {"X-Country": "DE"})
            assert refused_visitor.status == 200, "a refused hit needs no room"
            hook.behave(FINE)
            gateway.drain()
            later = uvloop.run(Driver(gateway.port, plan_for(cookie, "later"), rate=100).run(20))
            gateway.drain()
    assert {entry.fate for entry in later} == {Fate.ACKED}
    account = reconcile(entries + later, {"hook": hook.deliveries()})
    assert not account.lost | account.refused | account.corrupted | account.unknown, account
