"""Build the collector of a plan: the same for serving and for simulating."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from gateway.anonymise.derive import Anonymiser, Masked, Rules
from gateway.anonymise.identifiers import uuid_of
from gateway.anonymise.ip import Kept
from gateway.bootstrap.mails import acceptance
from gateway.bootstrap.plan import Plan
from gateway.bootstrap.platforms import platforms
from gateway.bootstrap.salt import DailySalt
from gateway.bootstrap.signals import reading_rules
from gateway.collector import Collector, Decoder, Keeps
from gateway.consent.read import SignalReader
from gateway.consent.rules import ReadingRules
from gateway.consent.visitor import Visitors
from gateway.decision import Decision
from gateway.facts import Facts
from gateway.keys import Subjects
from gateway.mail.events import PIXEL as MAIL
from gateway.mail.events import MailEvents
from gateway.region.locate import Locator
from gateway.vendors.own_events import OwnEvents
from gateway.vendors.pixel import Pixel
from gateway.vendors.segment import PIXEL as SEGMENT
from gateway.vendors.segment import Segment


class Heard(NamedTuple):
    """`dropped` is told how many parameters of own events nobody knew, `masked` where something personal was masked,
    `met` what there was to place a hit by."""

    dropped: Callable[[int], None]
    masked: Callable[[Masked], None] | None = None
    met: Callable[[str], None] = lambda evidence: None


def collector(
    plan: Plan,
    queue: Keeps,
    salt: DailySalt,
    counts: Callable[[Decision, Facts], None],
    heard: Heard,
) -> Collector:
    """A collector that puts into `queue` and tells what it met on the way."""
    settings, policy, keys = plan.configured.settings, plan.policy, plan.keys
    pixels = plan.catalogue.pixels
    accounts = {name: pixel.account for name, pixel in pixels.items()}
    own: dict[str, Decoder] = {
        OwnEvents.id: OwnEvents(heard.dropped, accounts),
        SEGMENT: Segment(replace(pixels[SEGMENT], dropped=heard.dropped), settings.write_keys),
        MAIL: MailEvents(acceptance(keys, settings.mail)),
    }
    return Collector(
        pixels={**_counting(pixels, heard.dropped), **own},
        routes=plan.fed_by(),
        reader=reader(plan),
        locator=Locator(settings.trusted_proxies, settings.edge, settings.forwarded, plan.databases, heard.met),
        policy=policy,
        anonymiser=Anonymiser(keys, salt, weakening(plan)._replace(told=heard.masked)),
        queue=queue,
        counts=counts,
        new_id=new_id,
        visitors=Visitors(keys.ring("visitor-cookie")),
        child_directed=frozenset(settings.child_directed),
    )


def rules(plan: Plan) -> ReadingRules:
    """What the plan's policy wants to know of a request."""
    return reading_rules(plan.configured, plan.policy, plan.destinations, plan.vendors)


def reader(plan: Plan) -> SignalReader:
    """Reads consent as the plan's policy says."""
    keys = plan.keys
    keyed = Subjects(keys.ring("subject")).digest
    return SignalReader(rules(plan), keys.ring("consent-cookie"), platforms(plan.configured)[0], keyed)


def _counting(pixels: Mapping[str, Pixel], dropped: Callable[[int], None]) -> dict[str, Pixel]:
    return {name: replace(pixel, dropped=dropped) for name, pixel in pixels.items()}


def weakening(plan: Plan) -> Rules:
    """What the vendors' manifests and the operator say about weakening."""
    clicks = {name: each.manifest.clicks for name, each in plan.destinations.items()}
    truncate = plan.configured.settings.truncate
    return Rules(clicks, Kept(truncate.ipv4, truncate.ipv6), plan.scrubber)


def new_id() -> str:
    """A fresh random UUID."""
    return uuid_of(os.urandom(16).hex(), 4)
