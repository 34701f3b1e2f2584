"""CPU per appended event: `python tests/bench/store.py [events] [waiting at once]`."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from gateway.event import Event
from gateway.facts import Facts, Signals, Vote
from gateway.store.sqlite.engine import SqliteStore

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


async def measure(total: int, at_once: int) -> None:
    store = SqliteStore(Path(tempfile.mkdtemp()) / "data")
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


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    uvloop.run(measure(*(arguments + [50_000, 64][len(arguments) :])))
