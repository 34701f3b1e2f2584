"""Decide which destinations may receive an event: the only judgement there is, used for hits, tests and explanations.

It reads no clock and remembers no visitor: what it keeps between two questions is keyed by facts, which hold nobody,
and by events that a rule lists: a name that a page made up may say anything.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
MAX_PERMITS = 4096
MAX_BLOCKS = 8192

_ALLOWED = {
    "exempt": Reason.EXEMPT,
    "notice": Reason.NOTICE,
    "opt_out": Reason.NO_OBJECTION,
    "legitimate_interest": Reason.NO_OBJECTION,
    "opt_in": Reason.CONSENT,
}
# Of several grounds the one that asked most of the visitor is reported.
_REASON_OF = (Reason.NECESSARY, Reason.EXEMPT, Reason.NOTICE, Reason.NO_OBJECTION, Reason.CONSENT)
_GROUNDS = {reason: order for order, reason in enumerate(_REASON_OF)}


class Step(NamedTuple):
    """One step of an evaluation: its number in the manual, its name, what was found, and where that is written."""

    number: int
    name: str
    text: str
    place: Place | None = None


class Visit:
    """What all destinations are asked about one event, and the choices found so far."""

    __slots__ = ("_choices", "_votes", "day", "event", "facts", "law")

    def __init__(self, facts: Facts, event: str, day: int, law: Law) -> None:
        """`day` is today, in days since 1970-01-01 UTC; `law` that of the facts' regions on this day."""
        self.facts = facts
        self.event = event
        self.day = day
        self.law = law
        self._votes = facts.signals.votes
        self._choices: dict[str, tuple[Choice, bool]] = {}

    def choice(self, purpose: str, destination: str) -> Choice:
        """What the visitor chose for a purpose, as far as a destination is concerned."""
        known = self._choices.get(purpose)
        if known is None:
            votes = [vote for vote in self._votes if vote.purpose == purpose]
            particular = any([vote.destination for vote in votes])
            known = self._choices[purpose] = Choice(votes, self.day, self.law.valid_for), particular
        if not known[1]:
            return known[0]
        votes = [vote for vote in self._votes if vote.purpose == purpose and vote.destination in ("", destination)]
        return Choice(votes, self.day, self.law.valid_for)


class Question:
    """One destination's question. `steps` collects the way to the answer where somebody wants to read it."""

    __slots__ = ("rule", "steps", "visit")

    def __init__(self, rule: DestinationRule, visit: Visit, steps: list[Step] | None) -> None:
        self.rule = rule
        self.visit = visit
        self.steps = steps

    def choice(self, purpose: Purpose) -> Choice:
        """What the visitor chose for a purpose."""
        return self.visit.choice(purpose.name, self.rule.name)

    def note(self, number: int, name: str, text: str, *words: object, law: str = "") -> None:
        """Keep a step, if steps are kept. The text is put together only then: `{}` in it stands for the words.

        `law` is the word of the law that the step rests on (`Law.where`); a step called destination rests on its line.
        """
        if self.steps is not None:
            place = self.rule.place if name == "destination" else self.visit.law.where(law) if law else None
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
    _listed: frozenset[str] = field(init=False)
    _advertising: dict[str, tuple[Purpose, ...]] = field(init=False)
    _of_readers: frozenset[str] = field(init=False)
    _permits: dict[tuple[str, str, Reason, tuple[tuple[str, str], ...], tuple[str, ...], bool], Verdict] = field(
        default_factory=dict
    )
    _refusals: dict[tuple[str, Reason], Verdict] = field(init=False)
    _served: dict[tuple[str, str], tuple[Purpose, ...]] = field(init=False)
    _enforcing: "Policy | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._listed = frozenset(event for rule in self.destinations.values() for event in rule.events)
        self._of_readers = frozenset(name for name, each in self.purposes.items() if each.family == "email_open")
        self._advertising = {name: self._advertising_of(rule) for name, rule in self.destinations.items()}
        self._refusals = {(name, why): Verdict(name, False, why) for name in self.destinations for why in Reason}
        self._served = {
            (name, event): tuple(self.purposes[purpose] for purpose in purposes)
            for name, rule in self.destinations.items()
            for event, purposes in rule.events.items()
        }

    @property
    def enforcing(self) -> "Policy":
        """This policy, or, where it only observes, the same one as if it enforced."""
        if self.mode == "enforce":
            return self
        if self._enforcing is None:
            self._enforcing = replace(self, mode="enforce", _decisions={}, _permits={})
        return self._enforcing

    def _advertising_of(self, rule: DestinationRule) -> tuple[Purpose, ...]:
        return tuple(self.purposes[name] for name in rule.served if self.purposes[name].family == "advertising")

    def decide(self, facts: Facts, event: str, destinations: Sequence[str], day: int) -> Decision:
        """The verdict on each of `destinations` (best a tuple). `day` counts days since 1970-01-01 UTC.

        Never raises: what cannot be evaluated is denied as policy_error. Equal questions get the same verdicts, and
        the same object where a rule lists the event. All other events are one in memory: no rule tells them apart.
        """
        try:
            known = event if event in self._listed else ""
            key = (facts, known, destinations, day)
            decision = self._decisions.get(key)
        except TypeError:
            return self._decide(facts, event, destinations, day)
        if decision is None:
            if len(self._decisions) >= MAX_DECISIONS:
                self._decisions.pop(next(iter(self._decisions)))
            decision = self._decisions[key] = self._decide(facts, known, destinations, day)
        return decision if known else Decision(event, decision.policy, decision.verdicts, decision.would)

    def keeps(self, facts: Facts, day: int) -> int | None:
        """For how many days an event with these facts may wait to be sent, None where no law of its place says it."""
        return self.lawbook.law(facts.regions, day).keeps

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
        would = self.enforcing.decide(facts, event, destinations, day).verdicts if self.mode == "observe" else ()
        return Decision(event, self.fingerprint, tuple(verdicts), would)

    def ask(self, visit: Visit, destination: str, steps: list[Step] | None = None) -> Verdict:
        """The verdict on one destination for a visit whose law is known. Never raises."""
        try:
            rule = self.destinations.get(destination) or DestinationRule(destination)
            return self._answer(Question(rule, visit, steps))
        except Exception:  # noqa: BLE001 - whatever goes wrong in here, nothing may leave
            return Verdict(destination, False, Reason.POLICY_ERROR)

    def _answer(self, question: Question) -> Verdict:
        rule = question.rule
        refusal = self._refusal(question)
        if refusal:
            return self._refused(rule.name, refusal)
        purposes = self._served[rule.name, question.visit.event]
        if question.steps is not None:
            names = ", ".join([purpose.name for purpose in purposes])
            event = question.visit.event
            question.note(4, "destination", "{}/{} serves {} (all must pass)", rule.name, event, names)
        grounds = []
        for purpose in purposes:
            reason = self._purpose(question, purpose)
            ground = _GROUNDS.get(reason)
            if ground is None:
                return self._refused(rule.name, reason)
            grounds.append(ground)
        verdict = self._permitted(question, purposes, grounds)
        if question.steps is not None and verdict.sends:
            question.note(9, "sends", "{}", sending.describe(rule, verdict.sends))
        return verdict

    def _refused(self, name: str, reason: Reason) -> Verdict:
        return self._refusals.get((name, reason)) or Verdict(name, False, reason)

    def _refusal(self, question: Question) -> Reason | None:
        """Steps 1 to 4: what refuses before any purpose is looked at."""
        visit, rule = question.visit, question.rule
        if question.steps is not None:
            question.note(1, "region", "{}", visit.law.description)
            question.note(2, "suppression", "the visitor objected or was erased" if visit.facts.suppressed else "none")
        if visit.facts.suppressed:
            return Reason.SUPPRESSED
        if self.mode != "enforce":
            question.note(3, "mode", "this policy observes: it forwards nothing")
            return Reason.OBSERVE_MODE
        if visit.facts.bot:
            question.note(3, "bot", "declared bots are dropped")
            return Reason.BOT
        if rule.block_regions and is_blocked(rule.block_regions, visit.facts.regions):
            question.note(4, "destination", "{} is blocked in this region, or may be", rule.name)
            return Reason.REGION_BLOCKED
        if not rule.events.get(visit.event):
            question.note(4, "destination", "{} does not list {}", rule.name, visit.event)
            return Reason.EVENT_NOT_LISTED
        return None

    def _purpose(self, question: Question, purpose: Purpose) -> Reason:
        """Steps 5 to 8 for one purpose: the ground on which it passes, or the reason why not."""
        visit, rule = question.visit, question.rule
        ruling = visit.law.rulings[purpose.name]
        if question.steps is not None:
            question.steps.append(_basis_step(purpose, ruling))
        basis = ruling.basis
        if basis == "prohibited" or (basis == "exempt" and rule.party == "third"):
            return Reason.PROHIBITED
        age = visit.facts.age
        if age is not None and age < visit.law.under:
            question.note(6, "minors", "age {} is under {}", age, visit.law.under, law="under")
            if rule.minors != "with_consent":
                return Reason.MINOR
            basis = basis if basis == "exempt" else "opt_in"
        signals = visit.facts.signals
        if signals.gpc and self._speaks(question, purpose, basis, "gpc"):
            return Reason.SIGNAL_GPC
        if signals.dnt and self._speaks(question, purpose, basis, "dnt"):
            return Reason.SIGNAL_DNT
        return _gate(question, purpose, basis)

    def _speaks(self, question: Question, purpose: Purpose, basis: str, signal: str) -> bool:
        """Step 7: whether a browser signal that is on refuses a purpose."""
        level, rule = question.visit.law.signals[signal], self.signals[signal]
        if level == "ignore" or not _covers(rule, purpose, basis):
            return False
        label = signal.upper() + " (binding)" * (level == "binding")
        notified = rule.after_notice and question.visit.facts.signals.notified
        if notified and question.choice(purpose).verdict is None:
            text = "{} would refuse {}, but a yes was given after the notice"
            question.note(7, "signal", text, label, purpose.name, law=signal)
            return False
        question.note(7, "signal", "{} refuses {}", label, purpose.name, law=signal)
        return True

    def _permitted(self, question: Question, purposes: tuple[Purpose, ...], grounds: list[int]) -> Verdict:
        """Step 9. What is exempt was not asked for; a visitor who refused it all the same grants no consent type.

        To be seen reading a mail is granted by a valid yes alone, also where the law asks for none.
        """
        rule, ceiling = question.rule, question.visit.law.ceiling
        name, reason = rule.name, _REASON_OF[max(grounds)]
        chosen = rule.events[question.visit.event]
        if min(grounds) <= _GROUNDS[Reason.EXEMPT]:
            choice = question.visit.choice
            chosen = tuple([purpose.name for purpose in purposes if not choice(purpose.name, name).refused_by])
        if not self._of_readers.isdisjoint(chosen):
            choice = question.visit.choice
            chosen = tuple([each for each in chosen if each not in self._of_readers or not choice(each, name).verdict])
        personalised = self._is_personalised(question)
        key = name, question.visit.event, reason, ceiling, chosen, personalised
        verdict = self._permits.get(key)
        if verdict is None:
            if len(self._permits) >= MAX_PERMITS:
                self._permits.pop(next(iter(self._permits)))
            profiles = [self.profiles[purpose.profile] for purpose in purposes if purpose.profile]
            levels = sending.levels(rule, profiles, dict(ceiling))
            granted = sending.grants([self.purposes[name] for name in chosen], personalised)
            sends = Sends(levels, rule.url_params, granted)
            verdict = self._permits[key] = Verdict(rule.name, True, reason, sends)
        return verdict

    def _is_personalised(self, question: Question) -> bool:
        """Whether personal ads are wanted: no signal, and a valid yes to all advertising the destination serves.

        A purchase that was permitted for measuring only would otherwise feed the vendor's audiences.
        """
        signals = question.visit.facts.signals
        if signals.gpc or signals.dnt:
            return False
        choice, name = question.visit.choice, question.rule.name
        return not any([choice(purpose.name, name).verdict for purpose in self._advertising[name]])


def _basis_step(purpose: Purpose, ruling: Ruling) -> Step:
    where = f"region {ruling.region}, {ruling.place}" if ruling.place else f"region {ruling.region}"
    return Step(5, "basis", f"{purpose.name}: {ruling.basis}  [{where}]", ruling.place)


def _gate(question: Question, purpose: Purpose, basis: str) -> Reason:
    """Step 8: whether the visitor's choice is enough for the basis."""
    if basis == "exempt":
        return Reason.NECESSARY if purpose.family == "necessary" else Reason.EXEMPT
    choice = question.visit.choice(purpose.name, question.rule.name)
    if choice.refused_by:
        question.note(8, "choice", "{} was refused ({})", purpose.name, choice.refused_by)
        return Reason.REFUSED
    if basis != "opt_in":
        question.note(8, "choice", "no objection to {}", purpose.name)
        return _ALLOWED[basis]
    if question.steps is not None:
        law = "" if choice.verdict is Reason.NO_CONSENT else "valid_for"
        question.note(8, "choice", "{}", _told(question, purpose, choice), law=law)
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


@functools.lru_cache(MAX_BLOCKS)
def is_blocked(blocked: tuple[str, ...], codes: tuple[str, ...]) -> bool:
    """Whether the evidence is, or may be, in a blocked region. `blocked` holds no groups any more."""
    return not codes or any(_may_be(code, blocked) for code in codes)


def _may_be(code: str, blocked: tuple[str, ...]) -> bool:
    country = country_of(code)
    if country is None or country in blocked or code in blocked or "*" in blocked:
        return True
    return code == country and any(other.startswith(f"{country}-") for other in blocked)
