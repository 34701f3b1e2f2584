"""Decide which destinations may receive an event: the only judgement there is, used for hits, tests and explanations.

It reads no clock and remembers no visitor: what it keeps between two questions is keyed by facts, which hold nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.decision import Decision, Reason, Sends, Verdict
from gateway.facts import ConsentSource, Facts
from gateway.policy import sends as sending
from gateway.policy.choice import Choice
from gateway.policy.law import Law, Lawbook
from gateway.policy.model import Case, DestinationRule, Pack, Place, Promise, Purpose, SignalRule
from gateway.policy.places import country_of
from gateway.policy.regions import Ruling
from gateway.policy.schema import EVERYTHING_ELSE, SALE_OR_SHARE

MAX_DECISIONS = 8192
MAX_SENDS = 4096

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
class Visit:
    """What all destinations are asked about one event, and the choices found so far."""

    facts: Facts
    event: str
    day: int
    law: Law
    choices: dict[tuple[str, str], Choice] = field(default_factory=dict)
    particular: bool = field(init=False)

    def __post_init__(self) -> None:
        self.particular = any(vote.destination for vote in self.facts.signals.votes)

    def choice(self, purpose: str, destination: str) -> Choice:
        """What the visitor chose for a purpose, as far as a destination is concerned."""
        place = purpose, destination if self.particular else ""
        choice = self.choices.get(place)
        if choice is None:
            votes = self.facts.signals.votes
            known = [vote for vote in votes if vote.purpose == purpose and vote.destination in ("", destination)]
            choice = self.choices[place] = Choice(known, self.day, self.law.valid_for)
        return choice


@dataclass(slots=True)
class Question:
    """One destination's question. `steps` collects the way to the answer where somebody wants to read it."""

    rule: DestinationRule
    visit: Visit
    steps: list[Step] | None = None

    def choice(self, purpose: Purpose) -> Choice:
        """What the visitor chose for a purpose."""
        return self.visit.choice(purpose.name, self.rule.name)

    def note(self, number: int, name: str, text: str, *words: object) -> None:
        """Keep a step, if steps are kept. The text is put together only then: `{}` in it stands for the words."""
        if self.steps is not None:
            place = self.rule.place if name == "destination" else None
            self.steps.append(Step(number, name, text.format(*words), place))


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
    _advertising: dict[str, tuple[Purpose, ...]] = field(init=False)
    _sends: dict[tuple[str, str, tuple[tuple[str, str], ...], frozenset[str]], Sends] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._advertising = {name: self._advertising_of(rule) for name, rule in self.destinations.items()}

    def _advertising_of(self, rule: DestinationRule) -> tuple[Purpose, ...]:
        served = dict.fromkeys(name for purposes in rule.events.values() for name in purposes)
        return tuple(self.purposes[name] for name in served if self.purposes[name].family == "advertising")

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

    def judge(
        self, facts: Facts, event: str, destination: str, day: int, *, steps: list[Step] | None = None
    ) -> Verdict:
        """The verdict on one destination, without memory. The way to it is added to `steps`."""
        return self.ask(Visit(facts, event, day, self.lawbook.law(facts.regions, day)), destination, steps)

    def _decide(self, facts: Facts, event: str, destinations: Sequence[str], day: int) -> Decision:
        ordered = [name for name in self.destinations if name in destinations]
        ordered += [name for name in destinations if name not in self.destinations]
        try:
            visit = Visit(facts, event, day, self.lawbook.law(facts.regions, day))
        except Exception:  # noqa: BLE001 - without a law nothing may leave
            verdicts = [Verdict(name, False, Reason.POLICY_ERROR) for name in ordered]
        else:
            verdicts = [self.ask(visit, name) for name in ordered]
        return Decision(event, self.fingerprint, tuple(verdicts))

    def ask(self, visit: Visit, destination: str, steps: list[Step] | None = None) -> Verdict:
        """The verdict on one destination for a visit whose law is known. Never raises."""
        try:
            rule = self.destinations.get(destination) or DestinationRule(destination)
            return self._answer(Question(rule, visit, steps))
        except Exception:  # noqa: BLE001 - whatever goes wrong in here, nothing may leave
            return Verdict(destination, False, Reason.POLICY_ERROR)

    def _answer(self, question: Question) -> Verdict:
        rule = question.rule
        question.note(1, "region", "{}", question.visit.law.description)
        refusal = self._refusal(question)
        if refusal:
            return Verdict(rule.name, False, refusal)
        purposes = [self.purposes[name] for name in rule.events[question.visit.event]]
        names = rule.events[question.visit.event]
        question.note(
            4, "destination", "{}/{} serves {} (all must pass)", rule.name, question.visit.event, ", ".join(names)
        )
        grounds: list[Reason] = []
        for purpose in purposes:
            reason = self._purpose(question, purpose)
            if reason not in _GROUNDS:
                return Verdict(rule.name, False, reason)
            grounds.append(reason)
        sends = self._sent(question, purposes)
        if question.steps is not None:
            question.note(9, "sends", "{}", sending.describe(rule, sends))
        return Verdict(rule.name, True, max(grounds, key=_GROUNDS.index), sends)

    def _refusal(self, question: Question) -> Reason | None:
        """Steps 2 to 4: what refuses before any purpose is looked at."""
        facts, rule = question.visit.facts, question.rule
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
        if rule.block_regions and is_blocked(rule.block_regions, facts.regions):
            question.note(4, "destination", "{} is blocked in this region, or may be", rule.name)
            return Reason.REGION_BLOCKED
        if not rule.events.get(question.visit.event):
            question.note(4, "destination", "{} does not list {}", rule.name, question.visit.event)
            return Reason.EVENT_NOT_LISTED
        return None

    def _purpose(self, question: Question, purpose: Purpose) -> Reason:
        """Steps 5 to 8 for one purpose: the ground on which it passes, or the reason why not."""
        ruling = question.visit.law.rulings[purpose.name]
        if question.steps is not None:
            question.steps.append(_basis_step(purpose, ruling))
        basis = ruling.basis
        if basis == "prohibited" or (basis == "exempt" and question.rule.party == "third"):
            return Reason.PROHIBITED
        if question.visit.facts.age is not None and question.visit.facts.age < question.visit.law.under:
            question.note(6, "minors", "age {} is under {}", question.visit.facts.age, question.visit.law.under)
            if question.rule.minors != "with_consent":
                return Reason.MINOR
            basis = basis if basis == "exempt" else "opt_in"
        return self._signal(question, purpose, basis) or _gate(question, purpose, basis)

    def _signal(self, question: Question, purpose: Purpose, basis: str) -> Reason | None:
        """Step 7: what a browser signal refuses."""
        signals, choice = question.visit.facts.signals, question.choice(purpose)
        for sent, name, reason in (
            (signals.gpc, "gpc", Reason.SIGNAL_GPC),
            (signals.dnt, "dnt", Reason.SIGNAL_DNT),
        ):
            level = question.visit.law.signals[name]
            if not sent or level == "ignore" or not _covers(self.signals[name], purpose, basis):
                continue
            label = name.upper() + " (binding)" * (level == "binding")
            if not (self.signals[name].after_notice and signals.notified and choice.verdict is None):
                question.note(7, "signal", "{} refuses {}", label, purpose.name)
                return reason
            text = "{} would refuse {}, but a yes was given after the notice"
            question.note(7, "signal", text, label, purpose.name)
        return None

    def _sent(self, question: Question, purposes: list[Purpose]) -> Sends:
        """Step 9. What is exempt was not asked for; a visitor who refused it all the same grants no consent type."""
        chosen = [purpose for purpose in purposes if not question.choice(purpose).refused_by]
        granted = sending.grants(chosen, self._is_personalised(question))
        key = question.rule.name, question.visit.event, question.visit.law.ceiling, granted
        sends = self._sends.get(key)
        if sends is None:
            if len(self._sends) >= MAX_SENDS:
                self._sends.pop(next(iter(self._sends)))
            profiles = [self.profiles[purpose.profile] for purpose in purposes if purpose.profile]
            levels = sending.levels(question.rule, profiles, dict(question.visit.law.ceiling))
            sends = self._sends[key] = Sends(levels, question.rule.url_params, granted)
        return sends

    def _is_personalised(self, question: Question) -> bool:
        """Whether personal ads are wanted: no signal, and a valid yes to all advertising the destination serves.

        A purchase that was permitted for measuring only would otherwise feed the vendor's audiences.
        """
        signals = question.visit.facts.signals
        if signals.gpc or signals.dnt:
            return False
        advertising = self._advertising[question.rule.name]
        return all(question.choice(purpose).verdict is None for purpose in advertising)


def _basis_step(purpose: Purpose, ruling: Ruling) -> Step:
    where = f"region {ruling.region}, {ruling.place}" if ruling.place else f"region {ruling.region}"
    return Step(5, "basis", f"{purpose.name}: {ruling.basis}  [{where}]", ruling.place)


def _gate(question: Question, purpose: Purpose, basis: str) -> Reason:
    """Step 8: whether the visitor's choice is enough for the basis."""
    choice = question.choice(purpose)
    if basis == "exempt":
        return Reason.NECESSARY if purpose.family == "necessary" else Reason.EXEMPT
    if choice.refused_by:
        question.note(8, "choice", "{} was refused ({})", purpose.name, choice.refused_by)
        return Reason.REFUSED
    if basis != "opt_in":
        question.note(8, "choice", "no objection to {}", purpose.name)
        return _ALLOWED[basis]
    if question.steps is not None:
        question.note(8, "choice", "{}", _told(question, purpose, choice))
    return choice.verdict or Reason.CONSENT


def _told(question: Question, purpose: Purpose, choice: Choice) -> str:
    if choice.verdict is Reason.NO_CONSENT:
        return f"no valid consent for {purpose.name}"
    several = len(question.rule.events[question.visit.event]) > 1
    given = "without a date" if choice.age is None else f"{choice.age}d ago"
    lasts = f"consent given {given}, valid for {question.visit.law.valid_for}d"
    return f"{purpose.name}: {lasts}" if several else lasts


def _covers(rule: SignalRule, purpose: Purpose, basis: str) -> bool:
    """Whether a signal speaks of a purpose. `everything_else` leaves out what needs no permission."""
    named = purpose.name in rule.refuses or purpose.family in rule.refuses
    sold = purpose.sale_or_share and SALE_OR_SHARE in rule.refuses
    return named or sold or (EVERYTHING_ELSE in rule.refuses and basis != "exempt")


def is_blocked(blocked: tuple[str, ...], codes: tuple[str, ...]) -> bool:
    """Whether the evidence is, or may be, in a blocked region. `blocked` holds no groups any more."""
    return not codes or any(_may_be(code, blocked) for code in codes)


def _may_be(code: str, blocked: tuple[str, ...]) -> bool:
    country = country_of(code)
    if country is None or country in blocked or code in blocked or "*" in blocked:
        return True
    return code == country and any(other.startswith(f"{country}-") for other in blocked)
