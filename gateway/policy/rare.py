"""Find what another version of a policy would change for visitors who are not typical: minors, signals, old answers.

A verdict needs each purpose of the event to pass, and a purpose passes with a fresh yes if it passes at all. So what
a change lets through or holds back, it does so for somebody who said yes to everything but at most one purpose:
trying these finds every place where more would leave than before.
"""

import itertools
from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from gateway.decision import Decision
from gateway.facts import Facts, Signals, Vote
from gateway.policy.decide import Policy, Visit, is_blocked
from gateway.policy.law import Law
from gateway.policy.model import DestinationRule, regions_of
from gateway.policy.situations import SOURCE

NO = -1
FRESH = 0
# GPC, DNT, and whether the visitor was told of the conflict, which means nothing without one.
_FLAGS = (False, True)
_SIGNALS = (flags for flags in itertools.product(_FLAGS, _FLAGS, _FLAGS) if any(flags[:2]) or not flags[2])
SIGNALS = tuple(sorted(_SIGNALS, key=sum))
SIGNAL_WORDS = ("GPC", "DNT", "notified")


class Side(NamedTuple):
    """One of the two policies, what it says of the destination, and the law of the place under it."""

    policy: Policy
    rule: DestinationRule
    law: Law


class Pair(NamedTuple):
    """A destination's event at one place, under both policies.

    `purposes` are those that the destination serves with any event: what all of them amount to is sent as well.
    """

    event: str
    region: str
    day: int
    sides: tuple[Side, Side]
    purposes: tuple[str, ...]


class Visitor(NamedTuple):
    """Somebody who said yes to all but `odd`, which was answered with -1 (no), None (nothing) or a yes of some days."""

    signals: tuple[bool, bool, bool]
    age: int | None
    odd: str
    answer: int | None

    def __str__(self) -> str:
        words = [self._answers(), *(word for word, on in zip(SIGNAL_WORDS, self.signals, strict=True) if on)]
        return ", ".join([*words, *([f"age {self.age}"] if self.age is not None else [])])

    def _answers(self) -> str:
        if not self.odd:
            return "yes to all"
        told = {None: "unset", NO: "no"}.get(self.answer) or f"yes {self.answer}d ago"
        return f"yes to all, but {self.odd} {told}"


def pair(policies: tuple[Policy, Policy], destination: str, event: str, region: str, day: int) -> Pair:
    """A destination's event at a place on a day (days since 1970-01-01) under two policies, both enforcing."""
    rules = tuple(policy.destinations.get(destination) or DestinationRule(destination) for policy in policies)
    laws = tuple(policy.lawbook.law(regions_of(region), day) for policy in policies)
    before, after = (Side(*parts) for parts in zip(policies, rules, laws, strict=True))
    return Pair(event, region, day, (before, after), tuple(dict.fromkeys((*before.rule.served, *after.rule.served))))


def sense(asked: Pair) -> tuple[Hashable, Hashable]:
    """All that the verdicts of both sides depend on, apart from the visitor: equal for equal answers."""
    before, after = ((_said(side), _law(side, asked)) for side in asked.sides)
    return before, after


def visitors(asked: Pair) -> Iterator[Visitor]:
    """One visitor for each class that either side can tell apart, the plainest first."""
    before, after = (side.law for side in asked.sides)
    ages = (None, *sorted({max(0, law.under - 1) for law in (before, after)}))
    yeses = sorted({law.valid_for + 1 for law in (before, after)})
    answers = [("", FRESH), *itertools.product(asked.purposes, (None, NO, *yeses))]
    for signals, age, (odd, answer) in itertools.product(SIGNALS, ages, answers):
        yield Visitor(signals, age, odd, answer)


def decisions(asked: Pair, visitor: Visitor) -> tuple[Decision, Decision]:
    """What both policies say about a visitor."""
    answers = dict.fromkeys(asked.purposes, FRESH) | ({visitor.odd: visitor.answer} if visitor.odd else {})
    votes = tuple(
        Vote(purpose, SOURCE, answer != NO, day=asked.day - max(0, answer))
        for purpose, answer in answers.items()
        if answer is not None
    )
    facts = Facts(regions_of(asked.region), Signals(votes, *visitor.signals), age=visitor.age)
    before, after = (_decision(side, facts, asked) for side in asked.sides)
    return before, after


def _decision(side: Side, facts: Facts, asked: Pair) -> Decision:
    visit = Visit(facts, asked.event, asked.day, side.law)
    return Decision(asked.event, side.policy.fingerprint, (side.policy.ask(visit, side.rule.name),))


def _said(side: Side) -> Hashable:
    """What the policy itself says of the destination, its purposes and the signals."""
    rule, policy = side.rule, side.policy
    purposes = tuple(policy.purposes[name] for name in side.rule.served)
    means = tuple((one.name, one.family, one.sale_or_share, one.google) for one in purposes)
    levels = tuple(_items(policy.profiles.get(one.profile, {})) for one in purposes)
    own = rule.party, rule.minors, rule.fields, rule.url_params, _items(rule.anonymise)
    return own, tuple(rule.events.items()), means, levels, _items(policy.signals)


def _law(side: Side, asked: Pair) -> Hashable:
    law, rule = side.law, side.rule
    bases = tuple(law.rulings[name].basis for name in rule.events.get(asked.event, ()))
    blocked = is_blocked(rule.block_regions, regions_of(asked.region))
    return bases, _items(law.signals), law.under, law.valid_for, law.ceiling, blocked


def _items(mapping: Mapping[str, Hashable]) -> Hashable:
    return tuple(sorted(mapping.items(), key=lambda item: item[0]))
