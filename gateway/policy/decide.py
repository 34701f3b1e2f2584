"""Decide which destinations may receive an event: the only judgement there is, used for hits, tests and explanations.

It reads no clock and remembers no visitor: what it keeps between two questions is keyed by facts, which hold nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.decision import Decision, Reason, Sends, Verdict
from gateway.facts import ConsentSource, Facts, Vote
from gateway.policy import sends as sending
from gateway.policy.law import Law, Lawbook
from gateway.policy.model import Case, DestinationRule, Pack, Place, Promise, Purpose, SignalRule
from gateway.policy.places import country_of
from gateway.policy.schema import EVERYTHING_ELSE, SALE_OR_SHARE

MAX_DECISIONS = 8192
MAX_SENDS = 4096

# A receipt and a TC string always carry a date, so one without has no age that could be short enough. Some CMP cookies
# and most GPP sections carry none: their yes lasts as long as the browser keeps the cookie.
DATED_SOURCES = frozenset(("gateway_receipt", "tcf"))

# The clocks of visitor and gateway may stand on two sides of midnight; a yes of the day after tomorrow is none.
MAX_DAYS_AHEAD = 1

_ALLOWED = {
    "exempt": Reason.EXEMPT,
    "notice": Reason.NOTICE,
    "opt_out": Reason.NO_OBJECTION,
    "legitimate_interest": Reason.NO_OBJECTION,
    "opt_in": Reason.CONSENT,
}
# Of several grounds the one that asked most of the visitor is reported.
_GROUNDS = (Reason.NECESSARY, Reason.EXEMPT, Reason.NOTICE, Reason.NO_OBJECTION, Reason.CONSENT)


class Step(NamedTuple):
    """One step of an evaluation: its number in the manual, its name, what was found, and where that is written."""

    number: int
    name: str
    text: str
    place: Place | None = None


@dataclass(slots=True)
class Question:
    """One destination's question. `steps` collects the way to the answer where somebody wants to read it."""

    rule: DestinationRule
    facts: Facts
    event: str
    day: int
    law: Law
    steps: list[Step] | None = None

    def note(self, number: int, name: str, text: str, place: Place | None = None) -> None:
        """Keep a step, if steps are kept."""
        if self.steps is not None:
            self.steps.append(Step(number, name, text, place))


@dataclass(slots=True, eq=False)
class Policy:
    """A policy that has been checked and compiled, ready to decide.

    `fingerprint` is the first 16 hexadecimal digits of `digest`, the SHA-256 of the policy's and the pack's bytes.
    """

    name: str
    version: str
    fingerprint: str
    digest: str
    mode: str
    file: str
    pack: Pack | None
    purposes: Mapping[str, Purpose]
    profiles: Mapping[str, Mapping[str, str]]
    trust: tuple[ConsentSource, ...]
    signals: Mapping[str, SignalRule]
    destinations: Mapping[str, DestinationRule]
    lawbook: Lawbook
    cases: Sequence[Case]
    promises: Sequence[Promise]
    _decisions: dict[tuple[Facts, str, Sequence[str], int], Decision] = field(default_factory=dict)
    _sends: dict[tuple[str, str, tuple[tuple[str, str], ...], frozenset[str]], Sends] = field(default_factory=dict)

    def decide(self, facts: Facts, event: str, destinations: Sequence[str], day: int) -> Decision:
        """The verdict on each of `destinations` (best a tuple). `day` counts days since 1970-01-01 UTC.

        Never raises: what cannot be evaluated is denied as policy_error. Equal questions get the same object.
        """
        key = (facts, event, destinations, day)
        try:
            decision = self._decisions.get(key)
        except TypeError:
            return self._decide(facts, event, destinations, day)
        if decision is None:
            if len(self._decisions) >= MAX_DECISIONS:
                self._decisions.pop(next(iter(self._decisions)))
            decision = self._decisions[key] = self._decide(facts, event, destinations, day)
        return decision

    def _decide(self, facts: Facts, event: str, destinations: Sequence[str], day: int) -> Decision:
        ordered = [name for name in self.destinations if name in destinations]
        ordered += [name for name in destinations if name not in self.destinations]
        return Decision(event, self.fingerprint, tuple(self.judge(facts, event, name, day) for name in ordered))

    def judge(
        self, facts: Facts, event: str, destination: str, day: int, *, steps: list[Step] | None = None
    ) -> Verdict:
        """The verdict on one destination, without memory. The way to it is added to `steps`."""
        try:
            rule = self.destinations.get(destination) or DestinationRule(destination)
            question = Question(rule, facts, event, day, self.lawbook.law(facts.regions, day), steps)
            return self._answer(question)
        except Exception:  # noqa: BLE001 - whatever goes wrong in here, nothing may leave
            return Verdict(destination, False, Reason.POLICY_ERROR)

    def _answer(self, question: Question) -> Verdict:
        question.note(1, "region", question.law.description)
        refusal = self._refusal(question)
        if refusal:
            return Verdict(question.rule.name, False, refusal)
        purposes = [self.purposes[name] for name in question.rule.events[question.event]]
        listed = ", ".join(purpose.name for purpose in purposes)
        question.note(4, "destination", f"{question.rule.name}/{question.event} serves {listed} (all must pass)")
        grounds: list[Reason] = []
        for purpose in purposes:
            reason = self._purpose(question, purpose)
            if reason not in _GROUNDS:
                return Verdict(question.rule.name, False, reason)
            grounds.append(reason)
        sends = self._sent(question, purposes, grounds)
        question.note(9, "sends", sending.describe(question.rule, sends))
        return Verdict(question.rule.name, True, max(grounds, key=_GROUNDS.index), sends)

    def _refusal(self, question: Question) -> Reason | None:
        """Steps 2 to 4: what refuses before any purpose is looked at."""
        facts, rule = question.facts, question.rule
        if facts.suppressed:
            question.note(2, "suppression", "the visitor objected or was erased")
            return Reason.SUPPRESSED
        question.note(2, "suppression", "none")
        if self.mode != "enforce":
            question.note(3, "mode", "this policy observes: it forwards nothing")
            return Reason.OBSERVE_MODE
        if facts.bot:
            question.note(3, "bot", "declared bots are dropped")
            return Reason.BOT
        if rule.block_regions and _is_blocked(rule.block_regions, facts.regions):
            question.note(4, "destination", f"{rule.name} is blocked in this region, or may be")
            return Reason.REGION_BLOCKED
        if not rule.events.get(question.event):
            question.note(4, "destination", f"{rule.name} does not list {question.event}")
            return Reason.EVENT_NOT_LISTED
        return None

    def _purpose(self, question: Question, purpose: Purpose) -> Reason:
        """Steps 5 to 8 for one purpose: the ground on which it passes, or the reason why not."""
        ruling = question.law.rulings[purpose.name]
        where = f"region {ruling.region}, {ruling.place}" if ruling.place else f"region {ruling.region}"
        question.note(5, "basis", f"{purpose.name}: {ruling.basis}  [{where}]", ruling.place)
        basis = ruling.basis
        if basis == "prohibited" or (basis == "exempt" and question.rule.party == "third"):
            return Reason.PROHIBITED
        if question.facts.age is not None and question.facts.age < question.law.under:
            question.note(6, "minors", f"age {question.facts.age} is under {question.law.under}")
            if question.rule.minors != "with_consent":
                return Reason.MINOR
            basis = basis if basis == "exempt" else "opt_in"
        yes = Choice(question, purpose)
        return self._signal(question, purpose, basis, yes) or _gate(question, purpose, basis, yes)

    def _signal(self, question: Question, purpose: Purpose, basis: str, choice: "Choice") -> Reason | None:
        """Step 7: what a browser signal refuses."""
        signals = question.facts.signals
        for sent, name, reason in (
            (signals.gpc, "gpc", Reason.SIGNAL_GPC),
            (signals.dnt, "dnt", Reason.SIGNAL_DNT),
        ):
            level = question.law.signals[name]
            if not sent or level == "ignore" or not _covers(self.signals[name], purpose, basis):
                continue
            label = f"{name.upper()} (binding)" if level == "binding" else name.upper()
            if not (self.signals[name].after_notice and signals.notified and choice.verdict is None):
                question.note(7, "signal", f"{label} refuses {purpose.name}")
                return reason
            question.note(7, "signal", f"{label} would refuse {purpose.name}, but a yes was given after the notice")
        return None

    def _sent(self, question: Question, purposes: list[Purpose], grounds: list[Reason]) -> Sends:
        """Step 9. An exempt purpose was not chosen, so it grants no consent type."""
        chosen = [purpose for purpose, ground in zip(purposes, grounds, strict=True) if ground not in _GROUNDS[:2]]
        granted = sending.grants(chosen, self._is_personalised(question))
        key = question.rule.name, question.event, question.law.ceiling, granted
        sends = self._sends.get(key)
        if sends is None:
            if len(self._sends) >= MAX_SENDS:
                self._sends.pop(next(iter(self._sends)))
            profiles = [self.profiles[purpose.profile] for purpose in purposes if purpose.profile]
            levels = sending.levels(question.rule, profiles, dict(question.law.ceiling))
            sends = self._sends[key] = Sends(levels, question.rule.url_params, granted)
        return sends

    def _is_personalised(self, question: Question) -> bool:
        """Whether personal ads are wanted: no signal, and a valid yes to all advertising the destination serves.

        A purchase that was permitted for measuring only would otherwise feed the vendor's audiences.
        """
        signals = question.facts.signals
        if signals.gpc or signals.dnt:
            return False
        served = {name for purposes in question.rule.events.values() for name in purposes}
        advertising = [self.purposes[name] for name in sorted(served) if self.purposes[name].family == "advertising"]
        return all(Choice(question, purpose).verdict is None for purpose in advertising)


class Choice:
    """What the visitor's votes on one purpose amount to."""

    __slots__ = ("age", "refused_by", "verdict")

    def __init__(self, question: Question, purpose: Purpose) -> None:
        """Within one source the newest vote holds, and a no where two are of one day; across sources any no does.

        `verdict` is None for a valid yes (trusted, explicit, fresh), else why there is none. `age` is in days.
        """
        votes = [vote for vote in question.facts.signals.votes if vote.purpose == purpose.name]
        self.refused_by = next((vote.source for vote in votes if not vote.grant and _stands(vote, votes)), "")
        self.age: int | None = None
        grants = [vote for vote in votes if vote.grant and vote.trusted and vote.explicit]
        ages = [question.day - vote.day for vote in grants if vote.day is not None]
        credible = [age for age in ages if age >= -MAX_DAYS_AHEAD]
        if self.refused_by:
            self.verdict: Reason | None = Reason.REFUSED
        elif not grants:
            self.verdict = Reason.NO_CONSENT
        else:
            undated = any(vote.day is None and _kind(vote) not in DATED_SOURCES for vote in grants)
            self.age = max(0, min(credible)) if credible else None
            fresh = self.age is not None and self.age <= question.law.valid_for
            self.verdict = None if fresh or undated else Reason.CONSENT_EXPIRED


def _kind(vote: Vote) -> str:
    """The kind of a source that may be called `cmp:onetrust`."""
    return vote.source.partition(":")[0]


def _stands(refusal: Vote, votes: list[Vote]) -> bool:
    """Whether no newer yes of the same source took the refusal back. A yes nobody may trust takes nothing back."""
    return not any(
        vote.grant
        and vote.source == refusal.source
        and vote.trusted == refusal.trusted
        and vote.day is not None
        and refusal.day is not None
        and vote.day > refusal.day
        for vote in votes
    )


def _gate(question: Question, purpose: Purpose, basis: str, choice: Choice) -> Reason:
    """Step 8: whether the visitor's choice is enough for the basis."""
    if basis == "exempt":
        return Reason.NECESSARY if purpose.family == "necessary" else Reason.EXEMPT
    if choice.refused_by:
        question.note(8, "choice", f"{purpose.name} was refused ({choice.refused_by})")
        return Reason.REFUSED
    if basis != "opt_in":
        question.note(8, "choice", f"no objection to {purpose.name}")
        return _ALLOWED[basis]
    question.note(8, "choice", _told(question, purpose, choice))
    return choice.verdict or Reason.CONSENT


def _told(question: Question, purpose: Purpose, choice: Choice) -> str:
    if choice.verdict is Reason.NO_CONSENT:
        return f"no valid consent for {purpose.name}"
    several = len(question.rule.events[question.event]) > 1
    given = "without a date" if choice.age is None else f"{choice.age}d ago"
    lasts = f"consent given {given}, valid for {question.law.valid_for}d"
    return f"{purpose.name}: {lasts}" if several else lasts


def _covers(rule: SignalRule, purpose: Purpose, basis: str) -> bool:
    """Whether a signal speaks of a purpose. `everything_else` leaves out what needs no permission."""
    named = purpose.name in rule.refuses or purpose.family in rule.refuses
    sold = purpose.sale_or_share and SALE_OR_SHARE in rule.refuses
    return named or sold or (EVERYTHING_ELSE in rule.refuses and basis != "exempt")


def _is_blocked(blocked: tuple[str, ...], codes: tuple[str, ...]) -> bool:
    """Whether the evidence is, or may be, in a blocked region. `blocked` holds no groups any more."""
    return not codes or any(_may_be(code, blocked) for code in codes)


def _may_be(code: str, blocked: tuple[str, ...]) -> bool:
    country = country_of(code)
    if country is None or country in blocked or code in blocked or "*" in blocked:
        return True
    return code == country and any(other.startswith(f"{country}-") for other in blocked)
