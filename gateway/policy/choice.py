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

    verdict: Reason | None

    def __init__(self, votes: Iterable[Vote], day: int, valid_for: int) -> None:
        """Within one source the newest vote holds, and a no where two are of one day; across sources any no does.

        `votes` are all on one purpose; `day` is today and `valid_for` how many days a yes lasts. `verdict` is None for
        a valid yes (trusted, explicit, fresh), else why there is none. `age` is in days, None without a date.
        """
        votes = tuple(votes)
        self.refused_by = _refused_by(votes)
        self.age: int | None = None
        granted = undated = False
        for vote in votes:
            if vote.grant and vote.trusted and vote.explicit:
                granted = True
                if vote.day is None:
                    undated = undated or _kind(vote) not in DATED_SOURCES
                else:
                    self._date(day - vote.day)
        fresh = undated or (self.age is not None and self.age <= valid_for)
        self.verdict = Reason.REFUSED if self.refused_by else _verdict(granted, fresh)

    def _date(self, age: int) -> None:
        """Take the age of one yes into account, unless it is of a day that is still to come."""
        if age >= -MAX_DAYS_AHEAD:
            age = max(0, age)
            self.age = age if self.age is None or age < self.age else self.age


def _verdict(granted: bool, fresh: bool) -> Reason | None:
    if not granted:
        return Reason.NO_CONSENT
    return None if fresh else Reason.CONSENT_EXPIRED


def _refused_by(votes: tuple[Vote, ...]) -> str:
    """The source whose no stands, or nothing."""
    for vote in votes:
        if not vote.grant and _stands(vote, votes):
            return vote.source
    return ""


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
