"""Put together what programs ask about persons' requests at the admin listener, and what others are told of them."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.routing import Route

from gateway import __version__
from gateway.bootstrap.opendsr import Needs, spoken
from gateway.bootstrap.plan import Plan
from gateway.bootstrap.rights import Around, Rights
from gateway.dsr.notices import RESULTS, Notices, Ways
from gateway.dsr.packages import Packages, Shelf
from gateway.dsr.request import ENDED, State
from gateway.dsr.verification import Codes, Message
from gateway.dsr.webhooks import Hooks, Poster, message
from gateway.errors import StoreUnavailable
from gateway.tasks import end
from gateway.telemetry import Sample, Telemetry
from gateway.web.dsr.consent_records import ConsentRecords
from gateway.web.dsr.cursor import Cursors
from gateway.web.dsr.endpoint import Front
from gateway.web.dsr.erasures import Erasures
from gateway.web.dsr.handing_out import HandingOut
from gateway.web.dsr.mount import mounted
from gateway.web.dsr.repeats import Repeats
from gateway.web.dsr.requests import Requests, Taking
from gateway.web.dsr.suppressions import Suppressing, Suppressions
from gateway.web.dsr.waiting import Waiting
from gateway.web.rates import Rates

OPEN = tuple(str(state) for state in State if state not in ENDED)
TOLD = RESULTS

_LOOK_SECONDS, _SWEEP_SECONDS = 5.0, 3_600.0


class Beside(NamedTuple):
    """What the API has beside the rights: the counters, and whether the process is stopping."""

    telemetry: Telemetry
    stopping: Callable[[], bool]


class RightsApi:
    """The API of one process, and the messages about requests."""

    def __init__(self, plan: Plan, rights: Rights, around: Around, beside: Beside) -> None:
        settings = plan.configured.settings.rights
        store, clock, random = around.store, time.time, secrets.token_bytes
        key = plan.keys_for("dsr-api")
        hooks = Hooks(
            plan.configured.webhook_secret, frozenset(settings.webhooks.hosts), settings.webhooks.allow_networks
        )
        self._rights, self._around, self._beside = rights, around, beside
        self._poster = Poster(around.sender, hooks, clock)
        self._codes_url = settings.webhooks.codes or ""
        self._codes = Codes(store, key[0], self._send_code, clock, random)
        self._packages = Packages(store, Shelf(rights.desk.package, rights.desk.shred), clock, random)
        rates = Rates(settings.requests_per_minute, time.monotonic)
        self._front = Front(rates, Repeats(store, key[0], clock), around.fault)
        needs = Needs(around.sender, rights.desk, rates.take, around.fault)
        self._opendsr = spoken(plan.configured, hooks, needs)
        waiting = Waiting(beside.stopping)
        self._taking = Taking(
            desk=rights.desk,
            books=rights.books,
            codes=self._codes,
            evidence=around.evidence,
            cursors=Cursors(key, random),
            waiting=waiting,
            may_call=hooks.may_call,
            clock=clock,
            destinations=lambda: around.plan().destinations,
        )
        told = Ways(settings.webhooks.url or "", self._poster.post, self._count, clock, self._opendsr.voices)
        self._notices = Notices(rights.books, store, told)
        self._tasks: list[asyncio.Task[None]] = []

    def routes(self) -> list[Route]:
        """Everything that can be asked."""
        rights, around = self._rights, self._around
        suppressing = Suppressing(
            lists=around.store,
            reader=rights.reader,
            salts=rights.salts,
            evidence=around.evidence,
            purposes=lambda: around.plan().policy.purposes,
            landed=around.landed,
            clock=time.time,
        )
        parts = (
            Requests(self._taking),
            HandingOut(rights.desk, self._packages, around.evidence),
            Suppressions(suppressing),
            Erasures(rights.journal.read, rights.replay),
            ConsentRecords(rights.consents, around.evidence),
        )
        return [*mounted(parts, self._front, __version__), *self._opendsr.routes]

    def start(self) -> None:
        """Begin to tell of requests, and to forget what is over."""
        telemetry = self._beside.telemetry
        telemetry.gauge("gateway_dsr_open", self._open)
        telemetry.gauge("gateway_dsr_overdue", lambda: [((), self._notices.standing.overdue)])
        telemetry.gauge("gateway_dsr_due_seconds", self._due)
        rounds = ((self._notices.sweep, _LOOK_SECONDS), (self._forget, _SWEEP_SECONDS))
        self._tasks = [asyncio.create_task(self._again(*each), name="rights-api") for each in rounds]

    async def stop(self) -> None:
        """Leave off; another run goes on."""
        await end(self._tasks)

    async def _again(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await work()
            except StoreUnavailable:
                pass
            except Exception as error:  # noqa: BLE001 - a fault ends one round, never the rounds
                self._around.fault(error)
            await asyncio.sleep(seconds)

    async def _forget(self) -> None:
        for each in (self._codes.sweep, self._packages.sweep, self._front.repeats.sweep):
            await each()

    async def _send_code(self, code: Message) -> bool:
        data = {"request": code.request, "to": code.address, "code": code.code, "until": code.ends}
        body = message("dsr.code", int(time.time()), data)
        each = f"{code.request}.code.{code.ends}"  # a second code must not pass for the first one sent again
        return bool(self._codes_url) and await self._poster.post(self._codes_url, each, body)

    def _count(self, result: str) -> None:
        self._beside.telemetry.count("gateway_dsr_messages_total", result)

    def _open(self) -> list[Sample]:
        return [((state,), self._notices.standing.open[state]) for state in OPEN]

    def _due(self) -> list[Sample]:
        due = self._notices.standing.due
        return [((), due - time.time())] if due else []
