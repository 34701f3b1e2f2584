"""Read every signal a hit carries, in one fixed order; what cannot be read never says yes."""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from gateway.consent.ballot import Scene
from gateway.consent.carriers import Carried, find
from gateway.consent.cmps import Cmp
from gateway.consent.cookies import Pairs, parse_cookies
from gateway.consent.headers import Headers, says_dnt, says_gpc
from gateway.consent.invalid import Invalid
from gateway.consent.meaning import TCF_OF, questions
from gateway.consent.panel import assemble
from gateway.consent.reading import Consent, Panel, collect
from gateway.consent.rules import ReadingRules
from gateway.consent.vouched import Vouching
from gateway.days import day_of
from gateway.hit import Alone, Hit

# A visitor makes a handful of hits within minutes; two names for 4096 visitors keep the memory of it under some 8 MiB.
MEMO_SIZE = 8192

# What a digest is of: header lines as they came, or names and values of cookies.
_LINES, _PAIRS = 0, 1

# What else the answer depends on: GPC, DNT, the site, the day.
_Circumstances = tuple[bool, bool, str, int]
_Key = tuple[bytes, bool, bool, str, int]
# What was read, and the time (POSIX seconds) until which it holds.
_Known = tuple[Consent, float]


class SignalReader:
    """Reads hits under one policy. `receipt_key` is the derived key of the consent cookie (32 bytes), `cmps` the
    platforms whose cookies are known (`parse_cmps` of `cmps.yaml`). `keyed` makes the pseudonym of a consent record of
    its id. `vouching` hears what a token of ours attests.

    What the cookies of a visitor mean is remembered for the day under a keyed digest of them, so that a repeated
    visitor costs little, no cookie and no id of a record is kept, and nobody without the key can try which cookies are
    remembered.
    """

    def __init__(
        self, rules: ReadingRules, receipt_key: bytes, cmps: Mapping[str, Cmp], keyed: Callable[[str], str]
    ) -> None:
        answerable = tuple(question.purpose for question in questions(rules, None, TCF_OF))
        self._panel = Panel(assemble(rules, receipt_key, cmps), rules.refusable, answerable, rules.since)
        self._names = self._panel.names
        self._keyed = keyed
        self.vouching = Vouching(rules)
        key = hashlib.blake2b(receipt_key, digest_size=32, person=b"signals read").digest()
        self._digesting = hashlib.blake2b(key=key, digest_size=24)
        self._of_one_line = hashlib.blake2b(key=key, digest_size=24, person=b"one line")
        self._memo: dict[_Key, _Known] = {}
        self._silent = {(gpc, dnt): collect([], gpc, dnt).consent for gpc in (False, True) for dnt in (False, True)}

    def read(self, hit: Hit, packed: Iterable[tuple[str, str]] = ()) -> Consent:
        """The votes of every source, and the flags of the headers. `packed` as in `carriers.find`."""
        carried = find(hit.path, hit.query, hit.body, packed)
        return self.read_parts(hit.headers, carried, hit.site, hit.received)

    def read_alone(self, hit: Hit, alone: Alone, packed: Iterable[tuple[str, str]] = ()) -> Consent:
        """The same of one event that a server tells among others: the cookies of the hit are the server's. What stands
        beside it is of many, so it may refuse and cannot agree."""
        headers = {name: values for name, values in hit.headers.items() if name != b"cookie"}
        own = self.read_parts(headers, find("", "", alone.own, packed), hit.site, hit.received)
        beside = find(hit.path, hit.query, alone.beside)
        if not beside and not isinstance(beside, Invalid):
            return own
        signals, others = own.signals, self.read_parts(headers, beside, hit.site, hit.received).signals
        said = signals._replace(
            votes=(*signals.votes, *(vote for vote in others.votes if not vote.grant)),
            gpc=signals.gpc or others.gpc,
            dnt=signals.dnt or others.dnt,
            unreadable=(*signals.unreadable, *others.unreadable),
        )
        return own._replace(signals=said)

    def read_parts(self, headers: Headers, carried: Carried | Invalid, site: str, now: float) -> Consent:
        """`read`, of the parts of a hit that matter; its time is in POSIX seconds."""
        gpc, dnt = says_gpc(headers), says_dnt(headers)
        values = headers.get(b"cookie", ())
        if not values and not carried:
            return self._silent[gpc, dnt]
        # The whole header first, for a visitor's next hit; then without the cookies that change from hit to hit.
        key = self._digest(_LINES, values, carried), gpc, dnt, site, day_of(now)
        known = self._memo.get(key)
        if known is None or now >= known[1]:
            known = self._parsed(values, carried, key[1:], now)
            self._remember(key, known)
        return known[0]

    def _parsed(
        self, values: Sequence[bytes], carried: Carried | Invalid, circumstances: _Circumstances, now: float
    ) -> _Known:
        pairs = parse_cookies(values)
        if isinstance(pairs, Invalid):
            return self._polled(pairs, carried, circumstances, now)
        names = self._names
        wanted = [pair for pair in pairs if pair[0] in names]
        if not wanted and not carried:
            return self._silent[circumstances[:2]], math.inf
        key = self._digest(_PAIRS, [part for pair in wanted for part in pair], carried), *circumstances
        known = self._memo.get(key)
        if known is None or now >= known[1]:
            known = self._polled(wanted, carried, circumstances, now)
            self._remember(key, known)
        return known

    def _polled(
        self, pairs: Pairs | Invalid, carried: Carried | Invalid, circumstances: _Circumstances, now: float
    ) -> _Known:
        reading = self._panel.poll(pairs, circumstances[:2], Scene({}, circumstances[2], now), carried)
        consent = reading.consent
        if consent.record:
            consent = consent._replace(record=self._keyed(consent.record))
        return consent, reading.until

    def _remember(self, key: _Key, known: _Known) -> None:
        memo = self._memo
        if len(memo) >= MEMO_SIZE:
            del memo[next(iter(memo))]
        memo[key] = known

    def _digest(self, kind: int, parts: Sequence[bytes], carried: Carried | Invalid) -> bytes:
        """A name for the parts of cookies and for what is carried. The kind and the lengths stand before the parts: no
        parts, joined or cut otherwise, are mistaken for others. One line by itself, as browsers send it, cannot be, and
        is named apart from all else."""
        if kind == _LINES and len(parts) == 1 and not carried:
            digesting = self._of_one_line.copy()
            digesting.update(parts[0])
            return digesting.digest()
        digesting = self._digesting.copy()
        digesting.update(f"{kind} {list(map(len, parts))} {carried!r}".encode())
        digesting.update(b"".join(parts))
        return digesting.digest()
