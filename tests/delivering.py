"""A worker with a real store and a real sender, a vendor on loopback, and small stand-ins for policy and manifest."""

import asyncio
import json
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.addresses import LOOPBACK
from gateway.decision import Decision, Reason, Sends, Verdict
from gateway.delivery import Parts, Rules, Target
from gateway.outbound import Outbound, Outcome
from gateway.sender import Route, Sender, Timeouts
from gateway.store.sqlite.engine import SqliteStore
from gateway.worker import Worker
from tests.store.making import WRAPPING

# Longer than a busy machine keeps anybody waiting: a request that is given up is sent again, and counted twice.
PATIENT = Timeouts(20.0, 40.0)


class Clock:
    """The real clock plus what a test adds to it; it may stand still, so that no pause ends by itself."""

    def __init__(self):
        self.began = time.monotonic()
        self.stood = None
        self.ahead = 0.0

    def stand(self):
        self.stood = time.monotonic()

    def __call__(self):
        return 5_000.0 + (self.stood or time.monotonic()) - self.began + self.ahead


class Everything:
    """Contains whatever it is asked for but what it lacks."""

    def __init__(self):
        self.lacks = set()

    def __contains__(self, name):
        return name not in self.lacks


class Lenient:
    """A policy of one rule: everything may leave but what was denied or suppressed, and names in `refuses`."""

    def __init__(self):
        self.fingerprint = "now"
        self.destinations = Everything()
        self.refuses = set()
        self.days = None
        self.asked = []

    def keeps(self, facts, day):
        return self.days

    def decide(self, facts, event, destinations, day):
        self.asked.append((facts, event, day))
        no = facts.suppressed or event in self.refuses or any(not vote.grant for vote in facts.signals.votes)
        sends = None if no else Sends({"page.url": "path"})
        reason = Reason.REFUSED if no else Reason.CONSENT
        return Decision(event, self.fingerprint, tuple(Verdict(name, not no, reason, sends) for name in destinations))


class Stated(NamedTuple):
    """A limit that a vendor states."""

    requests: int = 0
    per: int = 0
    daily: int = 0


@dataclass
class Manifest:
    """A vendor that takes JSON lists; what a status means is read from `meaning`."""

    name: str
    url: str
    meaning: dict = field(default_factory=dict)
    size: int = 100
    age_limit: float = 0
    rate_limit: Stated = field(default_factory=Stated)
    linger: float = 0
    crashes: frozenset = frozenset()
    refused: tuple = ()

    def prepare(self, event, now):
        return event

    def batches(self, prepared):
        starts = range(0, len(prepared), self.size)
        return [Batch(range(at, min(at + self.size, len(prepared)))) for at in starts]

    def assemble(self, batch, events, now):
        return self.build(events, now)

    def build(self, events, now):
        if self.crashes & {event.id for event in events}:
            raise KeyError("mapper")
        chosen = [at for at, event in enumerate(events) if event.name != "unmapped"]
        body = json.dumps([[events[at].id, events[at].policy] for at in chosen]).encode()
        outbound = Outbound("POST", self.url, {"Content-Type": "application/json"}, body) if chosen else None
        return Build(outbound, chosen)

    def outcome(self, reply):
        if reply.status in self.meaning:
            return self.meaning[reply.status]
        return Outcome.OK if reply.status == 200 else Outcome.RETRY

    def rejected(self, reply):
        return self.refused


@dataclass
class Batch:
    events: range


@dataclass
class Build:
    outbound: Outbound | None
    events: list


class Vendor:
    """Answers with `status(ids)`, keeps the ids it took, and can be made to hang: at `held` ids, or at all."""

    def __init__(self):
        self.status = lambda names: 200
        self.headers = ""
        self.seen = []
        self.taken = Counter()
        self.held = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Event()

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                names = [name for name, _ in json.loads(await reader.readexactly(length))]
                self.seen.append(names)
                self.arrived.set()
                if not self.held or self.held & {*names}:
                    await self.gate.wait()
                status = self.status(names)
                if status == 200:
                    self.taken.update(names)
                if status == 0:
                    writer.transport.abort()
                    return
                writer.write(f"HTTP/1.1 {status} X\r\n{self.headers}Content-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Tally:
    """Counts as the telemetry does."""

    def __init__(self):
        self.results = Counter()

    def count(self, name, *labels, by=1):
        assert name == "gateway_deliveries_total"
        self.results[labels] += by


class Rig:
    """Everything of one test. `run` starts the worker; `wait` waits until something holds."""

    def __init__(self, store, vendor, port, rules, timeouts):
        self.store, self.vendor, self.policy, self.tally = store, vendor, Lenient(), Tally()
        self.clock, self.steady = Clock(), Clock()
        self.faults = []
        self.manifest = Manifest("ads", f"http://127.0.0.1:{port}/in")
        self.sender = Sender(self.clock, timeouts)
        self.parts = Parts(
            store, store, store, store, self.sender, lambda: self.policy, lambda event, sends: event, self.tally,
            self.clock, self.steady, lambda: 0.0, self.faults.append, rules,
        )  # fmt: skip
        self.route = Route(frozenset({f"127.0.0.1:{port}"}), LOOPBACK)
        self.targets = {"ads": Target(self.manifest, self.route)}
        self.worker = None

    def run(self):
        self.worker = Worker(self.targets, self.parts)
        self.store.wake = self.worker.notify
        self.worker.start()

    async def wait(self, condition, seconds=20.0):  # sooner than any lane looks without being told to
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    async def hurry(self, ended):
        """Let the clocks go fast until something holds, or nobody would wait any longer: never so fast that what is lent
        runs out."""
        until = time.monotonic() + 30
        while not ended() and time.monotonic() < until:
            self.steady.ahead += 1
            if not self.store._lent.get("ads"):
                self.clock.ahead += 1
                self.worker.wake()
            await asyncio.sleep(0.01)

    async def rested(self, requests):
        """Wait until the vendor has had so many requests, and the lane has given back whatever it held."""
        await self.wait(lambda: len(self.vendor.seen) >= requests and not self.store._lent["ads"])

    def results(self):
        return {labels[1]: number for labels, number in self.tally.results.items() if labels[0] == "ads"}


@asynccontextmanager
async def rig(directory, rules=None, timeouts=PATIENT):
    store, vendor = SqliteStore(directory, WRAPPING), Vendor()
    await store.open()
    server = await asyncio.start_server(vendor.serve, "127.0.0.1", 0)
    rigged = Rig(store, vendor, server.sockets[0].getsockname()[1], rules or Rules(), timeouts)
    try:
        yield rigged
    finally:
        vendor.gate.set()
        if rigged.worker:
            await rigged.worker.stop(2)
        await rigged.sender.close()
        server.close()
        await store.close()


def rigged(directory, use, rules=None, timeouts=PATIENT):
    """Run `use(rig)` in a loop of its own."""

    async def run():
        async with rig(directory, rules, timeouts) as ready:
            return await use(ready)

    return asyncio.run(run())
