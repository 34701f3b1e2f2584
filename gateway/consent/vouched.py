"""Hear the reader of a mail: a yes comes from the mail's token alone, a no from anywhere.

Who opens a mail is not known to be whom it was sent to: it may have been handed on. So what the request itself says can
only refuse.
"""

from collections.abc import Iterable

from gateway.consent.rules import ReadingRules
from gateway.facts import ConsentSource, Signals, Vote

NAME = "mail_token"
FAMILY = "email_open"


class Vouching:
    """What the word of whoever made the token counts for under a policy: where it is trusted, the purposes of the
    family `email_open`; of them those that the line of `signals.trust` maps, where it maps any."""

    def __init__(self, rules: ReadingRules) -> None:
        lines = [line for line in rules.trust if line.kind == NAME]
        ours = [name for name, rule in rules.purposes.items() if rule.family == FAMILY]
        self._purposes = tuple(name for name in ours if any(_covers(line, name) for line in lines))
        self._refusable = rules.refusable
        self._since = rules.since

    def votes(self, granted: int, site: str) -> tuple[Vote, ...]:
        """The votes of a yes of that day (days since 1970-01-01 UTC).

        Where it does not count, they refuse: also a law that asks for no yes lets no opened mail be told without one.
        """
        fresh = granted >= self._since.get(site, 0)
        said = tuple(Vote(purpose, NAME, grant=True, day=granted) for purpose in self._purposes if fresh)
        return said or self.refusals()

    def refusals(self) -> tuple[Vote, ...]:
        """The votes where nothing may be said, such as of a request that is known to be somebody else's."""
        return tuple(Vote(purpose, NAME, grant=False, explicit=False, trusted=False) for purpose in self._refusable)


def heard(signals: Signals, votes: Iterable[Vote]) -> Signals:
    """The signals of the request as far as they refuse, with the votes of the token."""
    refusals = tuple(vote for vote in signals.votes if not vote.grant)
    return signals._replace(votes=(*refusals, *votes), notified=False)


def _covers(line: ConsentSource, purpose: str) -> bool:
    return not line.map or any(purpose in purposes for _, purposes in line.map)
