"""Read every signal a hit carries, in one fixed order; what cannot be read never says yes."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.consent.ballot import Ballot, Scene, Unreadable, refuse
from gateway.consent.cmps import Cmp
from gateway.consent.cookies import Pairs, parse_cookies
from gateway.consent.headers import Headers, says_dnt, says_gpc
from gateway.consent.invalid import Invalid
from gateway.consent.panel import assemble
from gateway.consent.rules import ReadingRules
from gateway.facts import Signals, Vote
from gateway.hit import Hit

# A visitor makes a handful of hits within minutes; 4096 visitors keep the memory of it under some 8 MiB.
MEMO_SIZE = 4096

COOKIES = "cookies"

_Key = tuple[bytes, bool, bool, str, int]


class Consent(NamedTuple):
    """The signals of a hit, and the id of the gateway's own consent record, or nothing."""

    signals: Signals
    record: str = ""


class Reading(NamedTuple):
    """All that was read, with reasons, for an operator to look at. `reasons` goes with `signals.votes`."""

    consent: Consent
    reasons: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    until: float


class SignalReader:
    """Reads hits under one policy. `receipt_key` is the derived key of the consent cookie (32 bytes), `cmps` the
    platforms whose cookies are known (`parse_cmps` of `cmps.yaml`).

    What the cookies of a visitor mean is remembered for the day under a digest of them, so that a repeated visitor
    costs little and no cookie is kept.
    """

    def __init__(self, rules: ReadingRules, receipt_key: bytes, cmps: Mapping[str, Cmp]) -> None:
        self._sources = assemble(rules, receipt_key, cmps)
        self._names = frozenset(name for source in self._sources for name in source.cookies)
        self._refusable = rules.refusable
        self._memo: dict[_Key, tuple[Consent, float]] = {}
        self._silent = {(gpc, dnt): _collect([], gpc, dnt).consent for gpc in (False, True) for dnt in (False, True)}

    def read(self, hit: Hit) -> Consent:
        """The votes of every source, and the flags of the headers."""
        return self.read_headers(hit.headers, hit.site, hit.received)

    def read_headers(self, headers: Headers, site: str, now: float) -> Consent:
        """`read`, of the parts of a hit that matter: its headers, its site and its time in POSIX seconds."""
        gpc, dnt = says_gpc(headers), says_dnt(headers)
        values = headers.get(b"cookie")
        pairs = self._wanted(values) if values else []
        if not pairs:
            return self._silent[gpc, dnt]
        if isinstance(pairs, Invalid):
            return self._examine(pairs, (gpc, dnt), site, now).consent
        key = _digest(pairs), gpc, dnt, site, int(now // 86400)
        known = self._memo.get(key)
        if known is not None and now < known[1]:
            return known[0]
        reading = self._examine(pairs, (gpc, dnt), site, now)
        self._remember(key, reading)
        return reading.consent

    def examine(self, headers: Headers, site: str, now: float) -> Reading:
        """What `read_headers` reads, with the reasons, and without remembering anything."""
        pairs = self._wanted(headers.get(b"cookie", []))
        return self._examine(pairs, (says_gpc(headers), says_dnt(headers)), site, now)

    def _wanted(self, values: Sequence[bytes]) -> Pairs | Invalid:
        pairs = parse_cookies(values)
        names = self._names
        return pairs if isinstance(pairs, Invalid) else [pair for pair in pairs if pair[0] in names]

    def _examine(self, pairs: Pairs | Invalid, flags: tuple[bool, bool], site: str, now: float) -> Reading:
        if isinstance(pairs, Invalid):
            return _collect([refuse(COOKIES, self._refusable, pairs.reason)], *flags)
        cookies: dict[bytes, list[bytes]] = {}
        for name, value in pairs:
            cookies.setdefault(name, []).append(value)
        scene = Scene(cookies, site, now)
        return _collect([source.vote(scene) for source in self._sources], *flags)

    def _remember(self, key: _Key, reading: Reading) -> None:
        memo = self._memo
        if len(memo) >= MEMO_SIZE:
            del memo[next(iter(memo))]
        memo[key] = reading.consent, reading.until


def _collect(ballots: Sequence[Ballot], gpc: bool, dnt: bool) -> Reading:
    votes: tuple[Vote, ...] = tuple(vote for ballot in ballots for vote in ballot.votes)
    reasons = tuple(reason for ballot in ballots for reason in ballot.reasons)
    unreadable = tuple(item for ballot in ballots for item in ballot.unreadable)
    signals = Signals(
        votes,
        gpc=gpc or any(ballot.gpc for ballot in ballots),
        dnt=dnt,
        notified=any(ballot.notified for ballot in ballots),
        unreadable=tuple(dict.fromkeys(item.source for item in unreadable)),
    )
    record = next((ballot.record for ballot in ballots if ballot.record), "")
    until = min((ballot.until for ballot in ballots), default=math.inf)
    return Reading(Consent(signals, record), reasons, unreadable, until)


def _digest(pairs: Pairs) -> bytes:
    """A name for the cookies. None of them holds a NUL byte (`parse_cookies`), so the parts cannot be mistaken."""
    return hashlib.blake2b(b"\0".join([part for pair in pairs for part in pair]), digest_size=24).digest()
