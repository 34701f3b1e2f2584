"""Put the ballots of all sources together: every vote stands, and what could not be read is named."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from gateway.consent.ballot import Ballot, Scene, Unreadable, refuse
from gateway.consent.carriers import Carried, assort
from gateway.consent.cookies import Pairs, parse_cookies
from gateway.consent.headers import Headers, says_dnt, says_gpc
from gateway.consent.invalid import Invalid
from gateway.consent.names import Addressees
from gateway.consent.panel import Source
from gateway.consent.tc_votes import gdpr_applies
from gateway.facts import Signals

COOKIES = "cookies"
CARRIERS = "parameters"

T = TypeVar("T")


class Consent(NamedTuple):
    """The signals of a hit, and the id of the gateway's own consent record, or nothing. What leaves the reader of hits
    has the record's pseudonym in the place of its id."""

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
    """The sources of a policy, and what is refused where no source can be asked.

    `refusable` is what a request refuses that cannot be read at all, since a no may hide there; `answerable` what is
    refused where the page says that the GDPR applies and there is no TC string. `since` is in `ReadingRules`. `names`
    says which cookies matter, and to whom.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        refusable: tuple[str, ...],
        answerable: tuple[str, ...] = (),
        since: Mapping[str, int] | None = None,
    ) -> None:
        self.names = Addressees([source.cookies for source in sources])
        self._carriers = Addressees([[name.encode() for name in source.carriers] for source in sources])
        self._votes = tuple(source.vote for source in sources)
        self._refusable = refusable
        self._answerable = answerable
        self._since = since or {}

    def examine(self, headers: Headers, site: str, now: float, carried: Carried | Invalid = ()) -> Reading:
        """Everything a request says: its headers, and what `carriers.find` found in the rest of it."""
        flags = says_gpc(headers), says_dnt(headers)
        return self.poll(parse_cookies(headers.get(b"cookie", [])), flags, Scene({}, site, now), carried)

    def poll(
        self, pairs: Pairs | Invalid, flags: tuple[bool, bool], where: Scene, carried: Carried | Invalid = ()
    ) -> Reading:
        """What cookies and carriers say, given what the headers say of GPC and DNT. `where` holds site and time."""
        ballots = [
            refuse(source, self._refusable, given.reason)
            for source, given in ((COOKIES, pairs), (CARRIERS, carried))
            if isinstance(given, Invalid)
        ]
        cookies: dict[bytes, list[bytes]] = {}
        for name, value in () if isinstance(pairs, Invalid) else pairs:
            cookies.setdefault(name, []).append(value)
        scene = where._replace(cookies=cookies, carried={} if isinstance(carried, Invalid) else assort(carried))
        asked = {number for name in cookies for number in self.names.of(name)}
        asked |= {number for name in scene.carried for number in self._carriers.of(name.encode())}
        ballots += [self._votes[number](scene) for number in sorted(asked)]
        if self._answerable and gdpr_applies(scene) and not any(ballot.tc for ballot in ballots):
            ballots.append(refuse("tcf:gdpr", self._answerable, "the GDPR applies, and there is no TC string"))
        return self._dated(collect(ballots, *flags), scene.site)

    def _dated(self, reading: Reading, site: str) -> Reading:
        """Leave out each yes that is older than the site accepts, or has no date to show. A no stays."""
        first = self._since.get(site)
        if first is None:
            return reading
        signals = reading.consent.signals
        kept = [
            pair
            for pair in zip(signals.votes, reading.reasons, strict=True)
            if not pair[0].grant or (pair[0].day is not None and pair[0].day >= first)
        ]
        consent = reading.consent._replace(signals=signals._replace(votes=tuple(vote for vote, _ in kept)))
        return reading._replace(consent=consent, reasons=tuple(why for _, why in kept))


def collect(ballots: Sequence[Ballot], gpc: bool, dnt: bool) -> Reading:
    """The ballots in their order as one reading."""
    unreadable = _joined(ballot.unreadable for ballot in ballots)
    signals = Signals(
        _joined(ballot.votes for ballot in ballots),
        gpc=gpc or any(ballot.gpc for ballot in ballots),
        dnt=dnt or any(ballot.dnt for ballot in ballots),
        notified=any(ballot.notified for ballot in ballots),
        unreadable=tuple(dict.fromkeys(item.source for item in unreadable)),
    )
    record = next((ballot.record for ballot in ballots if ballot.record), "")
    until = min((ballot.until for ballot in ballots), default=math.inf)
    return Reading(Consent(signals, record), _joined(ballot.reasons for ballot in ballots), unreadable, until)


def _joined(parts: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(item for part in parts for item in part)
