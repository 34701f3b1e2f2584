"""Build what a visitor sees and does of a policy: the records of choices, and the page over what is known."""

import secrets
import time
from functools import cache

from gateway.audit.receipt import KEY as RECEIPT_KEY
from gateway.bootstrap.plan import Plan
from gateway.bootstrap.rights import Rights
from gateway.bootstrap.signals import honours
from gateway.days import SECONDS_A_DAY, day_of
from gateway.dsr.consent_record import Offer
from gateway.keys import Subjects, keys_of
from gateway.recognition import Recognition
from gateway.store.protocols import Erasing
from gateway.web.consent import ConsentDesk
from gateway.web.privacy.asking import Asking
from gateway.web.privacy.desk import PrivacyDesk
from gateway.web.privacy.forms import Forms
from gateway.web.privacy.rendering import Renderer
from gateway.web.privacy.view import Viewer
from gateway.web.recording import Recording, Turn


def recording(plan: Plan, rights: Rights, recognition: Recognition) -> Recording:
    """Records choices under the plan's policy."""
    policy = plan.policy

    def keeps(regions: tuple[str, ...], now: float) -> int:
        """The shortest that the law and the policy say of the place; nothing where neither does."""
        longest = policy.lawbook.law(regions, day_of(now)).shortest("retention", "receipts")
        return longest.days * SECONDS_A_DAY if longest else 0

    return Recording(
        log=rights.consents,
        offer=Offer(policy.fingerprint, policy.purposes, policy.destinations),
        regions=lambda fields, peer, site, now: recognition.facts(fields, peer, site, now).regions,
        keeps=keeps,
        turn=_turn(rights, recognition),
    )


def privacy_desk(
    plan: Plan, rights: Rights, store: Erasing, recognition: Recognition, desk: ConsentDesk
) -> PrivacyDesk:
    """The visitor's own page under the plan's policy."""
    policy, keys, delivery = plan.policy, plan.keys, plan.configured.settings.delivery
    queued = int(delivery.retry_for)
    viewer = Viewer(
        store=store,
        recipients=rights.recipients,
        requests=rights.desk,
        log=rights.consents,
        links=rights.links,
        honours=honours(policy),
        purposes={name: purpose.label for name, purpose in policy.purposes.items()},
        destinations={name: rule.label or name for name, rule in policy.destinations.items()},
        waits={"queue": queued, "dead": queued + int(delivery.keep_dead_letters)},
    )
    return PrivacyDesk(
        consent=desk,
        viewer=viewer,
        asking=Asking(rights.desk, rights.links, time.time),
        forms=Forms(keys.ring("privacy-form"), secrets.token_bytes),
        facing=recognition.facts,
        subjects=Subjects(keys.ring("subject")),
        receipt_seed=keys_of(keys.ring(RECEIPT_KEY))[0],
        renderer=_renderer(),
        now=time.time,
        turn=_turn(rights, recognition),
    )


def _turn(rights: Rights, recognition: Recognition) -> Turn:
    return lambda fields, peer, site, now: rights.networks.take(recognition.address(fields, peer, site, now))


@cache
def _renderer() -> Renderer:
    """The templates and texts, which no policy changes."""
    return Renderer()
