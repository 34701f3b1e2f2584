"""Merge the votes on one purpose into one choice: any no counts, a yes must be trusted, explicit and fresh."""

from collections.abc import Iterable

from gateway.decision import Reason
from gateway.facts import Vote

# A receipt and a TC string always carry a date, so one without has no age that could be short enough. Some CMP cookies
# and most GPP sections carry none: their yes lasts as long as the browser keeps the cookie.
DATED_SOURCES = frozenset(("gateway_receipt", "tcf", "mail_token"))

# The clocks of visitor and gateway may stand on two sides of midnight; a yes of the day after tomorrow is none.
MAX_DAYS_AHEAD = 1

# What a refusal is called whose source has no name: it refuses all the same.
UNNAMED = "unnamed"


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
        refused_by, age, verdict, undated = "", None, Reason.NO_CONSENT, False
        for vote in votes:
            if not vote.grant:
                refused_by = refused_by or _standing(vote, votes)
            elif vote.trusted and vote.explicit:
                verdict = Reason.CONSENT_EXPIRED
                if vote.day is None:
                    undated = undated or _kind(vote) not in DATED_SOURCES
                else:
                    age = _younger(day - vote.day, age)
        fresh = undated or (age is not None and age <= valid_for)
        self.refused_by = refused_by
        self.age = age
        self.verdict = Reason.REFUSED if refused_by else None if fresh else verdict


def _younger(age: int, known: int | None) -> int | None:
    """The less of two ages. A yes of a day that is still to come has none."""
    if age < -MAX_DAYS_AHEAD:
        return known
    age = age if age > 0 else 0
    return age if known is None or age < known else known


def _kind(vote: Vote) -> str:
    """The kind of a source that may be called `cmp:onetrust`."""
    return vote.source.partition(":")[0]


def _standing(refusal: Vote, votes: tuple[Vote, ...]) -> str:
    """The source of a refusal, or nothing where a newer yes of the same source took it back.

    A default is no act: it takes none back.
    """
    taken_back = any(
        vote.grant
        and vote.source == refusal.source
        and vote.explicit >= refusal.explicit
        and vote.day is not None
        and refusal.day is not None
        and vote.day > refusal.day
        for vote in votes
    )
    return "" if taken_back else refusal.source or UNNAMED
