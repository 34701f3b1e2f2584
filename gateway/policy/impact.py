"""Tell what another version of a policy would change, for every place, destination and event.

Four typical visitors are asked first. What changes at a place for none of them is told of the plainest visitor for
whom it does.
"""

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.decision import Decision, Reason, Verdict
from gateway.iso3166 import COUNTRIES
from gateway.policy.compare import Difference, compare, exceeds
from gateway.policy.decide import Policy
from gateway.policy.model import Situation, regions_of
from gateway.policy.places import UNKNOWN, UNLISTED_SUBDIVISION, country_of, expand
from gateway.policy.rare import Pair, decisions, pair, sense
from gateway.policy.rare import visitors as rare_visitors
from gateway.policy.situations import facts_of
from gateway.policy.trusted import hearings

TRUST = "signals.trust"
MODE = "mode"
WIDER = frozenset((Difference.WIDENS, Difference.SENDS_MORE))
AS_IT_IS = "as it is"


class Change(NamedTuple):
    """What changes alike in several places, for one destination, event and visitor.

    `wider`: more would leave than before. `text` says what was and what would be. `day` is the day on which it begins
    where that is not today, in days since 1970-01-01. Where the destination is `signals.trust`, it is about whose yes
    counts, everywhere, for the purpose that is named in the place of the event; where it is `mode`, about all.
    """

    destination: str
    event: str
    visitor: str
    text: str
    wider: bool
    day: int | None = None


@dataclass(slots=True)
class Impact:
    """All changes with the places that they are for. `compared` counts the situations of one day."""

    compared: int = 0
    changed: int = 0
    days: list[int] = field(default_factory=list)
    places: dict[Change, list[str]] = field(default_factory=dict)

    @property
    def widens(self) -> bool:
        """Whether more would leave than before, anywhere."""
        return any(change.wider for change in self.places)


def weigh(before: Policy, after: Policy, day: int) -> Impact:
    """Compare two policies today and on each later day on which the law of one changes. Both as if they enforced."""
    impact = Impact()
    first = _changes(before.enforcing, after.enforcing, day, impact)
    impact.places = {change: first[change] for change in sorted(first, key=lambda one: one[:4])}
    told = {change: set(places) for change, places in first.items()}
    impact.days = sorted(at for at in {*before.lawbook.changes, *after.lawbook.changes} if at > day)
    for later in impact.days:
        for change, places in sorted(_changes(before.enforcing, after.enforcing, later, Impact()).items()):
            known = told.setdefault(change, set())
            if fresh := [place for place in places if place not in known]:
                impact.places[change._replace(day=later)] = fresh
                known.update(fresh)
    rare = _rare_changes((before.enforcing, after.enforcing), day, impact)
    impact.places |= {change: rare[change] for change in sorted(rare, key=lambda one: (one[:4], one.day or day))}
    for purpose, text, wider in hearings(before, after):
        impact.places[Change(TRUST, purpose, "", text, wider)] = []
    if before.mode != after.mode:
        impact.places[Change(MODE, "", "", f"{before.mode} -> {after.mode}", after.mode == "enforce")] = []
    return impact


def regions_in(policies: Sequence[Policy]) -> list[str]:
    """Each place that one of the policies names, one that none of them does, and the unknown.

    A country with subdivisions stands for the strictest of them, so one that has no row of its own is among the places.
    """
    matches = {match for policy in policies for region in policy.lawbook.regions.values() for match in region.match}
    matches |= {code for policy in policies for rule in policy.destinations.values() for code in rule.block_regions}
    named = {code for match in matches for code in expand(match) if country_of(code)}
    divided = {country_of(code) for code in named if "-" in code}
    named |= {f"{country}-{UNLISTED_SUBDIVISION}" for country in divided}
    elsewhere = next((country for country in sorted(COUNTRIES) if country not in named), "")
    return [*sorted(named), *([elsewhere] if elsewhere else []), UNKNOWN]


def visitors(policy: Policy) -> Mapping[str, Situation]:
    """Four visitors as they are met: one who did not choose, one who said yes, one who said no, one with GPC."""
    return {
        "no choice": Situation(),
        "yes to all": Situation(consent=tuple((purpose, True) for purpose in policy.purposes)),
        "no to all": Situation(consent=tuple((purpose, False) for purpose in policy.purposes)),
        "no choice, GPC": Situation(gpc=True),
    }


def _changes(before: Policy, after: Policy, day: int, impact: Impact) -> dict[Change, list[str]]:
    found: dict[Change, list[str]] = {}
    asked = _questions(before, after)
    crowd = {name: (one, visitors(after)[name]) for name, one in visitors(before).items()}
    for region, (visitor, (old, new)) in itertools.product(regions_in((before, after)), crowd.items()):
        codes = regions_of(region)
        facts = facts_of(old._replace(regions=codes), day), facts_of(new._replace(regions=codes), day)
        for event, names in asked.items():
            pair = before.decide(facts[0], event, names, day), after.decide(facts[1], event, names, day)
            impact.compared += len(names)
            for name, text, wider in differences(*pair):
                impact.changed += 1
                found.setdefault(Change(name, event, visitor, text, wider), []).append(region)
    return found


def _rare_changes(policies: tuple[Policy, Policy], day: int, impact: Impact) -> dict[Change, list[str]]:
    """What changes at a place for some visitor, in a direction in which no typical visitor showed a change there."""
    told = {(*change[:2], change.wider, place) for change, places in impact.places.items() for place in places}
    asked = [(name, event) for event, names in _questions(*policies).items() for name in names]
    known: dict[Hashable, dict[bool, tuple[str, str]]] = {}
    found: dict[Change, list[str]] = {}
    for at, region in itertools.product((day, *impact.days), regions_in(policies)):
        for name, event in asked:
            question = pair(policies, name, event, region, at)
            key = name, event, sense(question)
            if key not in known:
                known[key] = _rare(question)
            for wider, (visitor, text) in known[key].items():
                if (name, event, wider, region) not in told:
                    told.add((name, event, wider, region))
                    change = Change(name, event, visitor, text, wider, at if at > day else None)
                    found.setdefault(change, []).append(region)
    return found


def _rare(question: Pair) -> dict[bool, tuple[str, str]]:
    """The plainest visitor for whom something widens (True), and for whom something narrows (False), with what does."""
    found: dict[bool, tuple[str, str]] = {}
    before, after = sense(question)
    if before == after:
        return found
    for visitor in rare_visitors(question):
        for _, text, wider in differences(*decisions(question, visitor)):
            found.setdefault(wider, (str(visitor), text))
        if len(found) > 1:
            break
    return found


def _questions(*policies: Policy) -> dict[str, tuple[str, ...]]:
    """Each event with the destinations that list it in one of the policies."""
    asked: dict[str, dict[str, None]] = {}
    for policy in policies:
        for name, rule in policy.destinations.items():
            for event in rule.events:
                asked.setdefault(event, {})[name] = None
    return {event: tuple(names) for event, names in asked.items()}


def differences(before: Decision, after: Decision) -> Iterator[tuple[str, str, bool]]:
    """Each destination for which two decisions differ, what differs, and whether the second lets more leave."""
    old = {verdict.destination: verdict for verdict in before.verdicts}
    new = {verdict.destination: verdict for verdict in after.verdicts}
    for name, difference in compare(before, after):
        if difference is not Difference.SAME:
            absent = Verdict(name, False, Reason.EVENT_NOT_LISTED)
            yield name, _told(old.get(name, absent), new.get(name, absent)), difference in WIDER


def _told(before: Verdict, after: Verdict) -> str:
    if before.sends and after.sends:
        more = exceeds(after.sends, before.sends)
        return (
            ", ".join(_fields(before, after))
            or f"{'more' if more else 'less'} is granted or kept of the page's address"
        )
    words = ("deny", "allow")
    return f"{words[before.allow]} -> {words[after.allow]} ({after.reason})"


def _fields(before: Verdict, after: Verdict) -> Iterator[str]:
    old, new = (dict(verdict.sends.levels) if verdict.sends else {} for verdict in (before, after))
    for name in {**old, **new}:
        was, is_now = (levels[name] or AS_IT_IS if name in levels else "not sent" for levels in (old, new))
        if was != is_now:
            yield f"{name}: {was} -> {is_now}"
