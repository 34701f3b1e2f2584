"""Have requests to vendors traced where the operator names a collector, and else have nothing in their way."""

import asyncio
import random
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway import __version__
from gateway.addresses import LOOPBACK
from gateway.bootstrap.plan import Plan
from gateway.sender import Route, Sender
from gateway.tasks import end
from gateway.traces import Sends, Traced, Traces

EVERY_SECONDS = 5.0
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "APPEND", "PARQUET")


class Tracing:
    """The spans of one process. `sender` is the way out that they leave by."""

    def __init__(self, plan: Plan, sender: Sender) -> None:
        settings = plan.configured.settings.traces
        self._share, self._sender = settings.share, sender
        self._task: asyncio.Task[None] | None = None
        self._traces: Traces | None = None
        # Routes are equal where two destinations go the same way; which of them it was, only identity tells.
        self._fields: Mapping[int, Mapping[str, str]] = {
            id(route): {"gateway.destination": name, "gateway.vendor": plan.destinations[name].manifest.id}
            for name, route in plan.routes.items()
        }
        if settings.endpoint:
            networks = (*settings.allow_networks, *(LOOPBACK if settings.allow_loopback else ()))
            self._route = Route(frozenset((urlsplit(settings.endpoint).netloc,)), networks)
            allowed = {
                "gateway.destination": tuple(plan.destinations),
                "gateway.vendor": [each.manifest.id for each in plan.destinations.values()],
                "http.request.method": _METHODS,
            }
            self._traces = Traces(settings.endpoint, allowed, __version__, secrets.token_bytes)

    @property
    def forgotten(self) -> int:
        """Spans that nobody was told of."""
        return self._traces.forgotten if self._traces else 0

    def over(self, courier: Sends) -> Sends:
        """The same way out, traced."""
        if self._traces is None:
            return courier
        dice = random.SystemRandom().random
        nothing: Mapping[str, str] = {}
        return Traced(
            courier,
            self._traces.tell,
            lambda route: self._fields.get(id(route), nothing),
            time.time,
            lambda: dice() < self._share,
        )

    def start(self) -> None:
        """Begin to tell."""
        if self._traces:
            self._task = asyncio.create_task(self._run(self._traces))

    async def stop(self) -> None:
        """Tell what is left."""
        if self._task and self._traces:
            await end([self._task])
            await self._traces.flush(self._sender, self._route)

    async def _run(self, traces: Traces) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await traces.flush(self._sender, self._route)
