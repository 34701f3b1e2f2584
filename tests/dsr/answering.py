"""A desk and a runner over a real store, a real log of evidence and a real sender, with vendors on loopback."""

import asyncio
import os
import uuid
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from gateway.addresses import LOOPBACK
from gateway.audit.sqlite import SqliteLog
from gateway.bootstrap.evidence import Evidence
from gateway.dsr.books import Books
from gateway.dsr.desk import Desk, Draft, Office
from gateway.dsr.doing import Hands
from gateway.dsr.holdings import Lookup
from gateway.dsr.identities import Reader
from gateway.dsr.journal import Journal
from gateway.dsr.proof import receipt
from gateway.dsr.recipients import Recipients
from gateway.dsr.request import METHODS, Identity, Request, Type, Verification
from gateway.dsr.runner import Rules, Runner
from gateway.dsr.salts import Salts
from gateway.dsr.sealed import Sealed
from gateway.dsr.steps import World
from gateway.dsr.vendors import Target
from gateway.event import Event
from gateway.facts import Facts
from gateway.keys import Subjects
from gateway.policy.model import Purpose
from gateway.sender import Route, Sender
from gateway.store.sqlite.engine import SqliteStore
from gateway.vendors.binding import Binding
from gateway.vendors.manifest import load_manifest
from gateway.vendors.request import Destination
from tests.answering import Answering
from tests.delivering import PATIENT
from tests.house.tree import ROOT

NOW = 1_795_429_200
KEY = bytes(range(32))
SEED = bytes(range(1, 33))
BY = "AbCdEf123_-x"
SUBJECTS = Subjects(KEY)
ATTESTED = Verification("attested", "substantial", BY, "crm-991")
PURPOSES = {
    name: Purpose(name, name, family, sale)
    for name, family, sale in [
        ("run", "necessary", False),
        ("measure", "analytics", False),
        ("ads", "advertising", True),
    ]
}
MANIFESTS = {
    name: load_manifest((ROOT / f"gateway/vendors/{name}.yaml").read_text(), name) for name in ("hubspot", "meta")
}
USER = Identity("user_id", "u-1")
U1 = SUBJECTS.of("user", "u-1")


class Vendor(Answering):
    """Answers each deletion with `status` and `said`."""

    def __init__(self, status=204, said=b"", troubles=()):
        super().__init__(troubles)
        self.status, self.said = status, said

    def answer(self, head, body):
        return self.status, "", self.said


class Clock:
    """A clock that a test sets ahead."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return NOW + self.ahead


class House:
    """Everything of one test."""

    def __init__(self, directory, store, sender):
        self.directory, self.store, self.clock = Path(directory), store, Clock()
        self.faults, self.landings, self.killed = [], [], None
        self.targets, self.files, self.purposes, self.backups = {}, {}, PURPOSES, 0
        self.records = {}
        self.evidence = Evidence(
            lambda: SqliteLog(self.directory, [SEED], lambda: "shop.example/log/0a1b2c3d"), self.faults.append
        )
        self.books = Books(store, Sealed([KEY], os.urandom))
        self.salts = Salts(store, os.urandom)
        self.recipients = Recipients(store, self.clock)
        self.lookup = Lookup(store, self.recipients, None)
        self.journal = Journal(self.directory.parent / "erasures.jsonl", [KEY], lambda: "a journal")
        self.hands = Hands(
            self.books, self.lookup, self.salts, store, self.journal, self.landed, False, sender,
            lambda: self.targets, lambda: self.files, self.world, self.evidence, self.clock,
        )  # fmt: skip
        self.desk = Desk(
            Office(
                self.books, Reader(SUBJECTS, self.records.get), self.salts, self.evidence, self.lookup, KEY,
                self.clock, os.urandom, lambda place, key: None, 7 * 86_400,
            )
        )  # fmt: skip
        self.runner = self.another()

    def another(self, **other):
        """A runner as a process that starts has it."""
        rules = Rules(frozenset(METHODS), lambda request, now: receipt(request, "shop.example", now, SEED), 60, 3_600)
        return Runner(self.hands, replace(rules, **other), "alone", self.faults.append)

    def world(self):
        return World((*self.targets, *self.files), frozenset(self.files), self.purposes, self.backups)

    async def landed(self, subjects):
        self.landings.append(tuple(subjects))

    async def vendor(self, name, manifest, vendor, settings, secrets):
        """Connect a destination whose vendor is on loopback."""
        listening = await asyncio.start_server(vendor.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        destination = Destination(manifest, Binding(name, settings, secrets, url, KEY))
        self.targets[name] = Target(destination, Route(destination.erasure_hosts, LOOPBACK))
        return listening

    async def submit(self, type=Type.ERASURE, *identities, **other):
        draft = Draft(str(uuid.uuid4()), type, identities or (USER,), verification=ATTESTED)
        request, _ = await self.desk.submit(draft._replace(**other), BY)
        return request

    async def done(self, request):
        """The request after everything that can be done now."""
        await self.runner.work()
        return await self.desk.show(request.id)


def event(number, subject=U1, destination="crm", **other):
    values = {"fields": {"id.user": "u-1", "page.url": "https://shop.example/"}, "levels": {"id.user": "raw"}}
    facts = Facts()
    return Event(f"id-{number}", destination, "purchase", NOW - 100, "shop", facts, subject=subject, **(values | other))


@asynccontextmanager
async def house(directory, around=lambda store: store):
    data = Path(directory) / "data"
    data.mkdir(exist_ok=True)
    store, sender = SqliteStore(data, [KEY], None), Sender(lambda: NOW, PATIENT)
    await store.open()
    made = House(data, around(store), sender)
    try:
        yield made
    finally:
        await made.evidence.stop()
        await sender.close()
        await store.close()


def at_home(directory, use):
    """Run `use(house)` in a loop of its own."""

    async def run():
        async with house(directory) as made:
            return await use(made)

    return asyncio.run(run())


def states(request: Request):
    return {task.target: str(task.state) for task in request.tasks}
