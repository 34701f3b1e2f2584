"""Tell what another version of a policy would change: for every place, destination and event, and typical visitors."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.decision import Decision, Reason, Verdict
from gateway.iso3166 import COUNTRIES
from gateway.policy.compare import Difference, compare, exceeds
from gateway.policy.decide import Policy
from gateway.policy.model import Situation, regions_of
from gateway.policy.places import UNKNOWN, country_of, expand
from gateway.policy.situations import facts_of

WIDER = frozenset((Difference.WIDENS, Difference.SENDS_MORE))
AS_IT_IS = "as it is"


class Change(NamedTuple):
    """What changes alike in several places, for one destination, event and visitor.

    `wider`: more would leave than before. `text` says what was and what would be. `day` is the day on which it begins
    where that is not today, in days since 1970-01-01.
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
    return impact


def regions_in(policies: Iterable[Policy]) -> list[str]:
    """Each place that one of the policies names, one that none of them does, and the unknown."""
    rows = [region for policy in policies for region in policy.lawbook.regions.values()]
    named = {code for region in rows for match in region.match for code in expand(match) if country_of(code)}
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
