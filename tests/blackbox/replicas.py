"""Kill, stop and restart a collector, two workers and their server under load: `python -m tests.blackbox.replicas [times]`.

Prints the account of the run, and ends with 1 where an acknowledged event was lost or an unpermitted one arrived.
"""

import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import uvloop

from tests.blackbox.destination import Destination
from tests.blackbox.driver import Driver, Entry, statuses
from tests.blackbox.reconcile import Account, reconcile
from tests.blackbox.running import DRAIN_SECONDS, PURPOSES, Gateway, choose
from tests.blackbox.traffic import mixed
from tests.store.servers import Server

DOWN_SECONDS = 0.3
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
    """Wait until nothing is queued. What one replica took another may have delivered, so no books of one add up."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while (left := gateway.waiting()) > 0:
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


def main() -> None:
    """As many outages as were asked for, of every kind in turn."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    kinds = (*EACH_ONCE, Outage("server", "stop"), Outage("worker", "stop"))
    account = run(Path(tempfile.mkdtemp()), [kinds[number % len(kinds)] for number in range(times)], rate=500)
    sys.exit(bool(account.lost | account.forbidden | account.corrupted | account.unknown))


if __name__ == "__main__":
    main()
