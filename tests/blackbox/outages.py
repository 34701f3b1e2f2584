"""What an operator lives through: a vendor that is down for long, stops, pauses of the machine, withdrawals at any moment.

python -m tests.blackbox.outages outage --seconds 600      a vendor down for ten minutes under load
python -m tests.blackbox.outages stops --times 50          SIGTERM under load, also twice, also with SIGKILL after it
python -m tests.blackbox.outages pause --seconds 30        SIGSTOP under load, then SIGCONT
python -m tests.blackbox.outages withdrawals --times 50    withdrawals while events are on their way, with kill -9
"""

import asyncio
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import click
import uvloop

from tests.blackbox.destination import DOWN, FINE, Behaviour, Captured, Destination
from tests.blackbox.driver import Driver, Entry, Fate, Planned
from tests.blackbox.reconcile import Account, reconcile
from tests.blackbox.running import PURPOSES, Gateway, choose, same_origin
from tests.blackbox.traffic import event_id, mixed, order_of, own, pixel

SLOW = Behaviour(delay=0.5)
MOODS = (FINE, Behaviour(delay=0.1), Behaviour(status=503, share=0.5), DOWN)
STOP_SECONDS = 30


class Outage(NamedTuple):
    """What an outage showed. Rates are events a second, `tries` requests while the vendor was down, `herd` requests in
    the second after it was back and `usual` those of the busiest second before. `age_error` is by how many seconds the
    metric of the oldest event was wrong; p99s are in seconds."""

    account: Account
    rate: float
    catch_up: float
    tries: int
    usual: int
    herd: int
    age_error: float
    p99_before: float
    p99_after: float


def outage(directory: Path, seconds: float, rate: float = 100.0) -> Outage:
    """Load all the time; the vendor is well for 4 s, down for so many seconds, and well again until all is delivered."""
    with ExitStack() as stack:
        meta, hook = stack.enter_context(Destination()), stack.enter_context(Destination())
        gateway = stack.enter_context(Gateway(directory, {"meta": meta, "hook": hook}))
        cookie = choose(gateway, yes=PURPOSES)
        driver = Driver(gateway.port, _owed(cookie, pixel, "meta"), rate)
        down, up, age_error = uvloop.run(_through(gateway, driver, meta, seconds))
        gateway.drain()
        entries, requests = driver.entries, list(meta.requests)
        account = reconcile(entries, {"meta": meta.deliveries()})
    after = [each for each in requests if each.at > up and each.taken]
    return Outage(
        account,
        rate,
        _catch_up(entries, requests, after[0].at),
        sum(down < each.at < up for each in requests),
        _busiest([each for each in requests if each.at < down]),
        sum(each.at < after[0].at + 1 for each in after),
        age_error,
        _p99([entry for entry in entries if entry.due < down]),
        _p99([entry for entry in entries if after[0].at < entry.due < after[0].at + 3]),
    )


async def _through(gateway: Gateway, driver: Driver, meta: Destination, seconds: float) -> tuple[float, float, float]:
    load = asyncio.create_task(driver.run())
    await asyncio.sleep(4)
    meta.behave(DOWN)
    down = time.monotonic()
    await asyncio.sleep(seconds)
    samples = await asyncio.to_thread(gateway.metrics)
    first = min(entry.due for entry in driver.entries if entry.due > down)
    age_error = abs(samples['gateway_queue_oldest_seconds{destination="meta"}'] - (time.monotonic() - first))
    meta.behave(FINE)
    up = time.monotonic()
    while not any(each.at > up and each.taken for each in meta.requests[-50:]):
        await asyncio.sleep(0.1)
    await asyncio.sleep(5)
    driver.stop()
    await load
    return down, up, age_error


def _catch_up(entries: Sequence[Entry], requests: Sequence[Captured], began: float) -> float:
    """Events a second from the first that was taken again until nothing was late by more than half a second."""
    due = {entry.planned.id: entry.due for entry in entries}
    taken = [(each.at, event.id) for each in requests if each.at >= began for event in each.events()]
    late = [at for at, name in taken if at - due[name] > 0.5]
    return len(late) / max(max(late, default=began) - began, 0.001)


def _busiest(requests: Sequence[Captured]) -> int:
    times = [each.at for each in requests]
    return max(sum(at <= other < at + 1 for other in times) for at in times)


def _p99(entries: Sequence[Entry]) -> float:
    times = sorted(entry.seconds for entry in entries)
    return times[int(len(times) * 0.99)] if times else 0.0


class Stops(NamedTuple):
    """What stops showed: the account, exit codes, the longest stop in seconds, and the statuses that were answered."""

    account: Account
    codes: frozenset[int]
    longest: float
    statuses: frozenset[int]


def stops(directory: Path, times: int, rate: float = 300.0) -> Stops:
    """Stop and start under load with slow vendors: once told, twice told, told and then killed."""
    with ExitStack() as stack:
        meta, hook = stack.enter_context(Destination()), stack.enter_context(Destination())
        gateway = stack.enter_context(Gateway(directory, {"meta": meta, "hook": hook}))
        agreed, declined = choose(gateway, yes=PURPOSES), choose(gateway)
        entries: list[Entry] = []
        codes, longest = set(), 0.0
        for number in range(times):
            meta.behave(SLOW)
            hook.behave(SLOW)
            driver = Driver(gateway.port, mixed(f"stop{number}", agreed, declined), rate)
            code, seconds = uvloop.run(_stopped(gateway, driver, number % 3))
            codes.add(code)
            longest = max(longest, seconds)
            entries += driver.entries
            meta.behave(FINE)
            hook.behave(FINE)
            gateway.start()
        gateway.drain()
        account = reconcile(entries, {"meta": meta.deliveries(), "hook": hook.deliveries()})
    return Stops(account, frozenset(codes), longest, frozenset(entry.status for entry in entries))


async def _stopped(gateway: Gateway, driver: Driver, way: int) -> tuple[int, float]:
    load = asyncio.create_task(driver.run())
    await driver.acked(150)
    began = time.monotonic()
    gateway.signal(signal.SIGTERM)
    if way:
        await asyncio.sleep(random.uniform(0.05, 0.4))
        gateway.signal(signal.SIGTERM if way == 1 else signal.SIGKILL)
    code = await asyncio.to_thread(gateway.wait)
    seconds = time.monotonic() - began
    driver.stop()
    await load
    return code, seconds


def pause(directory: Path, seconds: float, rate: float = 200.0) -> Account:
    """Stop the process in the middle of load and deliveries, as a machine that is moved does, and let it go on."""
    with ExitStack() as stack:
        meta, hook = stack.enter_context(Destination()), stack.enter_context(Destination())
        gateway = stack.enter_context(Gateway(directory, {"meta": meta, "hook": hook}))
        meta.behave(Behaviour(delay=0.05))
        driver = Driver(gateway.port, mixed("pause", choose(gateway, yes=PURPOSES), choose(gateway)), rate)
        uvloop.run(_paused(gateway, driver, seconds))
        gateway.drain()
        return reconcile(driver.entries, {"meta": meta.deliveries(), "hook": hook.deliveries()})


async def _paused(gateway: Gateway, driver: Driver, seconds: float) -> None:
    load = asyncio.create_task(driver.run())
    await driver.acked(150)
    gateway.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    gateway.signal(signal.SIGCONT)
    await driver.acked(300)
    driver.stop()
    await load


class Withdrawals(NamedTuple):
    """What withdrawals showed: how many hits were acknowledged, how many events arrived before their visitor's withdrawal was
    acknowledged, and which afterwards."""

    hits: int
    before: int
    after: frozenset[str]


def withdrawals(directory: Path, times: int, hits: int = 30) -> Withdrawals:
    """Each visitor sends hits and withdraws meanwhile; every second time the gateway is killed right after its answer."""
    acknowledged, ids = {}, {}
    with ExitStack() as stack:
        meta, hook = stack.enter_context(Destination()), stack.enter_context(Destination())
        gateway = stack.enter_context(Gateway(directory, {"meta": meta, "hook": hook}))
        for number in range(times):
            for shift, destination in enumerate((meta, hook)):
                destination.behave(MOODS[(number + shift) % len(MOODS)])
            cookie = choose(gateway, yes=PURPOSES)
            sees = meta.taken if number == 0 else None
            sent, at = uvloop.run(_withdrawn(gateway, cookie, f"race{number}", hits, sees))
            ids |= dict.fromkeys(sent, number)
            acknowledged[number] = at
            if number % 2:
                gateway.kill()
                gateway.start()
        for destination in (meta, hook):
            destination.behave(FINE)
        gateway.drain()
        arrived = [
            (each.at, event.id) for one in (meta, hook) for each in list(one.requests) for event in each.events()
        ]
    after = frozenset(name for at, name in arrived if at > acknowledged[ids[name]])
    return Withdrawals(len(ids), len({name for _, name in arrived} - after), after)


async def _withdrawn(
    gateway: Gateway, cookie: str, run: str, hits: int, sees: Callable[[], int] | None = None
) -> tuple[list[str], float]:
    """The ids of what may be queued, and when the withdrawal was answered: at any moment, or when a vendor sees some."""

    def plan(number: int) -> Planned:
        name = event_id(run, number)
        make: Callable[[str, str], bytes] = pixel if number % 2 else own
        return Planned(name, order_of(name), make(name, cookie), ())

    driver = Driver(gateway.port, plan, rate=200)
    load = asyncio.create_task(driver.run(hits))
    await asyncio.sleep(random.uniform(0.3, 1.5) * hits / 200)
    async with asyncio.timeout(60):
        while sees and not sees():
            await asyncio.sleep(0.01)
    answer = await asyncio.to_thread(gateway.ask, "DELETE", "/consent", {"Cookie": cookie, **same_origin()})
    at = time.monotonic()
    assert 200 <= answer.status < 300, answer
    await load
    return [entry.planned.id for entry in driver.entries if entry.fate is not Fate.REFUSED], at


def _owed(cookie: str, make: Callable[[str, str], bytes], destination: str) -> Callable[[int], Planned]:
    def plan(number: int) -> Planned:
        name = event_id("owed", number)
        return Planned(name, order_of(name), make(name, cookie), (destination,))

    return plan


@click.command()
@click.argument("what", type=click.Choice(["outage", "stops", "pause", "withdrawals"]))
@click.option("--seconds", default=30.0, show_default=True)
@click.option("--times", default=50, show_default=True)
def main(what: str, seconds: float, times: int) -> None:
    """Run one of them at length and print what it showed."""
    runs: dict[str, Callable[[Path], object]] = {
        "outage": lambda directory: outage(directory, seconds),
        "stops": lambda directory: stops(directory, times),
        "pause": lambda directory: pause(directory, seconds),
        "withdrawals": lambda directory: withdrawals(directory, times),
    }
    with tempfile.TemporaryDirectory() as directory:
        shown = runs[what](Path(directory))
    click.echo(f"{what}: {shown}")
    wrong = shown.after if isinstance(shown, Withdrawals) else _faults(shown)
    sys.exit(1 if wrong else 0)


def _faults(shown: object) -> frozenset[tuple[str, str]]:
    account = getattr(shown, "account", shown)
    assert isinstance(account, Account)
    return account.lost | account.forbidden | account.refused | account.corrupted | account.unknown


if __name__ == "__main__":
    main()
