"""Put together what answers persons: the desk, the runner behind it, and what is known of who received what."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from gateway.audit.receipt import KEY as RECEIPT_KEY
from gateway.bearer import Bearer
from gateway.bootstrap.collecting import new_id
from gateway.bootstrap.evidence import Evidence
from gateway.bootstrap.plan import Plan
from gateway.consent.invalid import Invalid
from gateway.consent.receipt import open_receipt
from gateway.days import SECONDS_A_DAY, day_of
from gateway.delivery import Rules as Living
from gateway.dsr.books import Books
from gateway.dsr.consent_log import ConsentLog
from gateway.dsr.consented import Consented
from gateway.dsr.desk import Desk, Office
from gateway.dsr.doing import Hands
from gateway.dsr.holdings import Lookup
from gateway.dsr.identities import Reader, Record
from gateway.dsr.journal import Journal, JournalBroken
from gateway.dsr.links import Links, OfABrowser
from gateway.dsr.proof import receipt
from gateway.dsr.recipients import Recipients
from gateway.dsr.replay import replay
from gateway.dsr.request import METHODS, Request
from gateway.dsr.runner import Rules, Runner
from gateway.dsr.salts import Salts
from gateway.dsr.sealed import Sealed
from gateway.dsr.steps import World
from gateway.dsr.vendors import Target
from gateway.errors import StoreUnavailable
from gateway.filing import Filing
from gateway.keys import Subjects, keys_of
from gateway.policy.decide import Policy
from gateway.policy.durations import Duration
from gateway.policy.places import EVERYWHERE_ELSE
from gateway.sender import Route, Sender
from gateway.store.protocols import Store
from gateway.tasks import end
from gateway.web.networks import Networks

# What only a process does that speaks to vendors.
_OUTSIDE = frozenset(("api_delete", "rewrite"))

_SWEEP_SECONDS, _SETTLE_SECONDS = 3_600.0, 1.0
_START_SECONDS, _AWAY_SECONDS, _BROKEN_SECONDS = 3.0, 2.0, 30.0


class Around(NamedTuple):
    """What rights are granted in: the store and the way out, the evidence, the plan of the policy in force. `landed`
    waits until nothing with an event of these subjects is under way; `fault` is told each exception that nobody
    expected."""

    store: Store
    sender: Sender
    evidence: Evidence
    plan: Callable[[], Plan]
    landed: Callable[[Collection[str]], Awaitable[None]]
    fault: Callable[[BaseException], None]


class Rights:
    """What answers persons in one process. `ready` says whether everything that was erased is, also after a restore."""

    def __init__(self, plan: Plan, around: Around) -> None:
        self._around = around
        self._settings = plan.configured.settings.rights
        self._keys_live = keys_live(plan)
        keys = plan.keys_for("dsr")
        store, clock, random = around.store, time.time, secrets.token_bytes
        self.ready = False
        self.networks = Networks(self._settings.choices_per_minute, time.monotonic, random(16))
        self.filing = Filing(store, clock)
        self.recipients = Recipients(store, clock)
        store.forgotten = self._forgotten
        self.books = Books(store, Sealed(plan.keys_for("dsr-sealing"), random))
        self.salts = Salts(store, random)
        self.consented = Consented(lambda records: around.evidence.note("consent.recorded", records=records))
        subjects = Subjects(plan.keys.ring("subject"))
        self.consents = ConsentLog(store, subjects, self.salts.salt, new_id, self.consented.add)
        self.links = Links(store, random)
        self.browsers = OfABrowser(self.consents, self.links)
        self.lookup = Lookup(store, self.recipients, self.browsers)
        self.journal = Journal(
            plan.configured.beside(self._settings.journal), plan.keys_for("dsr-journal"), lambda: secrets.token_hex(8)
        )
        self.runner = Runner(self._hands(plan), self._rules(plan), _name(plan), around.fault)
        self.reader = _reader(plan) if plan.configured.role.collects else None
        self.desk = Desk(
            Office(
                books=self.books,
                reader=self.reader,
                salts=self.salts,
                evidence=around.evidence,
                counts=self.lookup,
                key=keys[0],
                clock=clock,
                random=random,
                asked=lambda place, key: asked(around.plan().policy, place, key),
                verify_within=int(self._settings.verify_within),
                wake=self.runner.wake,
            )
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._expired = 0

    async def start(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Do again what was erased, then `begin`: nothing may be delivered before. Where that cannot be done now, it is
        tried until it can, and until then nothing begins. Who starts is not kept for long: it is to tell meanwhile that
        it is not ready."""
        beginning = asyncio.create_task(self._begin(begin), name="rights")
        self._tasks = [beginning]
        await asyncio.wait([beginning], timeout=_START_SECONDS)
        if beginning.done():
            beginning.result()
        else:
            beginning.add_done_callback(self._begun)

    async def stop(self) -> None:
        """Leave off; another run goes on."""
        self.consented.flush()
        await end(self._tasks)

    async def _begin(self, begin: Callable[[], Awaitable[None]]) -> None:
        wait = await self._replay()
        while wait:
            await asyncio.sleep(wait)
            wait = await self._replay()
        self.ready = True
        await begin()
        self._tasks += [asyncio.create_task(each, name="rights") for each in (self.runner.run(), self._sweep())]

    def _begun(self, beginning: asyncio.Task[None]) -> None:
        """What kept it from beginning is told where nobody waits for it any more."""
        if not beginning.cancelled() and (error := beginning.exception()):
            self._around.fault(error)

    async def replay(self) -> int:
        """Do again what was erased and the store does not know of; how many erasures that were. JournalBroken,
        StoreUnavailable."""
        done = await replay(self.journal, self._around.store, self.lookup, self.books)
        if done:
            self._around.evidence.note("dsr.replayed", requests=done)
        return done

    async def _replay(self) -> float:
        """The seconds until it is worth another try; 0 when it is done."""
        try:
            await self.replay()
        except StoreUnavailable:
            return _AWAY_SECONDS
        except JournalBroken as error:
            self._around.fault(error)
            return _BROKEN_SECONDS
        return 0.0

    def _forgotten(self, subjects: Collection[str]) -> None:
        """Another process has erased them: what is in mind here of what the store had of them is wrong."""
        self.filing.forget(subjects)
        self.recipients.drop(subjects)

    async def _settle(self) -> None:
        """Write soon after it is back what the store did not take of who received what: an erasure looks it up."""
        while True:
            try:
                await self.recipients.settle()
            except Exception as error:  # noqa: BLE001 - a fault ends one try, never the trying
                self._around.fault(error)
            await asyncio.sleep(_SETTLE_SECONDS)

    async def _sweep(self) -> None:
        """Forget what has outlived its time."""
        while True:
            try:
                await self._forget(int(time.time()))
            except StoreUnavailable:
                pass
            except Exception as error:  # noqa: BLE001 - a fault ends one sweep, never the sweeping
                self._around.fault(error)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _forget(self, now: int) -> None:
        before = int(now - self._settings.keep_recipients)
        await self.runner.sweep()
        await self.browsers.expire(now)
        await self._around.store.expire_keys(now - self._keys_live)
        if now >= self._expired + SECONDS_A_DAY:  # it opens every sheet there is
            await self.recipients.expire(before)
            await self.salts.expire()
            self._expired = now

    def _hands(self, plan: Plan) -> Hands:
        around = self._around
        return Hands(
            books=self.books,
            lookup=self.lookup,
            salts=self.salts,
            store=around.store,
            journal=self.journal,
            landed=around.landed,
            shared=plan.configured.store is not None,
            courier=Bearer(around.sender, time.time),
            targets=lambda: targets(around.plan()),
            files=lambda: files(around.plan()),
            world=lambda: world(around.plan(), int(self._settings.backups or 0)),
            evidence=around.evidence,
            clock=time.time,
            forgotten=self.filing.forget,
        )

    def _rules(self, plan: Plan) -> Rules:
        role = plan.configured.role
        inside = frozenset(METHODS) - _OUTSIDE if role.collects else frozenset()
        outside = _OUTSIDE if role.delivers else frozenset()
        seal = _sealing(plan) if role.collects else None
        keep = self._settings
        return Rules(inside | outside, seal, int(keep.keep_packages), int(keep.keep_requests))


def targets(plan: Plan) -> Mapping[str, Target]:
    """The destinations that can be asked to delete, and where those requests may go."""
    return {
        name: Target(each, Route(each.erasure_hosts, plan.routes[name].networks, token=each.erasure_access))
        for name, each in plan.destinations.items()
    }


def files(plan: Plan) -> Mapping[str, Path]:
    """The directories of the destinations that are files."""
    return {name: route.directory for name, route in plan.routes.items() if route.directory}


def world(plan: Plan, backups: int) -> World:
    """What there is that a request may be about."""
    return World(tuple(plan.destinations), frozenset(files(plan)), plan.policy.purposes, backups)


def asked(policy: Policy, place: str, key: str) -> Duration | None:
    """What the policy in force says of a term in a place, or everywhere else; None where it says nothing."""
    code = place or EVERYWHERE_ELSE
    regions = policy.lawbook.regions.values() if policy.fingerprint else ()
    found = next((region for region in regions if code in region.match), None)
    if found is not None:
        return found.duration("dsr", key)[0]
    if not place or not policy.fingerprint or not place[0].isalpha():
        return None
    return policy.lawbook.law((place,), day_of(time.time())).shortest("dsr", key)


def _reader(plan: Plan) -> Reader:
    ring, sites = plan.keys.ring("consent-cookie"), tuple(plan.configured.settings.sites)

    def record(value: str) -> Record | None:
        for site in sites:
            found = open_receipt(value, ring, site, time.time())
            if not isinstance(found, Invalid):
                granted = tuple(choice.purpose for choice in found.choices if choice.granted)
                return Record(found.reference, found.given, granted)
        return None

    return Reader(Subjects(plan.keys.ring("subject")), record)


def _sealing(plan: Plan) -> Callable[[Request, int], str]:
    seed = keys_of(plan.keys.ring(RECEIPT_KEY))[0]
    issuer = next(iter(plan.configured.settings.sites.values()))[0]
    return lambda request, now: receipt(request, issuer, now, seed)


def keys_live(plan: Plan) -> int:
    """How many seconds the keys of a month are kept after it: as long as anything may be there that they sealed, be it
    who received what, or an event that grew as old as any may and lies among the dead letters since."""
    settings = plan.configured.settings
    return int(max(settings.rights.keep_recipients, Living().age_limit + settings.delivery.keep_dead_letters))


def _name(plan: Plan) -> str:
    """Who works on requests: of a data directory there is one process, and whoever was before is gone."""
    return secrets.token_hex(8) if plan.configured.store else "alone"
