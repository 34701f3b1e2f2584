"""Run the tests of a policy, and find what they leave untested."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.decision import Reason, Verdict
from gateway.facts import Facts
from gateway.policy.decide import Policy
from gateway.policy.model import Case, Expected, Place, Sending, regions_of
from gateway.policy.schema import EVERYTHING, NEVER, THIRD_PARTIES
from gateway.policy.situations import facts_of
from gateway.taxonomy import GROUPS


class Failure(NamedTuple):
    """What a test or promise says that does not hold."""

    name: str
    place: Place
    text: str


class Unreached(NamedTuple):
    """A rule of the policy that decided nothing in any test: a region of its own, an event of a destination, a signal
    that was never on."""

    rule: str
    place: Place | None


@dataclass(slots=True)
class CaseReport:
    """The outcome of all tests. `checked` counts comparisons of a verdict with what a test expects.

    `expected` has each destination for which some test expects an allow (True) or a deny (False), `reached` the rules
    that decided something, `unreached` the others.
    """

    tests: int = 0
    checked: int = 0
    failures: list[Failure] = field(default_factory=list)
    never_allowed: list[str] = field(default_factory=list)
    never_denied: list[str] = field(default_factory=list)
    expected: set[tuple[str, bool]] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    unreached: list[Unreached] = field(default_factory=list)

    def add(self, case: Case, failure: str) -> None:
        """Count one comparison, and keep it if it failed."""
        self.checked += 1
        if failure:
            self.failures.append(Failure(case.name, case.place, failure))


def run_cases(policy: Policy, day: int) -> CaseReport:
    """Run every test as of `day` (days since 1970-01-01).

    An observing policy is tested as if it enforced, except where a test expects `deny (observe_mode)`.
    """
    report = CaseReport(tests=len(policy.cases))
    for case in policy.cases:
        for region in case.regions:
            _run(policy, case, region, day, report)
    report.unreached = [rule for rule in _rules(policy) if rule.rule not in report.reached]
    report.never_allowed = [name for name in policy.destinations if (name, True) not in report.expected]
    report.never_denied = [name for name in policy.destinations if (name, False) not in report.expected]
    return report


def _run(policy: Policy, case: Case, region: str, day: int, report: CaseReport) -> None:
    facts = facts_of(case.given._replace(regions=regions_of(region)), day)
    expected = {expect.destination: expect for expect in _widest_first(case.expect)}
    for name, expect in _each(policy, expected):
        asked = policy if expect.reason == Reason.OBSERVE_MODE else policy.enforcing
        for event in events_of(policy, name, case.given.event):
            verdict = asked.judge(facts, event, name, day)
            report.expected.add((name, expect.allow))
            report.reached.update(_reached(policy, facts, event, name, day))
            report.add(case, _mismatch(expect, verdict, region, event))
    for sending in case.sends:
        for name in destinations_of(policy, sending.destination):
            for event in events_of(policy, name, case.given.event):
                verdict = policy.enforcing.judge(facts, event, name, day)
                report.add(case, _missent(sending, verdict, region, event))


def _rules(policy: Policy) -> Iterator[Unreached]:
    """What a policy itself lays down, apart from its pack."""
    for name, region in policy.lawbook.regions.items():
        for row in region.own:
            if row.places[()].file == policy.file:
                yield Unreached(f"region {name}", row.places[()])
    for rule in policy.destinations.values():
        for event in rule.events:
            yield Unreached(f"event {rule.name}/{event}", rule.place)
    for signal, said in policy.signals.items():
        if said.refuses:
            yield Unreached(f"signal {signal}", None)


def _reached(policy: Policy, facts: Facts, event: str, name: str, day: int) -> Iterator[str]:
    """The rules that a question comes upon: of several candidate regions, those whose word on a purpose held."""
    law = policy.lawbook.law(facts.regions, day)
    yield f"event {name}/{event}"
    if len(law.regions) == 1:
        yield f"region {law.regions[0].name}"
    for purpose in policy.destinations[name].events.get(event, ()):
        yield f"region {law.rulings[purpose].region}"
    yield from (f"signal {signal}" for signal in ("gpc", "dnt") if getattr(facts.signals, signal))


def _widest_first(expect: Sequence[Expected]) -> list[Expected]:
    """What is said of a destination by name stands before what is said of many."""
    order = {EVERYTHING: 0, THIRD_PARTIES: 1}
    return sorted(expect, key=lambda one: order.get(one.destination, 2))


def _each(policy: Policy, expected: dict[str, Expected]) -> Iterator[tuple[str, Expected]]:
    single: dict[str, Expected] = {}
    for wide, expect in expected.items():
        for name in destinations_of(policy, wide):
            single[name] = expect
    yield from single.items()


def destinations_of(policy: Policy, name: str) -> list[str]:
    """The destinations that a name or wildcard stands for."""
    if name == EVERYTHING:
        return list(policy.destinations)
    if name == THIRD_PARTIES:
        return [rule.name for rule in policy.destinations.values() if rule.party == "third"]
    return [name]


def events_of(policy: Policy, destination: str, event: str | None) -> tuple[str, ...]:
    """The event that is given, or all that the destination lists."""
    return tuple(policy.destinations[destination].events) if event is None else (event,)


def _mismatch(expect: Expected, verdict: Verdict, region: str, event: str) -> str:
    if verdict.allow == expect.allow and expect.reason in ("", verdict.reason):
        return ""
    wanted = f"{_word(expect.allow)} ({expect.reason})" if expect.reason else _word(expect.allow)
    got = f"{_word(verdict.allow)} ({verdict.reason})"
    return f"{verdict.destination}, {event} in {region}: expected {wanted}, got {got}"


def _word(allow: bool) -> str:
    return "allow" if allow else "deny"


def _missent(sending: Sending, verdict: Verdict, region: str, event: str) -> str:
    """A field that is not sent as the test says. Where nothing is sent, only `never` holds."""
    levels = verdict.sends.levels if verdict.sends else {}
    names = members(sending.field)
    sent = {levels[name] for name in names if name in levels}
    if sent == (set() if sending.level == NEVER else {sending.level}):
        return ""
    got = ", ".join(sorted(level or "as it is" for level in sent)) or NEVER
    where = f"{verdict.destination}, {event} in {region}"
    return f"{where}: expected {sending.field} to be sent as {sending.level}, got {got}"


def members(field_name: str) -> tuple[str, ...]:
    """The keys of `Sends.levels` that a field or group may have."""
    if field_name not in GROUPS:
        group = field_name.partition(".")[0]
        return (field_name, f"{group}.*")
    return (*(f"{field_name}.{member}" for member in GROUPS[field_name]), f"{field_name}.*")
