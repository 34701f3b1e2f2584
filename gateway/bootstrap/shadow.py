"""Make a candidate of a plan: a policy that is asked beside the one in force, and only counted."""

from collections.abc import Callable
from typing import NamedTuple

from gateway.bootstrap.collecting import reader, rules
from gateway.bootstrap.plan import Plan
from gateway.collector import Candidate
from gateway.decision import Decision, Verdict
from gateway.policy.compare import Difference, compare

MAX_COMPARED = 8192

_Verdicts = tuple[Verdict, ...]


class Comparing:
    """Counts how two decisions differ, by destination. Policies give equal questions the same verdicts, so what a pair
    comes to is remembered: by its verdicts, since a decision has the event's name, which a page may have made up."""

    def __init__(self, counts: Callable[[str, Difference], None]) -> None:
        self._counts = counts
        # The verdicts are kept with their comparison: as long as they are, nothing else has their identity.
        self._memo: dict[tuple[int, int], tuple[_Verdicts, _Verdicts, tuple[tuple[str, Difference], ...]]] = {}

    def __call__(self, first: Decision, second: Decision) -> None:
        """Count one pair: the decision that holds, and the candidate's."""
        before, after = first.verdicts, second.verdicts
        key = id(before), id(after)
        known = self._memo.get(key)
        if known is None:
            if len(self._memo) >= MAX_COMPARED:
                del self._memo[next(iter(self._memo))]
            known = self._memo[key] = before, after, compare(first, second)
        for destination, difference in known[2]:
            self._counts(destination, difference)


class Shadow(NamedTuple):
    """A candidate with the plan it is made of."""

    plan: Plan
    candidate: Candidate

    def beside(self, plan: Plan) -> Candidate:
        """The candidate beside the policy of a plan. Consent is read once where both read it alike."""
        alike = rules(plan) == rules(self.plan)
        return self.candidate._replace(reader=None) if alike else self.candidate


def shadow(plan: Plan, counts: Callable[[str, Difference], None]) -> Shadow:
    """The candidate of a plan, which reads consent as its own policy says."""
    return Shadow(plan, Candidate(reader(plan), plan.policy, plan.fed_by(), Comparing(counts)))
