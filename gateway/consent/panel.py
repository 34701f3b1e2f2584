"""Decide which sources are asked, in which order, and with which questions.

First the lines of the policy's `signals.trust`, in their order; then every other source that is known, which can only
refuse. A line that names a platform nobody knows asks nobody, and so grants nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from gateway.consent import usp
from gateway.consent.ballot import Ballot, Scene
from gateway.consent.cmps import Cmp
from gateway.consent.meaning import CATEGORIES_OF, TCF_OF, questions
from gateway.consent.own import NAME as OWN
from gateway.consent.own import ReceiptSource
from gateway.consent.rules import ReadingRules
from gateway.consent.sources import GPP_COOKIES, TCF_COOKIES, CmpSource, GppSource, TcfSource, UspSource
from gateway.facts import ConsentSource


class Source(Protocol):
    """Something in the cookies that speaks for the visitor. `cookies` are the names it looks at, or patterns of them
    (`gateway.consent.names`)."""

    @property
    def cookies(self) -> frozenset[bytes]:
        """The names of the cookies it reads, some of them patterns."""

    def vote(self, scene: Scene) -> Ballot:
        """What it says; never raises, whatever the cookies hold."""


def assemble(rules: ReadingRules, receipt_key: bytes, cmps: Mapping[str, Cmp]) -> tuple[Source, ...]:
    """The sources of a policy: the gateway's own receipt, then the foreign ones."""
    own = ReceiptSource(rules, receipt_key, trusted=any(line.kind == OWN for line in rules.trust))
    return (own, *assemble_foreign(rules, cmps))


def assemble_foreign(rules: ReadingRules, cmps: Mapping[str, Cmp]) -> tuple[Source, ...]:
    """The sources that other software wrote, each cookie once."""
    trusted = [source for line in rules.trust for source in _trusted(line, rules, cmps)]
    taken = {(type(source), source.cookie) for source in trusted}
    others = [source for source in _others(rules, cmps) if (type(source), source.cookie) not in taken]
    return (*trusted, *others)


_CookieSource = CmpSource | TcfSource | GppSource | UspSource


def _trusted(line: ConsentSource, rules: ReadingRules, cmps: Mapping[str, Cmp]) -> Iterator[_CookieSource]:
    if line.kind == "cmp" and line.vendor in cmps:
        cmp = cmps[line.vendor]
        strings = questions(rules, None, TCF_OF)
        yield CmpSource(cmp.with_cookie(line.cookie), questions(rules, line, CATEGORIES_OF), strings)
    elif line.kind == "tcf":
        for cookie in (line.cookie,) if line.cookie else TCF_COOKIES:
            yield TcfSource(cookie, questions(rules, line, TCF_OF))
    elif line.kind == "gpp" and line.cookie:
        yield GppSource(line.cookie, rules.sold)


def _others(rules: ReadingRules, cmps: Mapping[str, Cmp]) -> Iterator[_CookieSource]:
    strings = questions(rules, None, TCF_OF)
    for cmp in cmps.values():
        yield CmpSource(cmp, questions(rules, None, CATEGORIES_OF), strings)
    for cookie in TCF_COOKIES:
        yield TcfSource(cookie, strings)
    for cookie in GPP_COOKIES:
        yield GppSource(cookie, rules.sold)
    yield UspSource(usp.COOKIE, rules.sold)
