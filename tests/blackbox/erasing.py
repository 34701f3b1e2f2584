"""Erase persons from a real gateway and look for what is left of them, byte by byte, in everything that it keeps.

python -m tests.blackbox.erasing residue --engine sqlite     10,000 events of 200 persons, 100 of them erased under kills
python -m tests.blackbox.erasing residue --engine redis      the same with a server, which is away meanwhile too
python -m tests.blackbox.erasing races --times 50            against what is under way on two replicas, and any is killed
python -m tests.blackbox.erasing restore                     a backup from before the erasures comes back
python -m tests.blackbox.erasing full                        the disk takes nothing more while persons are erased

Prints what was found, and ends with 1 where something is left, missing or delivered that must not be.
"""

import fcntl
import hashlib
import http.client
import json
import random
import re
import resource
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import click

from gateway.consent.receipt import open_receipt
from gateway.keys import Keys, Subjects, parse_root
from tests.blackbox.destination import DOWN, FINE, Behaviour, Destination
from tests.blackbox.running import COUNTRY_HEADER, SITE, Gateway, same_origin
from tests.store.servers import Server

RESIDUE_SECONDS = 60.0
MOST_SECONDS = 300.0
BATCH = 50
TOGETHER = 5

# One destination that is down, so that its events wait; one that refuses, so that they are dead letters; and files.
KINDS = {"waits": "page_view", "fails": "purchase", "files": "sign_up"}
_REFUSES = Behaviour(status=302)
_POLICY = """\
policy: 1
name: erasing
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  insight: {label: Understanding use, family: analytics, profile: plain}
  person: {label: Knowing you, family: sensitive, profile: plain}
profiles:
  plain: {ip: drop, user_agent: drop, referrer: drop, url: drop, id: raw, time: day, geo: drop, contact: hash}
regions:
  de: {match: [DE], basis: {insight: opt_in, person: opt_in}}
signals:
  trust: [{source: gateway_receipt}]
destinations:
""" + "".join(
    f"""\
  {name}:
    party: first
    controller_country: DE
    events: {{{event}: [insight, person]}}
    fields: [event.name, event.id, id.user, contact.email_sha256, order.id]
"""
    for name, event in KINDS.items()
)
_HOOK = {
    "vendor": "webhook",
    "sources": ["events"],
    "allow_loopback": True,
    "settings": {"url": "https://hook.example/in"},
}
_HOOK |= {"secrets": {"signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}

# What a person is known by is made like this, so that whatever begins like it can be found in one pass.
_MARK = re.compile(rb"zq[0-9a-f]{20}")
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_RAW = 16

# What was never written, or written over, is nothing to look through byte by byte.
_NOTHING = re.compile(rb"\0{32,}")

# What is compressed would hide what is left.
_SERVER = {"save": "3600 1", "rdbcompression": "no"}


# Bytes: the journal of erasures is smaller, the files of the store are larger.
_ROOM = 8_192


class Person(NamedTuple):
    """One who agreed. `events` are the ids of what was sent, by destination; `subjects` what is filed under."""

    user: str
    email: str
    order: str
    cookie: str
    reference: str
    events: Mapping[str, Sequence[str]]
    subjects: frozenset[str]

    @property
    def ids(self) -> set[bytes]:
        """Everything that names this person, as it could stand in a file."""
        texts = [
            self.user,
            self.email.partition("@")[0],
            self.order,
            *(each for ids in self.events.values() for each in ids),
        ]
        return {text.encode() for text in texts}

    @property
    def texts(self) -> list[bytes]:
        """What else would name this person: the hash of the address, the cookie, and what the cookie tells."""
        hashed = hashlib.sha256(self.email.encode()).hexdigest()
        return [hashed.encode(), self.cookie.partition("=")[2].encode(), self.reference.encode()]


class Scene:
    """A gateway that keeps something of everybody, its destinations, and where it keeps it."""

    def __init__(self, folder: Path, gateway: Gateway, hooks: Mapping[str, Destination], server: Server | None) -> None:
        self.folder, self.gateway, self.hooks, self.server = folder, gateway, hooks, server
        root = parse_root((folder / "root.key").read_text())
        self._receipts, self._subjects = Keys(root).ring("consent-cookie"), Subjects(Keys(root).ring("subject"))

    def arrive(self, each: int) -> Person:
        """Somebody agrees and sends so many events."""
        user, mailbox, order = (f"zq{uuid.uuid4().hex[:20]}" for _ in range(3))
        email, cookie = f"{mailbox}@{SITE}", self._agree()
        names = [*KINDS]
        events: dict[str, list[str]] = {name: [] for name in names}
        for number in range(each):
            events[names[number % len(names)]].append(str(uuid.uuid4()))
        told = [
            {"name": KINDS[name], "id": id_, "id.user": user, "contact": {"email": email}, "order": {"id": order}}
            for name, ids in events.items()
            for id_ in ids
        ]
        for at in range(0, len(told), BATCH):
            self.send(cookie, told[at : at + BATCH])
        opened = open_receipt(cookie.partition("=")[2], self._receipts, "shop", time.time())
        reference = getattr(opened, "reference", "")
        hashed = hashlib.sha256(email.encode()).hexdigest()
        subjects = {self._subjects.digest(reference), *self._subjects.every("user", user)}
        subjects |= set(self._subjects.every("email", hashed))
        return Person(user, email, order, cookie, reference, events, frozenset(subjects))

    def _agree(self) -> str:
        """The cookie of somebody who says yes to everything."""
        headers = {"Content-Type": "application/json", **same_origin()}
        body = json.dumps({"purposes": {"insight": True, "person": True}}).encode()
        answer = self.gateway.ask("POST", "/consent", headers, body)
        assert answer.status == 200, answer
        return str(re.match(r"__Host-consent=[^;]+", answer.headers["Set-Cookie"])[0])  # type: ignore[index]

    def send(self, cookie: str, told: Sequence[Mapping[str, Any]]) -> None:
        headers = {"Content-Type": "application/json", "Cookie": cookie, COUNTRY_HEADER: "DE"}
        answer = self.gateway.ask("POST", "/e", headers, json.dumps(told).encode())
        assert answer.status == 204, answer

    def settle(self, people: Collection[Person]) -> None:
        """Wait until everything is where it belongs: waiting, given up, in files."""
        wanted = {name: sum(len(person.events[name]) for person in people) for name in KINDS}
        until(lambda: self.there() == wanted, lambda: f"{self.there()} of {wanted}")

    def there(self) -> dict[str, int]:
        """How many events wait, are given up, and stand in files."""
        metrics = self.gateway.metrics()
        dead = [
            value for name, value in metrics.items() if name.startswith("gateway_dead_letters{") and "fails" in name
        ]
        waiting = [
            metrics.get(f'gateway_queue_events{{destination="{name}"}}', 0) for name in ("waits", "fails", "files")
        ]
        # Nothing of what is still on its way to another place counts.
        return {"waits": int(sum(waiting)), "fails": int(sum(dead)), "files": len(self.lines())}

    def lines(self) -> list[str]:
        """Every line of the files."""
        paths = sorted((self.folder / "files").glob("*.jsonl"))
        return [line for path in paths for line in path.read_text().splitlines()]

    def keys(self, people: Iterable[Person]) -> set[bytes]:
        """The ids of the keys that these persons' things are sealed under, and those keys as they are stored."""
        subjects = {subject for person in people for subject in person.subjects}
        found = self._keys_of_server(subjects) if self.server else set()
        for path in self.folder.rglob("keys.db"):
            with closing(sqlite3.connect(path)) as connection:
                rows = connection.execute("select id, wrapped, subject from keys where subject is not null").fetchall()
                found |= {raw for id_, wrapped, subject in rows if subject in subjects for raw in (id_, wrapped)}
        return found

    def _keys_of_server(self, subjects: Collection[str]) -> set[bytes]:
        assert self.server is not None
        found = set()
        for name in self.server.ask("KEYS", "*:keys"):
            row = self.server.ask("HGETALL", name)
            pairs = row.items() if isinstance(row, dict) else zip(row[::2], row[1::2], strict=True)
            for id_, stored in pairs:
                if any(subject.encode() in stored for subject in subjects):
                    found |= {id_, stored[7 + _RAW : 7 + _RAW + 60]}
        return found

    def submit(self, person: Person, gateway: Gateway | None = None) -> str:
        """Ask for the erasure of a person by all that names it; the id of the request."""
        identities = {"user_id": person.user, "email": person.email, "visitor_id": person.cookie.partition("=")[2]}
        body = {
            "subject_request_id": str(uuid.uuid4()),
            "subject_request_type": "erasure",
            "regulation": "gdpr",
            "subject_identities": [
                {"identity_type": kind, "identity_value": each} for kind, each in identities.items()
            ],
            "verification": {"method": "attested", "evidence_ref": "battery"},
        }
        asked = gateway or self.gateway
        headers = {"Content-Type": "application/json"}
        answer = asked.ask("POST", "/v1/dsr/requests", headers, json.dumps(body).encode(), port=asked.admin_port)
        assert answer.status == 201, answer
        return str(json.loads(answer.body)["id"])

    def request(self, id_: str, gateway: Gateway | None = None) -> dict[str, Any]:
        asked = gateway or self.gateway
        answer = asked.ask("GET", f"/v1/dsr/requests/{id_}", port=asked.admin_port)
        told: dict[str, Any] = json.loads(answer.body)
        return told if answer.status == 200 else {"state": f"answered {answer.status}", "tasks": []}

    def completed(self, ids: Iterable[str]) -> dict[str, int]:
        """Wait until all these requests have ended; how many with which outcome."""
        states: dict[str, dict[str, Any]] = {}

        def done() -> bool:
            states.update(
                {each: self.request(each) for each in ids if states.get(each, {}).get("state") != "completed"}
            )
            return all(each["state"] == "completed" for each in states.values())

        until(done, lambda: str({each: told for each, told in states.items() if told["state"] != "completed"})[:2_000])
        outcomes = [told["outcome"] for told in states.values()]
        return {outcome: outcomes.count(outcome) for outcome in set(outcomes)}

    def residue(self, people: Collection[Person], keys: Collection[bytes]) -> list[str]:
        """Every place at which something of these persons stands."""
        places = [self.folder / name for name in ("data", "files", "erasures.jsonl", "gateway.log")]
        places += [self.folder / "server"] if self.server else []
        ids = set().union(*(person.ids for person in people))
        raw = {uuid.UUID(text.decode()).bytes for text in ids if len(text) == 36} | {key[:_RAW] for key in keys}
        texts = [text for person in people for text in person.texts]
        return [f"{path.name}: {what}" for path in files(places) for what in found(path.read_bytes(), ids, raw, texts)]


def files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from [place] if place.is_file() else (path for path in place.rglob("*") if path.is_file())


def found(blob: bytes, ids: Collection[bytes], raw: Collection[bytes], texts: Iterable[bytes]) -> set[str]:
    """What of these stands in a blob, wherever it begins."""
    told = {f"id {each.decode()}" for form in (_MARK, _UUID) for each in form.findall(blob) if each in ids}
    told |= {f"text {each.decode()}" for each in texts if each in blob}
    blob, shortest = _NOTHING.sub(bytes(_RAW), blob), {each[:4] for each in raw}
    for at in range(len(blob) - 3):
        if blob[at : at + 4] in shortest and blob[at : at + _RAW] in raw:
            told.add(f"bytes {blob[at : at + _RAW].hex()}")
    return told


def until(holds: Callable[[], bool], state: Callable[[], str], seconds: float = MOST_SECONDS) -> None:
    """Wait for something. TimeoutError with the state where it does not come."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(state())
        time.sleep(0.1)


@contextmanager
def scene(folder: Path, engine: str) -> Iterator[Scene]:
    """A gateway of one engine in an empty folder, whose destinations are down, refuse, and are files."""
    (folder / "files").mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(Server(folder / "server", settings=_SERVER)) if engine == "redis" else None
        hooks = {name: stack.enter_context(Destination()) for name in ("waits", "fails")}
        hooks["waits"].behave(DOWN)
        hooks["fails"].behave(_REFUSES)
        gateway = stack.enter_context(
            Gateway(folder, {"meta": hooks["waits"], "hook": hooks["waits"]}, settings(folder, hooks, server), _POLICY)
        )
        yield Scene(folder, gateway, hooks, server)


def settings(folder: Path, hooks: Mapping[str, Destination], server: Server | None) -> dict[str, Any]:
    connected: dict[str, Any] = {name: {**_HOOK, "endpoint": hook.url} for name, hook in hooks.items()}
    connected["files"] = {"vendor": "jsonl", "settings": {"directory": str(folder / "files")}, "sources": ["events"]}
    shared = {"store": {"url": server.url}} if server else {}
    return {
        "destinations": connected,
        "rights": {"requests_per_minute": 1_000_000, "choices_per_minute": 1_000_000},
        "delivery": {"drain": 0.1},
        **shared,
    }


class Residue(NamedTuple):
    """What erasing some of many showed: what of the erased was in files before, which of their keys were not found there
    though they were, what is left of them, how many seconds after the last request was taken (or the server was back)
    nothing was, what of the others is missing, and what of the erased was delivered after all. Where the gateway was
    killed, the seconds are those since the requests had ended."""

    before: int
    unseen: tuple[str, ...]
    left: tuple[str, ...]
    seconds: float
    missing: tuple[str, ...]
    delivered: tuple[str, ...]
    outcomes: Mapping[str, int]

    @property
    def right(self) -> bool:
        whole = not (self.unseen or self.left or self.missing or self.delivered)
        return bool(self.before) and whole and self.seconds <= RESIDUE_SECONDS


def residue(folder: Path, engine: str, people: int, each: int, kills: int) -> Residue:
    """Erase every second of so many persons, each with so many events, and kill the gateway meanwhile so many times."""
    with scene(folder, engine) as stage:
        everybody = [stage.arrive(each) for _ in range(people)]
        stage.settle(everybody)
        erased, others = everybody[::2], everybody[1::2]
        keys = stage.keys(erased)
        before = stage.residue(erased, keys)
        unseen = {key[:_RAW].hex() for key in keys} - {place.rpartition(" ")[2] for place in before}
        requests = [stage.submit(person) for person in erased]
        if stage.server:
            stage.server.kill()
            time.sleep(2)
            stage.server.start()
        began = time.monotonic()
        for _ in range(kills):
            time.sleep(random.uniform(0.1, 1.5))
            stage.gateway.kill()
            stage.gateway.start()
        outcomes = stage.completed(requests)
        began = time.monotonic() if kills else began
        looked, left = time.monotonic(), stage.residue(erased, keys)  # to look takes its time, too
        while left and looked - began < RESIDUE_SECONDS:
            time.sleep(1)
            looked, left = time.monotonic(), stage.residue(erased, keys)
        seconds = looked - began
        missing = [*whole(stage, others)]
        arrived = {delivery.id for hook in stage.hooks.values() for delivery in hook.deliveries()}
        delivered = arrived & {id_ for person in erased for ids in person.events.values() for id_ in ids}
        return Residue(len(before), tuple(unseen), tuple(left), seconds, tuple(missing), tuple(delivered), outcomes)


def whole(stage: Scene, others: Collection[Person]) -> Iterator[str]:
    """What is missing of those who were not erased: what waited and what was given up is delivered as it was sent, and
    what stood in files still does; and their choice still counts."""
    for hook in stage.hooks.values():
        hook.behave(FINE)
    answer = stage.gateway.ask("POST", "/v1/dead-letters/fails/replay", port=stage.gateway.admin_port)
    assert answer.status == 200, answer
    later = {person.user: str(uuid.uuid4()) for person in others}
    for person in others:
        stage.send(person.cookie, [{"name": KINDS["waits"], "id": later[person.user], "id.user": person.user}])
    until(lambda: empty(stage.gateway), lambda: "events still wait")
    arrived = {name: _told(hook) for name, hook in stage.hooks.items()}
    arrived["files"] = {told["event"]["id"]: line for line in stage.lines() for told in [json.loads(line)]}
    for person in others:
        for name, ids in person.events.items():
            yield from (f"{name} {id_}" for id_ in ids if person.user not in arrived[name].get(id_, ""))
        if person.user not in arrived["waits"].get(later[person.user], ""):
            yield f"later {later[person.user]}"


def empty(gateway: Gateway) -> bool:
    """Whether nothing waits; not while a server that has a lot to do does not tell."""
    with suppress(RuntimeError):
        return gateway.waiting() == 0
    return False


def _told(hook: Destination) -> dict[str, str]:
    """What arrived, by the id of the event."""
    taken = [request for request in list(hook.requests) if request.taken]
    return {delivery.id: request.body.decode() for request in taken for delivery in request.events()}


class Restored(NamedTuple):
    """What a backup from before the erasures showed: how many requests left while the journal could not be read yet and
    the gateway said that it is not ready, what was delivered of the erased, what can be read of them, what is left after
    they were erased again, and what of the others is missing."""

    early: int
    delivered: tuple[str, ...]
    held: int
    left: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not (self.early or self.delivered or self.held or self.left or self.missing)


def restore(folder: Path, people: int, each: int) -> Restored:
    """Take a backup of the data directory, erase every second person, lose the directory and put the backup there."""
    with scene(folder, "sqlite") as stage:
        everybody = [stage.arrive(each) for _ in range(people)]
        stage.settle(everybody)
        erased, others = everybody[::2], everybody[1::2]
        keys = stage.keys(erased)
        stage.gateway.stop()
        backup = folder / "backup"
        shutil.copytree(stage.gateway.data, backup)
        stage.gateway.start()
        stage.completed([stage.submit(person) for person in erased])
        stage.gateway.stop()
        shutil.rmtree(stage.gateway.data)
        backup.rename(stage.gateway.data)
        for hook in stage.hooks.values():
            hook.behave(FINE)
        early = _held_back(stage)
        missing = [*whole(stage, others)]
        held = sum(_held(stage, person) for person in erased)
        stage.completed([stage.submit(erased[0])])  # whoever compacts the files for one does so for all
        left = stage.residue(erased, keys)
        arrived = {delivery.id for hook in stage.hooks.values() for delivery in hook.deliveries()}
        delivered = arrived & {id_ for person in erased for ids in person.events.values() for id_ in ids}
        return Restored(early, tuple(delivered), held, tuple(left), tuple(missing))


def _held_back(stage: Scene) -> int:
    """Start the gateway while another writes into the journal; how many requests left before that one had ended."""
    before = sum(len(hook.requests) for hook in stage.hooks.values())
    with (stage.folder / "erasures.jsonl").open("rb+") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        stage.gateway.spawn()
        until(lambda: _readiness(stage.gateway) == (503, True), lambda: f"it answers {_readiness(stage.gateway)}")
        time.sleep(1)
        early = sum(len(hook.requests) for hook in stage.hooks.values()) - before
        assert _readiness(stage.gateway) == (503, True)
    until(lambda: _readiness(stage.gateway) == (200, False), lambda: f"it answers {_readiness(stage.gateway)}")
    return early


def _readiness(gateway: Gateway) -> tuple[int, bool]:
    """What `/readyz` answers, and whether it says that something was not erased again; 0 where nobody answers."""
    with suppress(OSError, http.client.HTTPException):
        answer = gateway.ask("GET", "/readyz", port=gateway.admin_port)
        return answer.status, b"what was erased is not erased again" in answer.body
    return 0, False


def _held(stage: Scene, person: Person) -> int:
    """How much is kept of a person, as the API counts it: events that wait and that were given up."""
    identities = [{"identity_type": "user_id", "identity_value": person.user}]
    body = json.dumps({"subject_identities": identities}).encode()
    headers = {"Content-Type": "application/json"}
    answer = stage.gateway.ask("POST", "/v1/dsr/preview", headers, body, port=stage.gateway.admin_port)
    told = json.loads(answer.body)
    assert answer.status == 200, answer
    return int(told["queued"] + told["dead_letters"])


class Full(NamedTuple):
    """What a disk that takes nothing more while persons are erased showed: how many requests had not ended by the time
    that there was room again, how they ended then, and what is left of the erased and missing of the others."""

    held_up: int
    outcomes: Mapping[str, int]
    left: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def right(self) -> bool:
        return bool(self.held_up) and not (self.left or self.missing)


def full(folder: Path, people: int, each: int) -> Full:
    """Erase every second person, and have no file of the gateway grow, nor be written to behind its first pages, from
    when the requests were taken on."""
    with scene(folder, "sqlite") as stage:
        everybody = [stage.arrive(each) for _ in range(people)]
        stage.settle(everybody)
        erased, others = everybody[::2], everybody[1::2]
        keys = stage.keys(erased)
        requests = [stage.submit(person) for person in erased]
        resource.prlimit(stage.gateway.pid, resource.RLIMIT_FSIZE, (_ROOM, resource.RLIM_INFINITY))
        time.sleep(3)
        held_up = sum(stage.request(id_)["state"] != "completed" for id_ in requests)
        resource.prlimit(stage.gateway.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        outcomes = stage.completed(requests)
        left = stage.residue(erased, keys)
        return Full(held_up, outcomes, tuple(left), tuple(whole(stage, others)))


class Raced(NamedTuple):
    """What erasures of persons whose events were under way showed: how many persons, how many of their events arrived in
    time, and which after the request said that their keys are destroyed, at once on the replica that was asked and a
    second later on the other; what is left in any file."""

    persons: int
    before: int
    same: tuple[str, ...]
    other: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def right(self) -> bool:
        return bool(self.before) and not (self.same or self.other or self.left)


def races(folder: Path, times: int, each: int = 60) -> Raced:
    """Erase persons while both replicas deliver what they send, some at once. In turn nobody is killed, the replica that
    was asked, the other, and the server."""
    with ExitStack() as stack:
        here, there = _replicas(stack, folder)
        erased: list[tuple[Person, float]] = []
        for number in range(0, times, TOGETHER):
            slow = Behaviour(delay=random.choice((0.0, 0.05, 0.4)))
            for stage in (here, there):
                stage.hooks["waits"].behave(slow)
            people = [here.arrive(0) for _ in range(min(TOGETHER, times - number))]
            victim = (None, here.gateway, there.gateway, here.server)[number // TOGETHER % 4]
            erased += _raced((here, there), people, each, victim)
        keys = here.keys([person for person, _ in erased])
        for stage in (here, there):
            stage.hooks["waits"].behave(FINE)
        until(lambda: empty(here.gateway), lambda: "events still wait")
        same, other = ([*_late(stage, erased, grace)] for stage, grace in ((here, 0.0), (there, 1.0)))
        before = sum(request.taken for stage in (here, there) for request in list(stage.hooks["waits"].requests))
        left = here.residue([person for person, _ in erased], keys)
        return Raced(len(erased), before, tuple(same), tuple(other), tuple(left))


def _replicas(stack: ExitStack, folder: Path) -> tuple[Scene, Scene]:
    """Two gateways on one server, each with a destination of its own."""
    server = stack.enter_context(Server(folder / "server", settings=_SERVER))
    scenes: list[Scene] = []
    for name in ("here", "there"):
        place = folder / name
        (place / "files").mkdir(parents=True)
        if scenes:
            shutil.copy(scenes[0].folder / "root.key", place / "root.key")
        hooks = {each: stack.enter_context(Destination()) for each in ("waits", "fails")}
        connected = settings(place, hooks, server)
        ends = {"meta": hooks["waits"], "hook": hooks["waits"]}
        gateway = stack.enter_context(Gateway(place, ends, connected, _POLICY))
        scenes.append(Scene(place, gateway, hooks, server))
    return scenes[0], scenes[1]


def _raced(
    scenes: tuple[Scene, Scene], people: Sequence[Person], each: int, victim: Gateway | Server | None
) -> list[tuple[Person, float]]:
    """Each person with when its request said that its keys are destroyed."""
    here, _ = scenes
    enough = threading.Event()
    senders = [
        threading.Thread(target=_keep_sending, args=(stage, person, each, enough))
        for stage in scenes
        for person in people
    ]
    for sender in senders:
        sender.start()
    time.sleep(random.uniform(0.2, 1.0))
    requests = {here.submit(person): person for person in people}
    if victim:
        time.sleep(random.uniform(0.0, 0.5))
        victim.kill()
        victim.start()
    acknowledged: dict[str, float] = {}

    def told() -> bool:
        for id_ in requests.keys() - acknowledged.keys():
            tasks = {task["target"]: task["state"] for task in here.request(id_)["tasks"]}
            if tasks.get("store") == "done":
                acknowledged[id_] = time.monotonic()
        return len(acknowledged) == len(requests)

    until(told, lambda: f"{len(acknowledged)} of {len(requests)} erased")
    here.completed(requests)
    enough.set()
    for sender in senders:
        sender.join()
    return [(requests[id_], at) for id_, at in acknowledged.items()]


def _keep_sending(stage: Scene, person: Person, each: int, enough: threading.Event) -> None:
    """Send events of a person, whatever the answers are."""
    for _ in range(each):
        told = {"name": KINDS["waits"], "id": str(uuid.uuid4()), "id.user": person.user, "order": {"id": person.order}}
        with suppress(OSError, http.client.HTTPException, AssertionError):
            stage.send(person.cookie, [told])
        if enough.wait(0.05):
            return


def _late(stage: Scene, erased: Sequence[tuple[Person, float]], grace: float) -> Iterator[str]:
    """The requests that began after an erasure was acknowledged."""
    for request in list(stage.hooks["waits"].requests):
        for person, at in erased:
            if person.user.encode() in request.body and request.at > at + grace:
                yield f"{request.at - at:.2f} s after"


@click.command()
@click.argument("what", type=click.Choice(["residue", "races", "restore", "full"]))
@click.option("--engine", type=click.Choice(["sqlite", "redis"]), default="sqlite", show_default=True)
@click.option("--persons", default=200, show_default=True, help="All but for races; every second one is erased.")
@click.option("--events", default=50, show_default=True, help="Of each person.")
@click.option("--kills", default=8, show_default=True, help="Of the gateway while it erases.")
@click.option("--times", default=50, show_default=True, help="Races.")
def main(what: str, engine: str, persons: int, events: int, kills: int, times: int) -> None:
    """Run one of them at length and print what it showed."""
    folder = Path(tempfile.mkdtemp()).resolve()
    try:
        ways: dict[str, Callable[[], Residue | Restored | Raced | Full]] = {
            "residue": lambda: residue(folder, engine, persons, events, kills),
            "races": lambda: races(folder, times),
            "restore": lambda: restore(folder, persons, events),
            "full": lambda: full(folder, persons, events),
        }
        shown = ways[what]()
        click.echo(", ".join(f"{name}: {_short(each)}" for name, each in shown._asdict().items()))
        if not shown.right:
            click.echo(str(shown)[:4_000], err=True)
        sys.exit(not shown.right)
    finally:
        shutil.rmtree(folder)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return " and ".join(f"{number} {word}" for word, number in value.items())
    return str(len(value)) if isinstance(value, tuple) else f"{value:.0f}"


if __name__ == "__main__":
    main()
