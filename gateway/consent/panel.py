"""Decide which sources are asked, in which order, and with which questions.

First the lines of the policy's `signals.trust`, in their order; then every other source that is known, which can only
refuse. A line that names a platform nobody knows asks nobody, and so grants nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from gateway.consent.ballot import Ballot, Place, Scene
from gateway.consent.carriers import COOKIES
from gateway.consent.cmp_votes import CmpSource
from gateway.consent.cmps import Cmp
from gateway.consent.google_votes import GoogleSource
from gateway.consent.gpp_votes import GPP_CARRIER, GPP_COOKIES, GppRules, GppSource
from gateway.consent.meaning import CATEGORIES_OF, GOOGLE_OF, TCF_OF, questions
from gateway.consent.opt_out import OptOutSource
from gateway.consent.own import NAME as OWN
from gateway.consent.own import ReceiptSource
from gateway.consent.passed_on import PassedOnSource
from gateway.consent.rules import ReadingRules
from gateway.consent.stated import StatedSource
from gateway.consent.tc_votes import TCF_CARRIER, TCF_COOKIES, TcfSource, TcRules
from gateway.consent.us_votes import USP_PLACES, LimitedSource, UspSource
from gateway.consent.vendor_basis import Interest
from gateway.facts import ConsentSource


class Source(Protocol):
    """Something in a request that speaks for the visitor. `cookies` are the names it looks at, or patterns of them
    (`gateway.consent.names`); `carriers` the names of `carriers.NAMES`."""

    @property
    def cookies(self) -> frozenset[bytes]:
        """The names of the cookies it reads, some of them patterns."""

    @property
    def carriers(self) -> frozenset[str]:
        """What it reads of the path, the query and the body."""

    def vote(self, scene: Scene) -> Ballot:
        """What it says; never raises, whatever the request holds."""


def assemble(rules: ReadingRules, receipt_key: bytes, cmps: Mapping[str, Cmp]) -> tuple[Source, ...]:
    """The sources of a policy: the gateway's own cookies, then the foreign sources."""
    own = ReceiptSource(rules, receipt_key, trusted=any(line.kind == OWN for line in rules.trust))
    return (own, OptOutSource(rules.refusable), *assemble_foreign(rules, cmps))


def assemble_foreign(rules: ReadingRules, cmps: Mapping[str, Cmp]) -> tuple[Source, ...]:
    """The sources that other software wrote, each place once."""
    told = _Told(rules, cmps)
    trusted = [source for line in rules.trust for source in told.trusted(line)]
    taken = {_place(source) for source in trusted}
    return (*trusted, *(source for source in told.others() if _place(source) not in taken))


_Placed = CmpSource | TcfSource | GppSource


def _place(source: Source) -> tuple[type, object]:
    if isinstance(source, CmpSource):
        return CmpSource, (source.name, source.cookie)
    return type(source), source.place if isinstance(source, TcfSource | GppSource | UspSource) else None


def places(line: ConsentSource, cookies: tuple[str, ...], carrier: str) -> tuple[Place, ...]:
    """Where the strings are that a line of `signals.trust` speaks of: in the cookie it names, else wherever known."""
    if line.cookie:
        return (Place(line.cookie),)
    return (*(Place(cookie) for cookie in cookies), Place(carrier, carried=True))


class _Told:
    """The sources, with what the policy asks of each."""

    def __init__(self, rules: ReadingRules, cmps: Mapping[str, Cmp]) -> None:
        self._rules = rules
        self._cmps = cmps
        tcf = [line for line in rules.trust if line.kind == "tcf"]
        self._answered = tuple(place for line in tcf for place in places(line, TCF_COOKIES, TCF_CARRIER))
        self._untrusted = self._tc(None, self._answered)
        anywhere = {
            line.kind: self._tc(line) for line in rules.trust if not line.cookie and line.kind in ("tcf", "gpp")
        }
        self._sensitive = tuple(name for name, rule in rules.purposes.items() if rule.family == "sensitive")
        self._tc_inside = anywhere.get("tcf", self._untrusted)
        self._gpp_inside = self._gpp(anywhere.get("gpp", self._untrusted))

    def trusted(self, line: ConsentSource) -> Iterator[_Placed]:
        """The sources of one line."""
        if line.kind == "cmp" and line.vendor in self._cmps:
            cmp = self._cmps[line.vendor].with_cookie(line.cookie)
            yield self._cmp(cmp, line)
        elif line.kind == "tcf":
            asked = self._tc(line)
            yield from (TcfSource(place, asked) for place in places(line, TCF_COOKIES, TCF_CARRIER))
        elif line.kind == "gpp":
            rules = self._gpp(self._tc(line))
            yield from (GppSource(place, rules) for place in places(line, GPP_COOKIES, GPP_CARRIER))

    def others(self) -> Iterator[Source]:
        """Every source there is, as one that nobody trusts."""
        for cmp in self._cmps.values():
            yield self._cmp(cmp, None)
        for place in (*map(Place, TCF_COOKIES), Place(TCF_CARRIER, carried=True)):
            yield TcfSource(place, self._untrusted)
        for place in (*map(Place, GPP_COOKIES), Place(GPP_CARRIER, carried=True)):
            yield GppSource(place, self._gpp(self._untrusted))
        for place in USP_PLACES:
            yield UspSource(place, self._rules.sold)
        yield LimitedSource(self._rules.sold)
        yield GoogleSource(questions(self._rules, None, GOOGLE_OF))
        yield StatedSource(questions(self._rules, None, CATEGORIES_OF))
        yield PassedOnSource()

    def _cmp(self, cmp: Cmp, line: ConsentSource | None) -> CmpSource:
        asked = questions(self._rules, line, CATEGORIES_OF)
        return CmpSource(cmp, asked, self._tc_inside, self._gpp_inside, frozenset({cmp.cookie}) & frozenset(COOKIES))

    def _tc(self, line: ConsentSource | None, answered: tuple[Place, ...] = ()) -> TcRules:
        rules = self._rules
        vendors = rules.vendor_list
        interest = None if vendors is None else Interest(vendors, bool(line and line.legitimate_interest))
        return TcRules.of(questions(rules, line, TCF_OF), rules.recipients, interest, answered)

    def _gpp(self, tc: TcRules) -> GppRules:
        return GppRules(self._rules.sold, self._rules.refusable, self._sensitive, tc)
