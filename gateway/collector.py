"""The way of a hit: hit, facts, decision, event, queue. Read this file first.

The order below is the product. Nothing registers itself into it, and below `decide` nobody asks for consent again until
delivery, where `gateway/lane.py` takes the decision a second time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.anonymise.derive import Anonymiser, Occasion
from gateway.anonymise.likeness import Likeness, likeness
from gateway.anonymise.prefetch import is_prefetch
from gateway.anonymise.user_agent import is_bot
from gateway.consent.read import SignalReader
from gateway.consent.reading import Consent
from gateway.consent.visitor import Bond, Visitors
from gateway.consent.vouched import Vouching, heard
from gateway.days import day_of
from gateway.decision import Decision
from gateway.event import Event
from gateway.facts import Facts, site_age
from gateway.hit import Hit, RawEvent
from gateway.mail.events import PIXEL as MAIL
from gateway.mail.machines import EVENTS as OF_MAILS
from gateway.mail.machines import is_machine
from gateway.policy.decide import Policy
from gateway.region.locate import Locator
from gateway.region.residence import with_residence
from gateway.store.protocols import Refusal
from gateway.twins import Twins
from gateway.withdrawn import with_refusals

Withdrawn = Mapping[str, tuple[Refusal, ...]]
NOTHING: Withdrawn = {}


class Decoder(Protocol):
    """How one pixel, or the gateway's own endpoints, write an event."""

    def decode(self, hit: Hit) -> list[RawEvent]:
        """The events of a hit in the gateway's words. BadRequest where it cannot be read."""


class Keeps(Protocol):
    """What the collector asks of a store."""

    def put(self, events: Sequence[Event]) -> Awaitable[None]:
        """Done when the events are durable. StoreUnavailable, at once or then, where they are not."""

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """What those among the subjects have withdrawn. StoreUnavailable where nobody can say."""


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
    may reach (`events` for our own endpoints), `counts` is told each decision, `new_id` makes a fresh UUID, `visitors`
    reads the cookie of those who agreed to be known again, `twins` knows which actions another beacon told."""

    pixels: Mapping[str, Decoder]
    routes: Mapping[str, tuple[str, ...]]
    reader: SignalReader
    locator: Locator
    policy: Policy
    anonymiser: Anonymiser
    queue: Keeps
    counts: Callable[[Decision, Facts], None]
    new_id: Callable[[], str]
    visitors: Visitors
    candidate: Candidate | None = None
    child_directed: frozenset[str] = frozenset()
    twins: Twins | None = None

    async def collect(self, hit: Hit) -> int:
        """Take one hit its whole way; return how many events are durable now. It may be run without a task, since it
        waits for futures alone.

        BadRequest where the pixel cannot be read, StoreUnavailable where nothing was kept. A refused hit leaves a
        counter and nothing else.
        """
        raws = self.pixels[hit.pixel].decode(hit)  # the vendor's words become ours; unknown parameters end here
        withdrawn = await self._withdrawn(raws) if hit.pixel == MAIL else NOTHING
        weighed = self._weigh(hit, raws, withdrawn=withdrawn)
        events: Sequence[Event] = _events(weighed)
        if events and self.twins is not None and raws[0].beacon:  # one action, told more than once
            events = await self._put_once(self.twins, hit, raws, weighed)
        elif events:
            await asyncio.ensure_future(self.queue.put(events))
        for each in weighed:
            self.counts(each.decision, each.facts)
        self._shadow(hit, raws, weighed, withdrawn)
        return len(events)

    async def _put_once(
        self, twins: Twins, hit: Hit, raws: Sequence[RawEvent], weighed: Sequence[Weighed]
    ) -> Sequence[Event]:
        """Keep what no other beacon of its action has told; what cannot be kept was not told. The events now kept."""
        claim = twins.claim(self._likened(hit, raws, weighed), hit.received)
        try:
            if claim.events:
                await asyncio.ensure_future(self.queue.put(claim.events))
        except BaseException:
            twins.lost(claim)
            raise
        twins.kept(claim)
        return claim.events

    def _likened(
        self, hit: Hit, raws: Sequence[RawEvent], weighed: Sequence[Weighed]
    ) -> Iterator[tuple[Event, Likeness | None]]:
        """Each permitted event with what its twins are known by. Of a refused one nothing is read."""
        address = self.locator.address(hit)
        for raw, each in zip(raws, weighed, strict=True):
            if each.events:
                like = likeness(raw, raw.beacon, hit, address) if raw.beacon else None
                for event in each.events:
                    yield event, like

    async def _withdrawn(self, raws: Sequence[RawEvent]) -> Withdrawn:
        """What was taken back by those whom a token names: the hit itself carries no choice that would tell."""
        subjects = {raw.vouched.subject for raw in raws if raw.vouched}
        return await asyncio.ensure_future(self.queue.refusals_of(subjects)) if subjects else NOTHING

    def weigh(self, hit: Hit, alter: Callable[[Facts], Facts] | None = None) -> list[Weighed]:
        """Everything but the keeping: for each event of the hit, what may leave, for whom, how weakened, and why.

        `alter` lets a simulation put other facts in the place of those the hit carries.
        """
        return self._weigh(hit, self.pixels[hit.pixel].decode(hit), alter)

    def _weigh(
        self,
        hit: Hit,
        raws: Sequence[RawEvent],
        alter: Callable[[Facts], Facts] | None = None,
        withdrawn: Withdrawn = NOTHING,
    ) -> list[Weighed]:
        consent = self.reader.read(hit, _packed(raws))  # unreadable is never a yes, and any no counts
        unseen = is_bot(hit.header(b"user-agent")) or is_prefetch(hit.headers)  # no person, or nobody yet
        age = site_age(hit.site, self.child_directed)  # a site for children has no grown-ups
        facts = Facts(self.locator.regions(hit), consent.signals, unseen, age)  # no region known: anywhere
        facts = alter(facts) if alter else facts
        occasion = self._occasion(hit, facts, consent.record)
        weighed: list[Weighed] = []
        for raw in raws:
            told = self._as_told(raw, occasion, self.reader, withdrawn) if _tells(raw) else occasion
            told = _altered(raw, told, alter) if alter else told  # also of what a server left open
            weighed.append(self._decide(raw, told))
        return weighed

    def _occasion(self, hit: Hit, facts: Facts, subject: str) -> Occasion:
        return Occasion(hit, facts, self.locator.address, subject, self.policy.fingerprint, self._recognise)

    def _as_told(self, raw: RawEvent, occasion: Occasion, reader: SignalReader, withdrawn: Withdrawn) -> Occasion:
        """The occasion with what an event itself tells of its visitor."""
        if raw.alone is not None:
            occasion = _of_a_server(raw, occasion, reader.read_alone(occasion.hit, raw.alone, raw.packed))
        if raw.name in OF_MAILS:
            occasion = _of_a_mail(raw, occasion, reader.vouching, withdrawn)
        return _as_said(raw, occasion) if raw.residence or raw.age is not None else occasion

    def _recognise(self, hit: Hit, subject: str) -> str | None:
        return self.visitors.read(hit.headers, Bond(hit.site, subject), hit.received)

    def _decide(self, raw: RawEvent, occasion: Occasion) -> Weighed:
        routes = self.routes.get(raw.pixel, ())
        day = day_of(occasion.hit.received)
        decision = self.policy.decide(occasion.facts, raw.name, routes, day)  # the only judgement
        derive = self.anonymiser.derive  # the only door from a hit to an event; a refusal never reaches it
        events = tuple([derive(raw, occasion, verdict, self.new_id) for verdict in decision.permits])
        return Weighed(occasion.facts, decision, events, raw.pixel)

    def _shadow(
        self, hit: Hit, raws: Sequence[RawEvent], weighed: Sequence[Weighed], withdrawn: Withdrawn = NOTHING
    ) -> None:
        """Ask the candidate the same questions. Its answers are compared; nothing comes of them."""
        candidate = self.candidate
        if candidate is None:
            return
        reader = candidate.reader
        consent = reader.read(hit, _packed(raws)) if reader else None
        day = day_of(hit.received)
        for raw, each in zip(raws, weighed, strict=True):
            routes, facts = candidate.routes.get(each.pixel, ()), each.facts
            if reader and consent:
                facts = facts._replace(signals=consent.signals)
                facts = self._as_told(raw, self._occasion(hit, facts, consent.record), reader, withdrawn).facts
            candidate.compared(each.decision, candidate.policy.decide(facts, each.decision.event, routes, day))


def _events(weighed: Sequence[Weighed]) -> Sequence[Event]:
    """All that may leave of a hit."""
    return weighed[0].events if len(weighed) == 1 else [event for each in weighed for event in each.events]


def _packed(raws: Sequence[RawEvent]) -> Sequence[tuple[str, str]]:
    """What was packed in values of the hit: a refusal may be among it."""
    return raws[0].packed if len(raws) == 1 else [pair for raw in raws for pair in raw.packed]


def _tells(raw: RawEvent) -> bool:
    """Whether an event itself tells something of its visitor."""
    return raw.alone is not None or raw.age is not None or bool(raw.residence) or raw.name in OF_MAILS


def _of_a_mail(raw: RawEvent, occasion: Occasion, vouching: Vouching, withdrawn: Withdrawn) -> Occasion:
    """The occasion of a mail that was opened. Where a token stands for its reader, the yes is the token's alone, and
    what was taken back since the mail was sent counts. A choice under another name makes it somebody else's.
    """
    facts, hit, token = occasion.facts, occasion.hit, raw.vouched
    since = hit.received - token.sent if token else None
    facts = facts._replace(bot=facts.bot or is_machine(hit.headers, since))
    if token is None:
        return occasion._replace(facts=facts)
    strange = occasion.subject not in ("", token.subject)
    votes = vouching.refusals() if strange else vouching.votes(token.granted, hit.site)
    regions = with_residence(facts.regions, token.region) if token.region else ()  # the address may be the mailbox's
    facts = facts._replace(regions=regions, signals=heard(facts.signals, votes))
    facts = with_refusals(facts, int(hit.received), withdrawn.get(token.subject, ()))
    return occasion._replace(facts=facts, subject=occasion.subject if strange else token.subject)


def _of_a_server(raw: RawEvent, occasion: Occasion, consent: Consent) -> Occasion:
    """The occasion of an event that a server tells. Address, browser and cookies of the hit are the server's; where the
    visitor is, nobody knows."""
    agent = raw.fields.get("device.user_agent")
    bot = isinstance(agent, str) and is_bot(agent)
    facts = occasion.facts._replace(regions=(), signals=consent.signals, bot=bot)
    return occasion._replace(facts=facts, subject="", locate=lambda hit: None, recognise=lambda hit, subject: None)


def _altered(raw: RawEvent, occasion: Occasion, alter: Callable[[Facts], Facts]) -> Occasion:
    return occasion if raw.alone is None else occasion._replace(facts=alter(occasion.facts))


def _as_said(raw: RawEvent, occasion: Occasion) -> Occasion:
    """The occasion of an event whose site tells where the visitor lives or how old it is: stricter, and never less."""
    facts = occasion.facts
    regions = with_residence(facts.regions, raw.residence) if raw.residence else facts.regions
    age = min((years for years in (facts.age, raw.age) if years is not None), default=None)
    return occasion._replace(facts=facts._replace(regions=regions, age=age))
