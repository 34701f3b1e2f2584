"""Prove the promises of a policy over every situation there can be.

A verdict depends on a situation only through a few things: the law of the place, whether the visitor's age is below its
threshold, whether there is a no, or a yes, or a yes older than its limit, and five flags. One situation for each
combination of these stands for all others like it, so that trying them all is a proof. Evidence of several places needs
no trial: it only makes the law stricter, and what is stricter sends less. Where an event serves so many purposes that
their answers have too many combinations, those are tried in which all purposes but one have the answer that lets most
through: each purpose is asked by itself, and all must pass.
"""

import itertools
import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from gateway.decision import Verdict
from gateway.facts import Facts, Signals, Vote
from gateway.iso3166 import COUNTRIES
from gateway.policy.cases import Failure, destinations_of, events_of, members
from gateway.policy.decide import Policy, Visit, is_blocked
from gateway.policy.law import Law
from gateway.policy.model import DestinationRule, Promise, regions_of
from gateway.policy.places import UNKNOWN, UNLISTED_SUBDIVISION, country_of
from gateway.policy.schema import ANY, GIVEN_FLAGS
from gateway.policy.situations import SOURCE
from gateway.taxonomy import LEVELS, transform_of

# An event that no destination lists.
UNLISTED_EVENT = "an event that is not listed"
NO = -1
MAX_COMBINED = 1024


@dataclass(slots=True)
class PromiseReport:
    """The outcome of all promises.

    `states` counts every combination of place, day, signals, age and answers that the promises speak of, `checked` the
    situations that were tried because they stand for all of these.
    """

    promises: int = 0
    checked: int = 0
    states: int = 0
    failures: list[Failure] = field(default_factory=list)


class Ground(NamedTuple):
    """A place and a day of which the law is known. `places` counts those that have the same law and the same blocks."""

    region: str
    day: int
    law: Law
    places: int = 1


class Inputs(NamedTuple):
    """The rest of a situation. `flags` in the order of GIVEN_FLAGS; `ages` gives each purpose's answer: None for none,
    -1 for no, else the age of a yes."""

    flags: tuple[bool, ...]
    age: int | None
    ages: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """What the inputs of one promise may be at one ground. `ages` and `answers` hold one value of each class."""

    flags: tuple[tuple[bool, ...], ...]
    ages: tuple[int | None, ...]
    answers: tuple[tuple[int | None, ...], ...]

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return math.prod(map(len, (*self.flags, self.ages, *self.answers)))

    def __iter__(self) -> Iterator[Inputs]:
        """One combination for each class. What is refused before an age is looked at needs one age and answer."""
        last = [each[-1:] for each in self.answers]
        for flags in itertools.product(*self.flags):
            named = dict(zip(GIVEN_FLAGS, flags, strict=True))
            early = named["suppressed"] or named["bot"]
            for age in self.ages[-1:] if early else self.ages:
                for given in _combined(last if early else self.answers):
                    yield Inputs(flags, age, given)


def _combined(answers: Sequence[tuple[int | None, ...]]) -> Iterator[tuple[int | None, ...]]:
    """Each combination of one answer to each purpose, or those that are enough where there are very many."""
    if math.prod(map(len, answers)) <= MAX_COMBINED:
        yield from itertools.product(*answers)
        return
    best = tuple(map(_most, answers))
    for index, each in enumerate(answers):
        for answer in each:
            yield (*best[:index], answer, *best[index + 1 :])


def _most(answers: tuple[int | None, ...]) -> int | None:
    """The answer that lets most through: the youngest yes, else none, else a no."""
    yes = [answer for answer in answers if answer is not None and answer != NO]
    return min(yes) if yes else None if None in answers else NO


class _Prover:
    """Tries situations, and remembers the verdicts of those that no promise can tell apart."""

    def __init__(self, policy: Policy, day: int) -> None:
        self.policy = policy
        self.report = PromiseReport(len(policy.promises))
        self._days = [day, *(change for change in policy.lawbook.changes if change > day)]
        self._blocks = {rule.block_regions for rule in policy.destinations.values()}
        self._everywhere = self._grounds(_evidence(policy))
        self._verdicts: dict[Hashable, dict[Hashable, Verdict]] = {}

    def _grounds(self, regions: Sequence[str]) -> list[Ground]:
        """One place for all that have equal law and are blocked alike."""
        found: dict[Hashable, Ground] = {}
        for region, day in itertools.product(regions, self._days):
            codes = regions_of(region)
            law = self.policy.lawbook.law(codes, day)
            bases = tuple(ruling.basis for ruling in law.rulings.values())
            blocked = tuple(is_blocked(block, codes) for block in self._blocks)
            key = bases, tuple(law.signals.values()), law.under, law.valid_for, law.ceiling, blocked
            known = found.get(key)
            found[key] = known._replace(places=known.places + 1) if known else Ground(region, day, law)
        return list(found.values())

    def prove(self, promise: Promise) -> str:
        """The first situation in which a destination breaks the promise, in words; nothing where all keep it."""
        grounds = self._everywhere if promise.regions is None else self._grounds(promise.regions)
        for name, rule in self.policy.destinations.items():
            denied = any(name in destinations_of(self.policy, wide) for wide in promise.deny)
            if not (denied or promise.never_sends):
                continue
            pinned = cast("str | None", promise.pins.get("event"))
            for event in events_of(self.policy, name, pinned) + ((UNLISTED_EVENT,) if pinned is None else ()):
                failure = self._break(promise, rule, event, grounds)
                if failure:
                    return failure
        return ""

    def _break(self, promise: Promise, rule: DestinationRule, event: str, grounds: list[Ground]) -> str:
        denied = any(rule.name in destinations_of(self.policy, wide) for wide in promise.deny)
        seen = set()
        for ground in grounds:
            span = _span(promise, rule, event, ground.law)
            self.report.states += span.size * ground.places
            alike = self._alike(rule, event, ground)
            kind = alike, _classes(span, ground.law)
            if kind in seen:
                continue
            seen.add(kind)
            verdicts = self._verdicts.setdefault(alike, {})
            for inputs in span:
                self.report.checked += 1
                known = inputs.flags, _age_class(inputs.age, ground.law), _answer_classes(inputs.ages, ground.law)
                verdict = verdicts.get(known)
                if verdict is None:
                    verdict = verdicts[known] = self.policy.ask(_visit(rule, event, ground, inputs), rule.name)
                broken = verdict.allow and (f"{rule.name} would receive it" if denied else _leak(promise, verdict))
                if broken:
                    return f"{broken}: {_told(rule, event, ground, inputs)}"
        return ""

    def _alike(self, rule: DestinationRule, event: str, ground: Ground) -> Hashable:
        """Equal where nothing of the law that this destination and event can meet differs but two thresholds."""
        law = ground.law
        rulings = tuple(law.rulings[purpose].basis for purpose in rule.events.get(event, ()))
        blocked = is_blocked(rule.block_regions, regions_of(ground.region))
        return rule.name, event, rulings, tuple(law.signals.values()), law.ceiling, blocked


def prove(policy: Policy, day: int) -> PromiseReport:
    """Try every promise on `day` (days since 1970-01-01) and on each later day on which a region's law changes.

    An observing policy is tried as if it enforced.
    """
    prover = _Prover(policy.enforcing, day)
    for promise in policy.promises:
        failure = prover.prove(promise)
        if failure:
            prover.report.failures.append(Failure(promise.name, promise.place, failure))
    return prover.report


def _evidence(policy: Policy) -> list[str]:
    """All places that a law can tell apart: each country, each listed subdivision, one unlisted each, and none."""
    rows = policy.lawbook.regions.values()
    listed = {code for region in rows for code in region.match if country_of(code)}
    blocked = {code for rule in policy.destinations.values() for code in rule.block_regions if country_of(code)}
    unlisted = {f"{country}-{UNLISTED_SUBDIVISION}" for country in COUNTRIES}
    return [UNKNOWN, *sorted(COUNTRIES | listed | blocked | unlisted)]


def _span(promise: Promise, rule: DestinationRule, event: str, law: Law) -> Span:
    pins = promise.pins
    flags = tuple((bool(pins[flag]),) if flag in pins else (False, True) for flag in GIVEN_FLAGS)
    age = cast("int | None", pins.get("age"))
    ages = (age,) if age is not None else (None, max(0, law.under - 1), law.under)
    answers = tuple(_answers(promise, purpose, law) for purpose in rule.events.get(event, ()))
    return Span(flags, ages, answers)


def _answers(promise: Promise, purpose: str, law: Law) -> tuple[int | None, ...]:
    """What a visitor may have answered on one purpose; a yes on its last valid day and on the day after."""
    old = cast("int | None", promise.pins.get("consent_age"))
    yes = (old,) if old is not None else (law.valid_for, law.valid_for + 1)
    choices = dict(cast("tuple[tuple[str, bool | None], ...]", promise.pins.get("consent", ())))
    if purpose not in choices:
        return (None, NO, *yes)
    if choices[purpose] is None:
        return (None,)
    return yes if choices[purpose] else (NO,)


def _classes(span: Span, law: Law) -> Hashable:
    return tuple(_age_class(age, law) for age in span.ages), tuple(_answer_classes(each, law) for each in span.answers)


def _age_class(age: int | None, law: Law) -> bool:
    """Whether the visitor is known to be a minor."""
    return age is not None and age < law.under


def _answer_classes(ages: tuple[int | None, ...], law: Law) -> tuple[int | None, ...]:
    """Each answer as none, no (-1), a yes that counts (0) or one that is too old (1)."""
    return tuple([age if age is None or age == NO else int(age > law.valid_for) for age in ages])


def _visit(rule: DestinationRule, event: str, ground: Ground, inputs: Inputs) -> Visit:
    votes = tuple(
        Vote(purpose, SOURCE, age != NO, day=ground.day - max(0, age))
        for purpose, age in zip(rule.events.get(event, ()), inputs.ages, strict=True)
        if age is not None
    )
    flags = dict(zip(GIVEN_FLAGS, inputs.flags, strict=True))
    signals = Signals(votes, flags["gpc"], flags["dnt"], flags["notified"])
    facts = Facts(regions_of(ground.region), signals, flags["bot"], inputs.age, flags["suppressed"])
    return Visit(facts, event, ground.day, ground.law)


def _leak(promise: Promise, verdict: Verdict) -> str:
    """The field that is sent although it never should be, or not as weakly."""
    levels = verdict.sends.levels if verdict.sends else {}
    for name, worst in promise.never_sends:
        for member in members(name):
            if member in levels and _as_weak(member, levels[member], worst):
                return f"{verdict.destination} would receive {member} {levels[member]}".rstrip()
    return ""


def _as_weak(name: str, level: str, worst: str) -> bool:
    transform = transform_of(name)
    if worst == ANY or transform is None:
        return True
    return LEVELS[transform].index(level) <= LEVELS[transform].index(worst)


def _told(rule: DestinationRule, event: str, ground: Ground, inputs: Inputs) -> str:
    words = [f"region {ground.region}", f"event {event}"]
    words += [flag for flag, on in zip(GIVEN_FLAGS, inputs.flags, strict=True) if on]
    words += [f"age {inputs.age}"] if inputs.age is not None else []
    for purpose, age in zip(rule.events.get(event, ()), inputs.ages, strict=True):
        words.append(f"{purpose}={'no' if age == NO else f'yes {age}d ago'}" if age is not None else f"{purpose} unset")
    return ", ".join(words)
