"""Read every signal a hit carries, in one fixed order; what cannot be read never says yes."""

import hashlib
from collections.abc import Mapping

from gateway.consent.cmps import Cmp
from gateway.consent.cookies import Pairs, parse_cookies
from gateway.consent.headers import Headers, says_dnt, says_gpc
from gateway.consent.invalid import Invalid
from gateway.consent.panel import assemble
from gateway.consent.reading import Consent, Panel, Reading, collect
from gateway.consent.rules import ReadingRules
from gateway.hit import Hit

# A visitor makes a handful of hits within minutes; 4096 visitors keep the memory of it under some 8 MiB.
MEMO_SIZE = 4096

_Key = tuple[bytes, bool, bool, str, int]


class SignalReader:
    """Reads hits under one policy. `receipt_key` is the derived key of the consent cookie (32 bytes), `cmps` the
    platforms whose cookies are known (`parse_cmps` of `cmps.yaml`).

    What the cookies of a visitor mean is remembered for the day under a digest of them, so that a repeated visitor
    costs little and no cookie is kept.
    """

    def __init__(self, rules: ReadingRules, receipt_key: bytes, cmps: Mapping[str, Cmp]) -> None:
        self._panel = Panel(assemble(rules, receipt_key, cmps), rules.refusable)
        self._names = self._panel.names
        self._memo: dict[_Key, tuple[Consent, float]] = {}
        self._silent = {(gpc, dnt): collect([], gpc, dnt).consent for gpc in (False, True) for dnt in (False, True)}

    def read(self, hit: Hit) -> Consent:
        """The votes of every source, and the flags of the headers."""
        return self.read_headers(hit.headers, hit.site, hit.received)

    def read_headers(self, headers: Headers, site: str, now: float) -> Consent:
        """`read`, of the parts of a hit that matter: its headers, its site and its time in POSIX seconds."""
        flags = says_gpc(headers), says_dnt(headers)
        values = headers.get(b"cookie")
        if not values:
            return self._silent[flags]
        pairs = parse_cookies(values)
        if isinstance(pairs, Invalid):
            return self._panel.poll(pairs, flags, site, now).consent
        names = self._names
        wanted = [pair for pair in pairs if pair[0] in names]
        return self._recall(wanted, flags, site, now) if wanted else self._silent[flags]

    def _recall(self, pairs: Pairs, flags: tuple[bool, bool], site: str, now: float) -> Consent:
        key = _digest(pairs), *flags, site, int(now // 86400)
        known = self._memo.get(key)
        if known is not None and now < known[1]:
            return known[0]
        reading = self._panel.poll(pairs, flags, site, now)
        self._remember(key, reading)
        return reading.consent

    def _remember(self, key: _Key, reading: Reading) -> None:
        memo = self._memo
        if len(memo) >= MEMO_SIZE:
            del memo[next(iter(memo))]
        memo[key] = reading.consent, reading.until


def _digest(pairs: Pairs) -> bytes:
    """A name for the cookies. None of them holds a NUL byte (`parse_cookies`), so the parts cannot be mistaken."""
    return hashlib.blake2b(b"\0".join([part for pair in pairs for part in pair]), digest_size=24).digest()
