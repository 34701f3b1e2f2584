"""What one source of a request says: its votes and why, and what of it could not be read."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.facts import Vote


class Scene(NamedTuple):
    """What a source reads from: the cookies it knows with all their values, the site, and POSIX seconds UTC."""

    cookies: Mapping[bytes, list[bytes]]
    site: str
    now: float

    @property
    def day(self) -> int:
        """Days since 1970-01-01 UTC."""
        return int(self.now // 86400)


class Unreadable(NamedTuple):
    """A source that is there and cannot be read."""

    source: str
    reason: str


class Ballot(NamedTuple):
    """What one source says. `reasons` goes with `votes`, one for one, in our own words and the source's categories.

    `until` is when it stops being true, in POSIX seconds.
    """

    votes: tuple[Vote, ...] = ()
    reasons: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    gpc: bool = False
    notified: bool = False
    record: str = ""
    until: float = math.inf


def refuse(source: str, purposes: Iterable[str], why: str, *, unreadable: bool = True) -> Ballot:
    """Deny `purposes`, because what should have answered them cannot be read."""
    votes = tuple(Vote(purpose, source, grant=False, explicit=False, trusted=False) for purpose in purposes)
    return Ballot(votes, (why,) * len(votes), (Unreadable(source, why),) if unreadable else ())
