"""Merge the votes on one purpose into one choice: any no counts, a yes must be trusted, explicit and fresh."""

from collections.abc import Iterable

from gateway.decision import Reason
from gateway.facts import Vote

# A receipt and a TC string always carry a date, so one without has no age that could be short enough. Some CMP cookies
# and most GPP sections carry none: their yes lasts as long as the browser keeps the cookie.
DATED_SOURCES = frozenset(("gateway_receipt", "tcf"))

# The clocks of visitor and gateway may stand on two sides of midnight; a yes of the day after tomorrow is none.
MAX_DAYS_AHEAD = 1


class Choice:
    """What the visitor's votes on one purpose amount to."""

    __slots__ = ("age", "refused_by", "verdict")

    def __init__(self, votes: Iterable[Vote], day: int, valid_for: int) -> None:
        """Within one source the newest vote holds, and a no where two are of one day; across sources any no does.

        `votes` are all on one purpose; `day` is today and `valid_for` how many days a yes lasts. `verdict` is None for
        a valid yes (trusted, explicit, fresh), else why there is none. `age` is in days, None without a date.
        """
        votes = tuple(votes)
        self.refused_by = next((vote.source for vote in votes if not vote.grant and _stands(vote, votes)), "")
        self.age: int | None = None
        grants = [vote for vote in votes if vote.grant and vote.trusted and vote.explicit]
        ages = [day - vote.day for vote in grants if vote.day is not None]
        credible = [age for age in ages if age >= -MAX_DAYS_AHEAD]
        if self.refused_by:
            self.verdict: Reason | None = Reason.REFUSED
        elif not grants:
            self.verdict = Reason.NO_CONSENT
        else:
            undated = any(vote.day is None and _kind(vote) not in DATED_SOURCES for vote in grants)
            self.age = max(0, min(credible)) if credible else None
            fresh = self.age is not None and self.age <= valid_for
            self.verdict = None if fresh or undated else Reason.CONSENT_EXPIRED


def _kind(vote: Vote) -> str:
    """The kind of a source that may be called `cmp:onetrust`."""
    return vote.source.partition(":")[0]


def _stands(refusal: Vote, votes: tuple[Vote, ...]) -> bool:
    """Whether no newer yes of the same source took the refusal back. A default is no act: it takes none back."""
    return not any(
        vote.grant
        and vote.source == refusal.source
        and vote.explicit >= refusal.explicit
        and vote.day is not None
        and refusal.day is not None
        and vote.day > refusal.day
        for vote in votes
    )
