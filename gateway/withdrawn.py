"""Add to the facts what their subjects have taken back meanwhile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.days import SECONDS_A_DAY
from gateway.facts import Facts, Vote
from gateway.store.protocols import Refusal


def with_refusals(facts: Facts, received: int, refusals: Iterable[Refusal]) -> Facts:
    """The facts of what was received then (POSIX seconds), with a vote against each purpose withdrawn, or a veto."""
    for refusal in refusals:
        if refusal.covers(received) and not refusal.purpose:
            facts = facts._replace(suppressed=True)
        elif refusal.covers(received):
            vote = Vote(refusal.purpose, "withdrawal", grant=False, day=refusal.at // SECONDS_A_DAY)
            votes = (*facts.signals.votes, vote)
            facts = facts._replace(signals=facts.signals._replace(votes=votes))
    return facts


def of_any(subjects: Iterable[str], refusals: Mapping[str, Sequence[Refusal]]) -> Iterator[Refusal]:
    """What any of these subjects refuses."""
    return (refusal for subject in subjects for refusal in refusals.get(subject, ()))
