"""Build the running parts from a plan, start them in order and stop them in the reverse one."""

import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from gateway import __version__
from gateway.anonymise.again import weaken
from gateway.bearer import Bearer
from gateway.bootstrap.admission import doorman_of, evidence_of
from gateway.bootstrap.collecting import weakening
from gateway.bootstrap.geo import ages, told
from gateway.bootstrap.incidents import Incidents
from gateway.bootstrap.issuers import issuers_of
from gateway.bootstrap.labels import labels
from gateway.bootstrap.mails import acceptance
from gateway.bootstrap.plan import Plan
from gateway.bootstrap.reign import Reign, reign
from gateway.bootstrap.rights import Around, Rights
from gateway.bootstrap.rights_api import Beside, RightsApi
from gateway.bootstrap.salting import Salting
from gateway.bootstrap.shadow import Shadow
from gateway.bootstrap.standing import Standing
from gateway.bootstrap.storing import Told, gauges, open_store, shown, store_of
from gateway.bootstrap.surroundings import Surroundings
from gateway.bootstrap.tracing import Tracing
from gateway.bootstrap.versions import versions
from gateway.collector import Collector
from gateway.days import day_of
from gateway.dead_letters import Desk
from gateway.decision import Decision
from gateway.delivery import Parts, Rules, Target
from gateway.errors import StoreUnavailable
from gateway.event import Event
from gateway.facts import Facts
from gateway.keys import fingerprint
from gateway.policy.explain import as_json, explain_words
from gateway.sender import Sender
from gateway.telemetry import Sample, Telemetry, fault, log
from gateway.twins import Twins
from gateway.web.admin import Operated, admin, shielded
from gateway.web.collect import Collect
from gateway.web.mail import MailDesk
from gateway.web.public import Public
from gateway.web.replies import App, Receive, Scope, Send
from gateway.web.sites import Sites
from gateway.worker import Worker


class Gateway:
    """Every part of one process. `public` and `admin` are ASGI applications; both work between `start` and `stop`.

    `reign` is the policy in force with all that was made of it: the one reference that another policy replaces.
    `witness` is told each decision in the place of the counters, where somebody wants to show decisions.
    """

    def __init__(self, plan: Plan, witness: Callable[[Decision, Facts], None] | None = None) -> None:
        self.draining = False
        self.role = plan.configured.role
        settings = plan.configured.settings
        self.telemetry = Telemetry(labels(plan))
        self.store = store_of(plan, Told(self._lost, lambda error: self.fault("store", error), self._forgotten))
        self.sender = Sender(time.time)
        self.tracing = Tracing(plan, self.sender)
        self.worker = Worker(_targets(plan), self._delivery(plan))
        self.twins = Twins(lambda name: self.telemetry.count("gateway_merged_total", name))
        self.evidence = evidence_of(plan, lambda error: self.fault("audit", error))
        self.telemetry.gauge("gateway_spans_forgotten", lambda: [((), self.tracing.forgotten)])
        self.salting = Salting(
            plan,
            lambda error: self.fault("salt", error),
            lambda day, why: self.evidence.note("salt.destroyed", day=day, why=why),
        )
        self.store.wake = self.worker.notify
        self.rights = Rights(plan, self._within())
        self.around = Surroundings(
            store=self.store,
            queue=self.rights.filing,
            salt=self.salting.salt,
            counts=witness or self.telemetry.decided,
            dropped=lambda count: self.telemetry.count("gateway_unknown_parameters_total", by=count),
            chose=lambda act: self.telemetry.count("gateway_consent_total", act),
            landed=self._landed,
            masked=Incidents(self.telemetry, settings.sites),
            twins=self.twins,
            met=lambda evidence: self.telemetry.count("gateway_places_total", evidence),
            rights=self.rights,
        )
        self.reign = reign(plan, self.around)
        self._shadow: Shadow | None = None
        self.standing = Standing(self.reign)
        self._show()
        self.collect = Collect(
            lambda: self.reign.collector, _replies(plan), settings.limits, time.time, tk=settings.consent.tk
        )
        self.mails = self._desk()
        self.public = self._public()
        self.rights_api = RightsApi(plan, self.rights, self._within(), Beside(self.telemetry, lambda: self.draining))
        self.admin = self._admin(plan)

    async def start(self) -> None:
        """Open the store and begin what is this process's task.

        ConfigurationError where another process has the data directory, or where it cannot be used.
        """
        await open_store(self.store, self.plan)
        # What an earlier process erased and only this one could clear away is in no books: it was not there any more.
        self.store.gone = self._erased
        await self._recover()
        roots = [fingerprint(root) for root in self.plan.configured.roots]
        self.evidence.note("started", version=__version__, role=str(self.role), keys=roots)
        if roots:
            self.evidence.changed("keys.changed", roots, nothing=[])
        if self.role.collects:
            await self.salting.start()
        self.announce()
        await self.rights.start(self._deliver)
        self.rights_api.start()

    async def stop(self) -> None:
        """Finish what is in flight, commit what was accepted, and let go of everything."""
        await self.rights_api.stop()
        await self.rights.stop()
        await self.worker.stop()
        await self.tracing.stop()
        await self.sender.close()
        if self.role.collects:
            await self.salting.stop()
        await self.evidence.stop()
        await self.store.close()

    @property
    def plan(self) -> Plan:
        """The plan of the policy in force."""
        return self.reign.plan

    @property
    def collector(self) -> Collector:
        """The way of a hit under the policy in force."""
        return self.reign.collector

    def announce(self) -> None:
        """Say in the log which policy is in force, if one is, and evidence it where it is another one."""
        policy = self.plan.policy
        if policy.fingerprint:
            self.evidence.changed("policy.changed", policy.fingerprint, nothing="")
            log("policy", policy=policy.name, version=policy.version, fingerprint=policy.fingerprint, mode=policy.mode)

    def enthrone(self, successor: Reign) -> None:
        """Put another policy in force: from here on each new hit is its, and each delivery. Hits under way end with the
        policy they began with."""
        self.reign = self.standing.reign = successor.beside(self._shadow)
        self.standing.allow(self.telemetry)
        self.worker.wake()
        self.announce()

    def ask_beside(self, shadow: Shadow | None) -> None:
        """Have another candidate asked beside the policy in force, or none."""
        self._shadow = shadow
        self.reign = self.standing.reign = self.reign.beside(shadow)
        self.standing.candidate = shadow.plan.policy if shadow else None
        self.standing.allow(self.telemetry)

    async def ready(self) -> tuple[bool, Mapping[str, object]]:
        """Whether traffic is wanted, and the state behind it."""
        condition = await self.store.condition()
        governed = bool(self.plan.policy.fingerprint)
        reasons = {
            "draining": self.draining,
            "the store does not answer": not condition.sound,
            "no valid policy": not governed,
            "what was erased is not erased again": not self.rights.ready,
        }
        state = {
            "why": [reason for reason, holds in reasons.items() if holds],
            "draining": self.draining,
            "store": shown(condition),
            **self.standing.told(self.today()),
            "places": told(self.plan.databases),
            "lanes": self.worker.states(),
        }
        return not state["why"], state

    def explain(self, words: Mapping[str, object]) -> Sequence[Mapping[str, Any]] | None:
        """What the policy in force says to a situation; None without one. SituationError where it is none."""
        policy = self.plan.policy
        if not policy.fingerprint:
            return None
        return [as_json(explanation) for explanation in explain_words(policy, words, self.today())]

    async def metrics(self) -> bytes:
        """The page of metrics. Gauges of a store that does not answer are left out."""
        waiting: list[Sample] = []
        oldest: list[Sample] = []
        buried: list[Sample] = []
        try:
            now = time.time()
            depths = {depth.destination: depth for depth in await self.store.depths()}
            for name in self.plan.destinations:
                depth = depths.get(name)
                waiting.append(((name,), depth.events if depth else 0))
                oldest.append(((name,), max(0.0, now - depth.oldest) if depth else 0))
            buried = [(pair, number) for pair, number in (await self.store.buried()).items()]
        except StoreUnavailable:
            pass
        for name, samples in gauges(await self.store.condition()).items():
            self.telemetry.gauge(name, partial(list, samples))
        self.telemetry.gauge("gateway_queue_events", lambda: waiting)
        self.telemetry.gauge("gateway_queue_oldest_seconds", lambda: oldest)
        self.telemetry.gauge("gateway_dead_letters", lambda: buried)
        return self.telemetry.exposition()

    def fault(self, part: str, error: BaseException) -> None:
        """Count and log an exception nobody expected."""
        self.telemetry.count("gateway_faults_total", part)
        fault(part, error)

    def refused(self, reason: str) -> None:
        """Count a request that the guard cut off."""
        self.telemetry.count("gateway_requests_refused_total", reason)

    def tick(self) -> None:
        """What has to be done from time to time: what is over, of actions and of the salt of a day, goes."""
        self.twins.forget(time.time())
        self.rights.consented.flush()
        self.evidence.tick()
        if self.role.collects:
            self.salting.tick()

    def today(self) -> int:
        """The day that decisions are taken on now, in days since 1970-01-01 UTC."""
        return day_of(time.time())

    async def _deliver(self) -> None:
        if self.role.delivers:
            self.tracing.start()
            self.worker.start()

    async def _received(self, destination: str, events: Sequence[Event]) -> None:
        await self.rights.recipients.received(destination, events)

    def _within(self) -> Around:
        """What persons are answered in."""
        fault = partial(self.fault, "rights")
        return Around(self.store, self.sender, self.evidence, lambda: self.plan, self._landed, fault)

    def _delivery(self, plan: Plan) -> Parts:
        delivery = plan.configured.settings.delivery
        return Parts(
            queue=self.store,
            backlog=self.store,
            withdrawals=self.store,
            dead_letters=self.store,
            courier=self.tracing.over(Bearer(self.sender, time.time)),
            policy=lambda: self.plan.policy,
            weaken=partial(weaken, rules=weakening(plan)),
            counts=self.telemetry,
            clock=time.time,
            steady=time.monotonic,
            dice=random.SystemRandom().random,
            fault=lambda error: self.fault("worker", error),
            received=self._received,
            rules=Rules(retry_window=delivery.retry_for, dead_letters=delivery.keep_dead_letters),
        )

    def _show(self) -> None:
        """Have the gauges read what they show."""
        gauge = self.telemetry.gauge
        gauge("gateway_vendor_version_days", lambda: versions(self.plan.destinations))
        gauge("gateway_place_data_age_days", lambda: ages(self.plan.databases))
        gauge("gateway_audit_owed", lambda: [((), self.evidence.owed)])
        gauge("gateway_lane_running", lambda: [((name,), it == "running") for name, it in self.worker.states().items()])
        self.standing.show(self.telemetry)

    def _admin(self, plan: Plan) -> App:
        fault = partial(self.fault, "admin")
        desk = Desk(self.store, self._replayed)
        operated = Operated(desk, self.worker, self.evidence, self.rights_api.routes())
        doorman = doorman_of(plan, fault)._replace(tokens=issuers_of(plan.configured, self.sender))
        return shielded(admin(self.ready, self.metrics, self.explain, operated, doorman), fault)

    def _desk(self) -> MailDesk:
        settings = self.plan.configured.settings
        return MailDesk(
            acceptance(self.plan.keys, settings.mail),
            frozenset(settings.mail.click_hosts),
            lambda: self.collector,
            self.telemetry,
            time.time,
            lambda error: self.fault("public", error),
            tk=settings.consent.tk,
        )

    def _public(self) -> Public:
        return Public(
            Sites(self.plan.configured.settings.sites),
            self.collect,
            self._pages,
            lambda status: self.telemetry.count("gateway_answers_total", str(status)),
            lambda error: self.fault("public", error),
        )

    async def _pages(self, scope: Scope, receive: Receive, send: Send) -> None:
        served = self.mails if self.mails.takes(scope["path"]) else self.reign.pages
        await served(scope, receive, send)

    async def _recover(self) -> None:
        """Count what waits from before, so that the books of this process add up; those of replicas do so together.
        Nothing may have been taken yet, nor erased."""
        if self.plan.configured.store is not None or not self.role.delivers:
            return
        with suppress(StoreUnavailable):
            for depth in await self.store.depths():
                self.telemetry.count("gateway_deliveries_total", depth.destination, "recovered", by=depth.events)

    def _lost(self, number: int) -> None:
        self.telemetry.count("gateway_store_lost_total", by=number)

    def _forgotten(self) -> None:
        self.telemetry.count("gateway_store_forgotten_total")

    def _erased(self, destination: str, number: int) -> None:
        self.telemetry.count("gateway_deliveries_total", destination, "erased", by=number)

    def _replayed(self, destination: str, number: int) -> None:
        self.telemetry.count("gateway_deliveries_total", destination, "replayed", by=number)
        self.worker.notify(destination)

    async def _landed(self, subjects: Collection[str]) -> None:
        await self.worker.landed(subjects)


def _targets(plan: Plan) -> dict[str, Target]:
    return {name: Target(destination, plan.routes[name]) for name, destination in plan.destinations.items()}


def _replies(plan: Plan) -> dict[str, str]:
    return {name: pixel.reply for name, pixel in plan.catalogue.pixels.items()}
