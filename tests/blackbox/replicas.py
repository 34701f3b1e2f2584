"""Replicas on one server under load: killed, restarted in turn, and told of withdrawals.

python -m tests.blackbox.replicas outages --times 100        a collector, a worker or the server is killed or stopped
python -m tests.blackbox.replicas rolling --times 20         two replicas are restarted in turn behind a balancer of ours
python -m tests.blackbox.replicas rolling --times 10 --nginx the same behind a real nginx, as the documentation has it
python -m tests.blackbox.replicas withdrawals --times 50     visitors withdraw at one of two replicas, and any is killed

Prints the account of the run, and ends with 1 where a figure is missed.
"""

import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import click
import uvloop

from tests.blackbox.balancer import Backend, Balancer
from tests.blackbox.destination import FINE, Destination
from tests.blackbox.driver import Driver, Entry, Fate, Planned, statuses
from tests.blackbox.nginx import Nginx
from tests.blackbox.outages import MOODS
from tests.blackbox.reconcile import Account, reconcile
from tests.blackbox.running import DRAIN_SECONDS, PURPOSES, Gateway, choose, same_origin
from tests.blackbox.traffic import event_id, mixed, order_of, own, pixel
from tests.store.servers import Server

DOWN_SECONDS = 0.3

# Longer than an nginx asks nothing of a replica that turned it away once: the other one may go.
REST_SECONDS = 2.0
GAP = (1.0, 2.5)

# Longer than a server may take to answer, and than a worker may say nothing.
STOPPED_SECONDS = {"server": 2.0, "worker": 11.0}


class Outage(NamedTuple):
    """Who fails, and how: `kill` and start again, or `stop` for a while."""

    who: str
    how: str


EACH_ONCE = (Outage("worker", "kill"), Outage("server", "kill"), Outage("collector", "kill"))


def replica(
    folder: Path, server: Server, destinations: Mapping[str, Destination], role: str = "all", key: Path | None = None
) -> Gateway:
    """A gateway on a server, with a folder of its own and the root key of another, where there is one."""
    folder.mkdir()
    if key:
        shutil.copy(key, folder / "root.key")
    return Gateway(folder, destinations, {"store": {"url": server.url}}, role=role)


def empty(gateway: Gateway) -> None:
    """Wait until nothing is queued. What one replica took another may have delivered, so no books of one add up.
    TimeoutError where for some time there are no fewer events than before."""
    deadline, fewest = time.monotonic() + DRAIN_SECONDS, float("inf")
    while (left := gateway.waiting()) > 0:
        if left < fewest:
            deadline, fewest = time.monotonic() + DRAIN_SECONDS, left
        if time.monotonic() > deadline:
            raise TimeoutError(f"{left} events are still queued")
        time.sleep(0.1)


async def suffer(outage: Outage, parts: Mapping[str, Gateway | Server]) -> None:
    """One outage, from its beginning to its end."""
    each = parts[outage.who]
    if outage.how == "kill":
        each.kill()
        await asyncio.sleep(DOWN_SECONDS)
        await asyncio.to_thread(each.start)
    else:
        each.signal(signal.SIGSTOP)
        await asyncio.sleep(STOPPED_SECONDS[outage.who])
        each.signal(signal.SIGCONT)


async def troubled(driver: Driver, parts: Mapping[str, Gateway | Server], outages: Sequence[Outage]) -> list[Entry]:
    """Drive, and meanwhile let one outage follow the other."""
    load = asyncio.create_task(driver.run())
    try:
        for outage in outages:
            await asyncio.sleep(random.uniform(*GAP))
            await suffer(outage, parts)
        await asyncio.sleep(1)
    finally:
        driver.stop()
        entries = await load
    return entries


def run(folder: Path, outages: Sequence[Outage], rate: float) -> Account:
    """The account of a run in an empty folder."""
    with ExitStack() as stack:
        server = stack.enter_context(Server(folder / "server"))
        destinations = {name: stack.enter_context(Destination()) for name in ("meta", "hook")}
        collector = stack.enter_context(replica(folder / "collector", server, destinations, "collector"))
        key = folder / "collector" / "root.key"
        worker, other = (
            stack.enter_context(replica(folder / name, server, destinations, "worker", key))
            for name in ("worker", "other")
        )
        parts = {"server": server, "collector": collector, "worker": worker}
        plan = mixed("replicas", choose(collector, yes=PURPOSES), choose(collector))
        entries = uvloop.run(troubled(Driver(collector.port, plan, rate), parts, outages))
        empty(collector)
        codes = [each.stop() for each in (collector, worker, other)]
    account = reconcile(entries, {name: each.deliveries() for name, each in destinations.items()})
    print(f"{len(outages)} outages: {account}; answers {dict(statuses(entries))}; exit codes {codes}")
    return account


class Rolled(NamedTuple):
    """What restarts in turn showed: the account, how often a replica was stopped, the statuses that clients saw, and what
    a balancer of others wrote down."""

    account: Account
    restarts: int
    statuses: frozenset[int]
    written: str = ""


def roll(folder: Path, times: int, rate: float, *, nginx: bool = False) -> Rolled:
    """Stop and start each of two replicas in turn, behind a balancer that asks whether they want traffic, or behind an
    nginx, which asks nobody and tries the other one."""
    with ExitStack() as stack:
        server = stack.enter_context(Server(folder / "server"))
        destinations = {name: stack.enter_context(Destination()) for name in ("meta", "hook")}
        one = stack.enter_context(replica(folder / "one", server, destinations))
        other = stack.enter_context(replica(folder / "other", server, destinations, key=folder / "one" / "root.key"))
        plan = mixed("rolled", choose(one, yes=PURPOSES), choose(one))
        backends = [Backend(each.port, each.admin_port) for each in (one, other)]
        front = stack.enter_context(Nginx(folder / "nginx", backends) if nginx else Balancer(backends))
        entries = uvloop.run(_rolled(Driver(front.port, plan, rate), (one, other), times))
        empty(one)
        written = front.written() if isinstance(front, Nginx) else ""
    account = reconcile(entries, {name: each.deliveries() for name, each in destinations.items()})
    return Rolled(account, 2 * times, frozenset(statuses(entries)), written)


async def _rolled(driver: Driver, gateways: Sequence[Gateway], times: int) -> list[Entry]:
    load = asyncio.create_task(driver.run())
    try:
        for _ in range(times):
            for gateway in gateways:
                await asyncio.sleep(REST_SECONDS)
                await asyncio.to_thread(gateway.stop)
                await asyncio.to_thread(gateway.start)
        await asyncio.sleep(REST_SECONDS)
    finally:
        driver.stop()
        entries = await load
    return entries


class Withdrawn(NamedTuple):
    """What withdrawals at one of two replicas showed: how many hits were acknowledged by both, how many events arrived in
    time, and which arrived after the answer from the same replica, or had left the other a second after it."""

    hits: int
    before: int
    same: frozenset[str]
    other: frozenset[str]


def withdrawals(folder: Path, times: int, hits: int = 30, late: float = 0.0) -> Withdrawn:
    """Each visitor sends hits to both replicas and withdraws at one of them meanwhile. In turn nobody is killed, the one
    that answered, the other, and the server. What the other sent may be seen so much later than it was sent."""
    with ExitStack() as stack:
        server = stack.enter_context(Server(folder / "server"))
        sinks = [{name: stack.enter_context(Destination()) for name in ("meta", "hook")} for _ in range(2)]
        key = folder / "here" / "root.key"
        here = stack.enter_context(replica(folder / "here", server, sinks[0]))
        there = stack.enter_context(replica(folder / "there", server, sinks[1], key=key))
        owner: dict[str, float] = {}
        for number in range(times):
            for shift, destination in enumerate(each for those in sinks for each in those.values()):
                destination.behave(MOODS[(number + shift) % len(MOODS)])
            sees = sinks[0]["meta"].taken if number == 0 else None
            sent, at = uvloop.run(_withdrawn((here, there), choose(here, yes=PURPOSES), f"race{number}", hits, sees))
            owner |= dict.fromkeys(sent, at)
            victim = (None, here, there, server)[number % 4]
            if victim:
                victim.kill()
                victim.start()
                meet_again((here, there))
        for destination in (each for those in sinks for each in those.values()):
            destination.behave(FINE)
        empty(here)
        same, other = ([*_late(those, owner, grace)] for those, grace in zip(sinks, (0.0, 1.0 + late), strict=True))
        arrived = {delivery.id for those in sinks for each in those.values() for delivery in each.deliveries()}
    return Withdrawn(len(owner), len(arrived - {*same, *other}), frozenset(same), frozenset(other))


def meet_again(gateways: Sequence[Gateway]) -> None:
    """Return when each has found the server again: without it nobody's choice is taken."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while any(gateway.metrics()["gateway_store_away"] for gateway in gateways):
        if time.monotonic() > deadline:
            raise TimeoutError("the server was not found again")
        time.sleep(0.05)


def _late(those: Mapping[str, Destination], owner: Mapping[str, float], grace: float) -> Iterator[str]:
    for destination in those.values():
        for request in list(destination.requests):
            yield from (event.id for event in request.events() if request.at > owner[event.id] + grace)


async def _withdrawn(
    gateways: Sequence[Gateway], cookie: str, run: str, hits: int, sees: Callable[[], int] | None = None
) -> tuple[list[str], float]:
    """The ids of what may be queued, and when the withdrawal was answered: at any moment, or when a vendor sees some."""

    def plan(name: str) -> Callable[[int], Planned]:
        def make(number: int) -> Planned:
            event = event_id(name, number)
            return Planned(event, order_of(event), (pixel if number % 2 else own)(event, cookie), ())

        return make

    drivers = [Driver(each.port, plan(f"{run}/{at}"), rate=100) for at, each in enumerate(gateways)]
    loads = [asyncio.create_task(driver.run(hits)) for driver in drivers]
    await asyncio.sleep(random.uniform(0.3, 1.5) * hits / 100)
    async with asyncio.timeout(60):
        while sees and not sees():
            await asyncio.sleep(0.01)
    answer = await asyncio.to_thread(gateways[0].ask, "DELETE", "/consent", {"Cookie": cookie, **same_origin()})
    at = time.monotonic()
    assert 200 <= answer.status < 300, answer
    await asyncio.gather(*loads)
    taken = [entry for driver in drivers for entry in driver.entries if entry.fate is not Fate.REFUSED]
    return [entry.planned.id for entry in taken], at


@click.command()
@click.argument("what", type=click.Choice(["outages", "rolling", "withdrawals"]))
@click.option("--times", default=50, show_default=True)
@click.option("--nginx", is_flag=True, help="Roll behind a real nginx.")
def main(what: str, times: int, nginx: bool) -> None:
    """Run one of them at length and print what it showed."""
    folder = Path(tempfile.mkdtemp())
    try:
        if what == "withdrawals":
            shown = withdrawals(folder, times)
            click.echo(f"{times} withdrawals: {shown}")
            sys.exit(bool(shown.same | shown.other))
        kinds = (*EACH_ONCE, Outage("server", "stop"), Outage("worker", "stop"))
        rolled = roll(folder, times, rate=300, nginx=nginx) if what == "rolling" else None
        account = rolled.account if rolled else run(folder, [kinds[at % len(kinds)] for at in range(times)], rate=500)
        if rolled:
            click.echo(f"{rolled.restarts} restarts: {account}; answers {sorted(rolled.statuses)}")
        unanswered = bool(rolled and (rolled.statuses - {200, 204} or rolled.written))
        sys.exit(bool(account.lost | account.forbidden | account.corrupted | account.unknown) or unanswered)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
