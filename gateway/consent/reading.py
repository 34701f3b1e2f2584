"""Put the ballots of all sources together: every vote stands, and what could not be read is named."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from gateway.consent.ballot import Ballot, Scene, Unreadable, refuse
from gateway.consent.cookies import Pairs, parse_cookies
from gateway.consent.headers import Headers, says_dnt, says_gpc
from gateway.consent.invalid import Invalid
from gateway.consent.names import Addressees
from gateway.consent.panel import Source
from gateway.facts import Signals

COOKIES = "cookies"

T = TypeVar("T")


class Consent(NamedTuple):
    """The signals of a hit, and the id of the gateway's own consent record, or nothing."""

    signals: Signals
    record: str = ""


class Reading(NamedTuple):
    """All that was read, with reasons, for an operator to look at. `reasons` goes with `consent.signals.votes`.

    `until` is when it stops being true, in POSIX seconds; it is true for the rest of the UTC day at most.
    """

    consent: Consent
    reasons: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    until: float


class Panel:
    """The sources of a policy. `refusable` is what cookies refuse that cannot be read at all: a no may hide there.

    `names` says which cookies matter, and to whom.
    """

    def __init__(self, sources: Sequence[Source], refusable: tuple[str, ...]) -> None:
        self.names = Addressees([source.cookies for source in sources])
        self._votes = tuple(source.vote for source in sources)
        self._refusable = refusable

    def examine(self, headers: Headers, site: str, now: float) -> Reading:
        """Everything the headers of a request say."""
        return self.poll(parse_cookies(headers.get(b"cookie", [])), (says_gpc(headers), says_dnt(headers)), site, now)

    def poll(self, pairs: Pairs | Invalid, flags: tuple[bool, bool], site: str, now: float) -> Reading:
        """What the cookies say, given what the headers say of GPC and DNT."""
        if isinstance(pairs, Invalid):
            return collect([refuse(COOKIES, self._refusable, pairs.reason)], *flags)
        cookies: dict[bytes, list[bytes]] = {}
        for name, value in pairs:
            cookies.setdefault(name, []).append(value)
        scene = Scene(cookies, site, now)
        asked = sorted({number for name in cookies for number in self.names.of(name)})
        return collect([self._votes[number](scene) for number in asked], *flags)


def collect(ballots: Sequence[Ballot], gpc: bool, dnt: bool) -> Reading:
    """The ballots in their order as one reading."""
    unreadable = _joined(ballot.unreadable for ballot in ballots)
    signals = Signals(
        _joined(ballot.votes for ballot in ballots),
        gpc=gpc or any(ballot.gpc for ballot in ballots),
        dnt=dnt,
        notified=any(ballot.notified for ballot in ballots),
        unreadable=tuple(dict.fromkeys(item.source for item in unreadable)),
    )
    record = next((ballot.record for ballot in ballots if ballot.record), "")
    until = min((ballot.until for ballot in ballots), default=math.inf)
    return Reading(Consent(signals, record), _joined(ballot.reasons for ballot in ballots), unreadable, until)


def _joined(parts: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(item for part in parts for item in part)
