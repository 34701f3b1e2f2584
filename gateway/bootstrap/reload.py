"""Keep the policy in force in step with the files it comes from.

Trying a policy takes seconds of computing and is done in another process. Only the making of one that was found right
is done here, in a thread that lets go of the interpreter often, so that hits go on meanwhile.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway import __version__
from gateway.bootstrap.accession import first_policy
from gateway.bootstrap.apart import try_apart
from gateway.bootstrap.fit import fitted
from gateway.bootstrap.last_good import Kept, LastGood
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import Plan, has_errors, unreadable
from gateway.bootstrap.reign import Reign, reign
from gateway.bootstrap.shadow import Shadow, shadow
from gateway.bootstrap.source import Glimpse, Source
from gateway.bootstrap.trial import Texts, Tried
from gateway.errors import Finding
from gateway.policy.compile import read_policy
from gateway.telemetry import found, log

# A file that is being written in place is half a file; what has not changed for so long is taken for whole.
STILL_SECONDS = 0.25
MOST_LOOKS = 40

# While a policy is made, so long at most one thread keeps the interpreter from another that wants it.
SLICE_SECONDS = 0.0002


class Reloading:
    """One gateway's policy and candidate, from the first of them on."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._ground = gateway.plan
        configured = gateway.plan.configured
        settings = configured.settings
        self._every = settings.reload_every
        self._policy = Source(configured.beside(settings.policy))
        self._candidate = Source(configured.beside(settings.candidate)) if settings.candidate else None
        self._last_good = LastGood(configured.beside(settings.data_dir), configured.process)
        self._seen: dict[Source, Glimpse] = {}
        self._in_force: Glimpse | None = None
        self._kicked = asyncio.Event()

    def kick(self) -> None:
        """Look now."""
        self._kicked.set()

    async def begin(self) -> None:
        """Put the first policy in force. ConfigurationError as `first_policy`."""
        gateway, configured = self._gateway, self._ground.configured
        first = await asyncio.to_thread(first_policy, configured, self._policy, self._last_good, gateway.today())
        self._seen[self._policy] = first.seen
        if first.policy:
            plan = replace(self._ground, policy=first.policy)
            gateway.enthrone(await asyncio.to_thread(reign, plan, gateway.around))
            self._in_force = self._policy.holds(first.texts)
        if first.configured.policy:
            _tell(first.configured.findings)
            await self._keep(first.texts)
        else:
            self._refuse(first.configured)

    async def run(self) -> None:
        """Look again and again, and follow what is found, until cancelled."""
        while True:
            kicked = self._kicked.is_set()
            self._kicked.clear()
            try:
                await self._follow_policy(kicked)
                if self._candidate:
                    await self._follow_candidate(self._candidate, kicked)
            except Exception as error:  # noqa: BLE001 - a fault ends one look, never the looking
                self._gateway.fault("reload", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._kicked.wait()

    async def _follow_policy(self, kicked: bool) -> None:
        gateway, source = self._gateway, self._policy
        glimpse = await self._news(source, again=kicked and gateway.standing.failed)
        if glimpse is None:
            return
        if glimpse == self._in_force:
            gateway.standing.failed = False
            gateway.announce()
            return
        tried = await self._try(source, glimpse, "policy")
        made = await asyncio.to_thread(self._successor, tried)
        if isinstance(made, Tried):
            self._refuse(made)
            return
        await self._keep(tried.texts)
        self._in_force = source.holds(tried.texts)
        gateway.standing.failed = False
        gateway.enthrone(made)
        gateway.telemetry.count("gateway_policy_reloads_total", "accepted")
        _tell(made.plan.warnings)

    async def _follow_candidate(self, source: Source, kicked: bool) -> None:
        gateway = self._gateway
        glimpse = await self._news(source, again=kicked and gateway.standing.candidate_failed)
        if glimpse is None:
            return
        tried = await self._try(source, glimpse, "candidate")
        made = await asyncio.to_thread(self._beside, tried)
        gateway.standing.candidate_failed = isinstance(made, Tried)
        if isinstance(made, Tried):
            gateway.ask_beside(None)
            _tell(made.findings)
            log("candidate_refused", logging.ERROR, file=str(source.path))
            return
        gateway.ask_beside(made)
        policy = made.plan.policy
        log("candidate", policy=policy.name, version=policy.version, fingerprint=policy.fingerprint)

    async def _news(self, source: Source, again: bool) -> Glimpse | None:
        """What stands there now and holds still, where it is not what was seen before or is to be tried again."""
        before = self._seen.get(source)
        glimpse = await asyncio.to_thread(source.look)
        for _ in range(MOST_LOOKS):
            if glimpse == before:
                return glimpse if again else None
            await asyncio.sleep(STILL_SECONDS)
            last, glimpse = glimpse, await asyncio.to_thread(source.look)
            if last == glimpse:
                self._seen[source] = glimpse
                return glimpse
        return None

    async def _try(self, source: Source, glimpse: Glimpse, setting: str) -> Tried:
        file = str(source.path)
        if glimpse.policy is None:
            return Tried(Texts(file, ""), (unreadable(self._ground.configured, setting, source.path),))
        tried = await try_apart(glimpse.policy, file, self._gateway.today())
        self._seen[source] = source.knows(tried.texts)
        return tried

    def _successor(self, tried: Tried) -> Reign | Tried:
        """The reign of a policy that was found right; else what is wrong."""
        with _small_slices():
            plan = self._plan(tried)
            return plan if isinstance(plan, Tried) else reign(plan, self._gateway.around)

    def _beside(self, tried: Tried) -> Shadow | Tried:
        count = self._gateway.telemetry.count
        with _small_slices():
            plan = self._plan(tried)
            if isinstance(plan, Tried):
                return plan
            return shadow(plan, lambda name, outcome: count("gateway_candidate_decisions_total", name, outcome))

    def _plan(self, tried: Tried) -> Plan | Tried:
        """What was tried in another process, made anew here of the very same texts."""
        if has_errors(tried.findings):
            return tried
        texts = tried.texts
        reading = read_policy(texts.policy, texts.file, texts.resolve)
        fits = fitted(Tried(texts, tried.findings, reading.policy), self._ground.configured)
        return replace(self._ground, policy=fits.policy, warnings=fits.findings) if fits.policy else fits

    def _refuse(self, tried: Tried) -> None:
        """Everything stays as it is, and that is said."""
        gateway = self._gateway
        gateway.standing.failed = True
        gateway.telemetry.count("gateway_policy_reloads_total", "refused")
        _tell(tried.findings)
        state = "last_good" if gateway.plan.policy.fingerprint else "no_policy"
        log("policy_refused", logging.ERROR, file=tried.texts.file, state=state)

    async def _keep(self, texts: Texts) -> None:
        """Keep what was accepted. Where the disk does not take it, the policy is put in force all the same."""
        try:
            await asyncio.to_thread(self._last_good.keep, Kept(texts, __version__))
        except OSError as error:
            self._gateway.fault("reload", error)


def _tell(findings: Sequence[Finding]) -> None:
    for finding in findings:
        found(finding)


@contextlib.contextmanager
def _small_slices() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SLICE_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
