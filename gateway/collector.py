"""The way of a hit: hit, facts, decision, event, queue. Read this file first.

The order below is the product. Nothing registers itself into it, and below `decide` nobody asks for consent again until
delivery, where `gateway/lane.py` takes the decision a second time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.anonymise.derive import Anonymiser, Occasion
from gateway.anonymise.prefetch import is_prefetch
from gateway.anonymise.user_agent import is_bot
from gateway.consent.read import SignalReader
from gateway.consent.visitor import Bond, Visitors
from gateway.decision import Decision
from gateway.event import Event
from gateway.facts import Facts, site_age
from gateway.hit import Hit, RawEvent
from gateway.keys import Subjects
from gateway.policy.decide import Policy
from gateway.region.locate import Locator
from gateway.region.residence import with_residence

SECONDS_A_DAY = 86_400


class Decoder(Protocol):
    """How one pixel, or the gateway's own endpoints, write an event."""

    def decode(self, hit: Hit) -> list[RawEvent]:
        """The events of a hit in the gateway's words. BadRequest where it cannot be read."""


class Puts(Protocol):
    """The one thing the collector asks of a queue."""

    async def put(self, events: Sequence[Event]) -> None:
        """Return when the events are durable. StoreUnavailable where they are not."""


class Weighed(NamedTuple):
    """What became of one event of a hit: the facts and the decision, and what may leave. Nothing personal is in it.
    `pixel` is the one whose routes it took."""

    facts: Facts
    decision: Decision
    events: tuple[Event, ...]
    pixel: str


class Candidate(NamedTuple):
    """A policy that is only asked. `reader` reads consent for it, and is None where it would read as the one in
    force does; `compared` is told the decision and its answer."""

    reader: SignalReader | None
    policy: Policy
    routes: Mapping[str, tuple[str, ...]]
    compared: Callable[[Decision, Decision], None]


@dataclass(frozen=True, slots=True)
class Collector:
    """The parts a hit passes, in order, under one version of the policy. `routes` names the destinations a pixel's hits
    may reach (`events` for our own endpoints), `counts` is told each decision, `new_id` makes a fresh UUID, `subjects`
    keys the consent records, `visitors` reads the cookie of those who agreed to be known again."""

    pixels: Mapping[str, Decoder]
    routes: Mapping[str, tuple[str, ...]]
    reader: SignalReader
    locator: Locator
    policy: Policy
    anonymiser: Anonymiser
    queue: Puts
    counts: Callable[[Decision, Facts], None]
    new_id: Callable[[], str]
    subjects: Subjects
    visitors: Visitors
    candidate: Candidate | None = None
    child_directed: frozenset[str] = frozenset()

    async def collect(self, hit: Hit) -> int:
        """Take one hit its whole way; return how many events are durable now.

        BadRequest where the pixel cannot be read, StoreUnavailable where nothing was kept. A refused hit leaves a
        counter and nothing else.
        """
        raws = self.pixels[hit.pixel].decode(hit)  # the vendor's words become ours; unknown parameters end here
        weighed = self._weigh(hit, raws)
        events = [event for each in weighed for event in each.events]
        if events:
            await self.queue.put(events)
        for each in weighed:
            self.counts(each.decision, each.facts)
        self._shadow(hit, raws, weighed)
        return len(events)

    def weigh(self, hit: Hit, alter: Callable[[Facts], Facts] | None = None) -> list[Weighed]:
        """Everything but the keeping: for each event of the hit, what may leave, for whom, how weakened, and why.

        `alter` lets a simulation put other facts in the place of those the hit carries.
        """
        return self._weigh(hit, self.pixels[hit.pixel].decode(hit), alter)

    def _weigh(
        self, hit: Hit, raws: Sequence[RawEvent], alter: Callable[[Facts], Facts] | None = None
    ) -> list[Weighed]:
        consent = self.reader.read(hit, _packed(raws))  # unreadable is never a yes, and any no counts
        unseen = is_bot(hit.header(b"user-agent")) or is_prefetch(hit.headers)  # no person, or nobody yet
        age = site_age(hit.site, self.child_directed)  # a site for children has no grown-ups
        facts = Facts(self.locator.regions(hit), consent.signals, unseen, age)  # no region known: anywhere
        facts = alter(facts) if alter else facts
        subject = self.subjects.digest(consent.record) if consent.record else ""
        occasion = Occasion(hit, facts, self.locator.address, subject, self.policy.fingerprint, self._recognise)
        return [self._decide(raw, _as_told(raw, occasion)) for raw in raws]

    def _recognise(self, hit: Hit, subject: str) -> str | None:
        return self.visitors.read(hit.headers, Bond(hit.site, subject), hit.received)

    def _decide(self, raw: RawEvent, occasion: Occasion) -> Weighed:
        routes = self.routes.get(raw.pixel, ())
        day = int(occasion.hit.received // SECONDS_A_DAY)
        decision = self.policy.decide(occasion.facts, raw.name, routes, day)  # the only judgement
        derive = self.anonymiser.derive  # the only door from a hit to an event; a refusal never reaches it
        events = tuple(derive(raw, occasion, verdict, self.new_id) for verdict in decision.permits)
        return Weighed(occasion.facts, decision, events, raw.pixel)

    def _shadow(self, hit: Hit, raws: Sequence[RawEvent], weighed: Sequence[Weighed]) -> None:
        """Ask the candidate the same questions. Its answers are compared; nothing comes of them."""
        candidate = self.candidate
        if candidate is None:
            return
        signals = candidate.reader.read(hit, _packed(raws)).signals if candidate.reader else None
        day = int(hit.received // SECONDS_A_DAY)
        for each in weighed:
            routes = candidate.routes.get(each.pixel, ())
            facts = each.facts._replace(signals=signals) if signals else each.facts
            candidate.compared(each.decision, candidate.policy.decide(facts, each.decision.event, routes, day))


def _packed(raws: Sequence[RawEvent]) -> list[tuple[str, str]]:
    """What was packed in values of the hit: a refusal may be among it."""
    return [pair for raw in raws for pair in raw.packed]


def _as_told(raw: RawEvent, occasion: Occasion) -> Occasion:
    """The occasion of an event whose site tells where the visitor lives or how old it is: stricter, and never less."""
    if not raw.residence and raw.age is None:
        return occasion
    facts = occasion.facts
    regions = with_residence(facts.regions, raw.residence) if raw.residence else facts.regions
    age = min((years for years in (facts.age, raw.age) if years is not None), default=None)
    return occasion._replace(facts=facts._replace(regions=regions, age=age))
