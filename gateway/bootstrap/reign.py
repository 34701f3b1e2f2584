"""Make everything that follows from one version of the policy."""

import re
import secrets
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.audit.jws import key_set, public_of
from gateway.audit.receipt import KEY as RECEIPT_KEY
from gateway.bootstrap.collecting import Heard, collector, new_id
from gateway.bootstrap.plan import Plan
from gateway.bootstrap.privacy import privacy_desk, recording
from gateway.bootstrap.shadow import Shadow
from gateway.bootstrap.signals import honours
from gateway.bootstrap.surroundings import Surroundings
from gateway.collector import Collector
from gateway.keys import keys_of
from gateway.policy.decide import Policy
from gateway.recognition import Recognition
from gateway.web.consent import ConsentDesk
from gateway.web.pages import pages
from gateway.web.replies import App, Receive, Scope, Send, answer, unavailable
from gateway.web.visitor import VisitorDesk

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
COME_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Reign:
    """A policy in force, and what was made of it; replaced as a whole, so that a hit ends with the one it began with.

    `since` is in POSIX seconds.
    """

    plan: Plan
    collector: Collector
    pages: App
    since: float

    @property
    def policy(self) -> Policy:
        """The policy; without a fingerprint where there is none."""
        return self.plan.policy

    def beside(self, shadow: Shadow | None) -> "Reign":
        """The same reign with another candidate, or with none."""
        candidate = shadow.beside(self.plan) if shadow else None
        return replace(self, collector=replace(self.collector, candidate=candidate))


def reign(plan: Plan, around: Surroundings) -> Reign:
    """The reign of a plan's policy. It takes a while, and may be done in a thread of its own."""
    made = collector(plan, around.queue, around.salt, around.counts, Heard(around.dropped, around.masked, around.met))
    served = _pages(plan, around, made) if plan.policy.fingerprint else _no_pages
    return Reign(plan, replace(made, twins=around.twins), served, time.time())


async def _no_pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Without a policy nobody can say what there is to choose; a choice is not taken rather than lost."""
    await answer(scope, send, unavailable(COME_AGAIN))


def _pages(plan: Plan, around: Surroundings, made: Collector) -> App:
    settings, policy, keys, rights = plan.configured.settings, plan.policy, plan.keys, around.rights
    recognition = Recognition(made.reader, made.locator, policy, made.child_directed)
    desk = ConsentDesk(
        purposes=policy.purposes,
        key=keys.ring("consent-cookie"),
        subject_key=keys.ring("subject"),
        lifetime=int(settings.consent.lifetime),
        withdrawals=around.store,
        landed=around.landed,
        now=time.time,
        new_id=new_id,
        counts=around.chose,
        visitors=VisitorDesk(
            recognition=recognition,
            ring=keys.ring("visitor-cookie"),
            subject_ring=keys.ring("subject"),
            random=secrets.token_bytes,
        ),
        recording=recording(plan, rights, recognition) if rights else None,
    )
    own = privacy_desk(plan, rights, around.store, recognition, desk).routes() if rights else []
    receipts = key_set([public_of(seed) for seed in keys_of(keys.ring(RECEIPT_KEY))])
    return pages(desk, honours(policy), _reviewed(policy), receipts, own)


def _reviewed(policy: Policy) -> str:
    """The day the policy was last looked over: its version where that is a date, else its pack's, else today."""
    dated = _DATE.match(policy.version) or _DATE.match(policy.pack.reviewed if policy.pack else "")
    return dated[0] if dated else datetime.fromtimestamp(time.time(), UTC).date().isoformat()
