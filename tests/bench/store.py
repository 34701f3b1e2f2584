"""CPU per appended event, by engine: `python -m tests.bench.store [events] [waiting at once]`."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from gateway.event import Event
from gateway.facts import Facts, Signals, Vote
from gateway.store.protocols import Store
from gateway.store.sqlite.engine import SqliteStore
from tests.store.making import WRAPPING, KeptInRedis
from tests.store.servers import Server

FACTS = Facts(("FR",), Signals((Vote("analytics", "gateway_receipt", True, day=20000),)))
FIELDS = {
    "page.url": "https://shop.example/products/blue-shoes",
    "page.title": "Blue shoes",
    "device.user_agent": "Firefox 128 on Linux",
    "id.visitor": "9f86d081884c7d659a2feaa0c55ad015",
}


def event(number: int) -> Event:
    name = f"01890a5d-ac96-774b-bcce-{number:012x}"
    return Event(name, "ga4", "page_view", 1_700_000_000, "shop", FACTS, FIELDS, {"page.url": "path"}, subject="a" * 32)


async def measure(store: Store, total: int, at_once: int) -> None:
    await store.open()
    numbers = iter(range(total))
    waits: list[float] = []

    async def client() -> None:
        for number in numbers:
            began = time.perf_counter()
            await store.put([event(number)])
            waits.append(time.perf_counter() - began)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(client() for _ in range(at_once)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    waits.sort()
    await report("put", total, cpu, wall)
    print(f"waiting: p50 {waits[total // 2] * 1e3:.2f} ms, p99 {waits[total * 99 // 100] * 1e3:.2f} ms")
    cpu, wall = time.process_time(), time.perf_counter()
    while leases := await store.lease("ga4", 200, 2_000_000_000, 60):
        await store.settle(leases)
    await report("lease and settle", total, time.process_time() - cpu, time.perf_counter() - wall)
    await store.close()


async def report(name: str, total: int, cpu: float, wall: float) -> None:
    print(f"{name}: {cpu / total * 1e6:.1f} µs of CPU an event, {total / wall:.0f} events a second")


async def compare(total: int, at_once: int) -> None:
    """The embedded engine, and a server on this machine that writes each append through to the same disk."""
    folder = Path(tempfile.mkdtemp())
    print("embedded")
    await measure(SqliteStore(folder / "data", WRAPPING), total, at_once)
    with Server(folder / "server") as server:
        print("shared (Valkey, appendfsync always)")
        await measure(KeptInRedis(server).make(), total, at_once)
        cpu = server.ask("INFO", "cpu")
        spent = cpu["used_cpu_user"] + cpu["used_cpu_sys"]
        print(f"the server's own: {spent / total * 1e6:.1f} µs of CPU an event, all in all")


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    uvloop.run(compare(*(arguments + [50_000, 64][len(arguments) :])))
