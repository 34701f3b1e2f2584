"""What one source of a request says: its votes and why, and what of it could not be read."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from gateway.days import day_of
from gateway.facts import Vote


class Scene(NamedTuple):
    """What a source reads from: the cookies it knows with all their values, the site, POSIX seconds UTC, and what the
    path, the query and the body carry (`carriers.assort`)."""

    cookies: Mapping[bytes, list[bytes]]
    site: str
    now: float
    carried: Mapping[str, Sequence[str]] = {}

    @property
    def day(self) -> int:
        """Days since 1970-01-01 UTC."""
        return day_of(self.now)


class Place(NamedTuple):
    """Where a string may be: a cookie, or a name of `carriers.NAMES`."""

    name: str
    carried: bool = False

    def texts(self, scene: Scene) -> list[str]:
        """The values there as text, each once, percent signs resolved once: some write `~` and JSON with them."""
        if self.carried:
            return list(scene.carried.get(self.name, ()))
        values = scene.cookies.get(self.name.encode(), ())
        return list(dict.fromkeys(unquote(value.decode("latin-1"), "latin-1") for value in values))


class Unreadable(NamedTuple):
    """A source that is there and cannot be read."""

    source: str
    reason: str


class Ballot(NamedTuple):
    """What one source says. `reasons` goes with `votes`, one for one, in our own words and the source's categories.

    `until` is when it stops being true, in POSIX seconds; `tc` whether it is about a TC string, whatever became of it.
    """

    votes: tuple[Vote, ...] = ()
    reasons: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    gpc: bool = False
    notified: bool = False
    record: str = ""
    until: float = math.inf
    tc: bool = False
    dnt: bool = False


def refuse(source: str, purposes: Iterable[str], why: str, *, unreadable: bool = True) -> Ballot:
    """Deny `purposes`, because what should have answered them cannot be read."""
    votes = tuple(Vote(purpose, source, grant=False, explicit=False, trusted=False) for purpose in purposes)
    return Ballot(votes, (why,) * len(votes), (Unreadable(source, why),) if unreadable else ())


def joined(ballots: Sequence[Ballot]) -> Ballot:
    """What several places that belong together say, as one."""
    if len(ballots) == 1:
        return ballots[0]
    return Ballot(
        tuple(vote for each in ballots for vote in each.votes),
        tuple(reason for each in ballots for reason in each.reasons),
        tuple(item for each in ballots for item in each.unreadable),
        any(each.gpc for each in ballots),
        any(each.notified for each in ballots),
        next((each.record for each in ballots if each.record), ""),
        min((each.until for each in ballots), default=math.inf),
        any(each.tc for each in ballots),
        any(each.dnt for each in ballots),
    )
