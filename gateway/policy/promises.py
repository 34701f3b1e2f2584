"""Prove the promises of a policy over every situation there can be.

A verdict depends on a situation only through a few things: the law of the place, whether the visitor's age is below its
threshold, whether there is a no, or a yes, or a yes older than its limit, and five flags. One situation for each
combination of these stands for all others like it, so that trying them all is a proof. Evidence of several places needs
no trial: it only makes the law stricter, and what is stricter sends less.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from gateway.decision import Verdict
from gateway.facts import Facts, Signals, Vote
from gateway.iso3166 import COUNTRIES
from gateway.policy.cases import Failure, destinations_of, events_of, members
from gateway.policy.decide import Policy, Visit, is_blocked
from gateway.policy.law import Law
from gateway.policy.model import DestinationRule, Promise, regions_of
from gateway.policy.places import UNKNOWN, country_of
from gateway.policy.schema import ANY, GIVEN_FLAGS
from gateway.policy.situations import SOURCE
from gateway.taxonomy import LEVELS, transform_of

# No country uses this subdivision; it stands for all that no region lists. The event is one that no destination lists.
UNLISTED_SUBDIVISION = "ZZZ"
UNLISTED_EVENT = "an event that is not listed"


@dataclass(slots=True)
class PromiseReport:
    """The outcome of all promises. `checked` counts the situations that were tried."""

    promises: int = 0
    checked: int = 0
    failures: list[Failure] = field(default_factory=list)


class Ground(NamedTuple):
    """A place and a day of which the law is known: one for all that have equal law for a destination and event."""

    region: str
    day: int
    law: Law


class Inputs(NamedTuple):
    """The rest of a situation. `ages` gives each purpose's answer: None for none, -1 for no, else the age of a yes."""

    flags: Mapping[str, bool]
    age: int | None
    ages: tuple[int | None, ...]


NO = -1


def prove(policy: Policy, day: int) -> PromiseReport:
    """Try every promise on `day` (days since 1970-01-01) and on each later day on which a region's law changes."""
    report = PromiseReport(len(policy.promises))
    days = [day, *(change for change in policy.lawbook.changes if change > day)]
    regions = _evidence(policy)
    for promise in policy.promises:
        places = [(region, at) for at in days for region in (promise.regions or regions)]
        for name in policy.destinations:
            failure = _break(policy, promise, name, places, report)
            if failure:
                report.failures.append(Failure(promise.name, promise.place, failure))
                break
    return report


def _evidence(policy: Policy) -> list[str]:
    """All places that a law can tell apart: each country, each listed subdivision, one unlisted each, and none."""
    rows = policy.lawbook.regions.values()
    listed = {code for region in rows for code in region.match if country_of(code)}
    blocked = {code for rule in policy.destinations.values() for code in rule.block_regions if country_of(code)}
    unlisted = {f"{country}-{UNLISTED_SUBDIVISION}" for country in COUNTRIES}
    return [UNKNOWN, *sorted(COUNTRIES | listed | blocked | unlisted)]


def _break(policy: Policy, promise: Promise, name: str, places: list[tuple[str, int]], report: PromiseReport) -> str:
    """The first situation in which a destination breaks the promise, in words; nothing where it keeps it."""
    denied = any(name in destinations_of(policy, wide) for wide in promise.deny)
    if not (denied or promise.never_sends):
        return ""
    rule = policy.destinations[name]
    pinned = cast("str | None", promise.pins.get("event"))
    events = events_of(policy, name, pinned) + ((UNLISTED_EVENT,) if pinned is None else ())
    for event in events:
        for ground in _grounds(policy, rule, event, places):
            for inputs in _inputs(promise, rule, event, ground):
                report.checked += 1
                verdict = policy.ask(_visit(rule, event, ground, inputs), name)
                broken = verdict.allow and (f"{name} would receive it" if denied else _leak(promise, verdict))
                if broken:
                    return f"{broken}: {_told(rule, event, ground, inputs)}"
    return ""


def _grounds(policy: Policy, rule: DestinationRule, event: str, places: list[tuple[str, int]]) -> Iterator[Ground]:
    """One place for each law that differs in anything this destination and event can meet."""
    seen = set()
    for region, day in places:
        law = policy.lawbook.law(regions_of(region), day)
        rulings = tuple(law.rulings[purpose].basis for purpose in rule.events.get(event, ()))
        blocked = is_blocked(rule.block_regions, regions_of(region))
        key = rulings, tuple(law.signals.values()), law.under, law.valid_for, law.ceiling, blocked
        if key not in seen:
            seen.add(key)
            yield Ground(region, day, law)


def _inputs(promise: Promise, rule: DestinationRule, event: str, ground: Ground) -> Iterator[Inputs]:
    pins = promise.pins
    flags = [[bool(pins[flag])] if flag in pins else [False, True] for flag in GIVEN_FLAGS]
    under = ground.law.under
    age = cast("int | None", pins.get("age"))
    ages = [age] if age is not None else [None, max(0, under - 1), under]
    answers = [_answers(promise, purpose, ground.law) for purpose in rule.events.get(event, ())]
    for values in itertools.product(*flags):
        named = dict(zip(GIVEN_FLAGS, values, strict=True))
        if named["suppressed"] or named["bot"]:
            # Refused before anything else is looked at, so one age and one answer stand for all.
            yield Inputs(named, ages[-1], tuple(each[-1] for each in answers))
            continue
        for years in ages:
            for given in itertools.product(*answers):
                yield Inputs(named, years, given)


def _answers(promise: Promise, purpose: str, law: Law) -> list[int | None]:
    """What a visitor may have answered on one purpose; a yes on its last valid day and on the day after."""
    old = cast("int | None", promise.pins.get("consent_age"))
    yes: list[int | None] = [old] if old is not None else [law.valid_for, law.valid_for + 1]
    if "consent" not in promise.pins:
        return [None, NO, *yes]
    choices = dict(cast("tuple[tuple[str, bool], ...]", promise.pins["consent"]))
    if purpose not in choices:
        return [None]
    return yes if choices[purpose] else [NO]


def _visit(rule: DestinationRule, event: str, ground: Ground, inputs: Inputs) -> Visit:
    votes = tuple(
        Vote(purpose, SOURCE, age != NO, day=ground.day - max(0, age))
        for purpose, age in zip(rule.events.get(event, ()), inputs.ages, strict=True)
        if age is not None
    )
    flags = inputs.flags
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
    words += [flag for flag, on in inputs.flags.items() if on]
    words += [f"age {inputs.age}"] if inputs.age is not None else []
    for purpose, age in zip(rule.events.get(event, ()), inputs.ages, strict=True):
        words.append(f"{purpose}={'no' if age == NO else f'yes {age}d ago'}" if age is not None else f"{purpose} unset")
    return ", ".join(words)
