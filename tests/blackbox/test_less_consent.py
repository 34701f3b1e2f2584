"""Less consent never sends more: not with a no beside whatever else a hit carries, not with a yes taken away.

Hits are put together at random from everything that can carry a signal, read by the real reader and judged by the shop's
policy, in places with and without a law that asks first. What is compared is who gets the event, and how much of it.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.bootstrap.shipped import cmps, resolver
from gateway.consent.read import SignalReader
from gateway.consent.receipt import COOKIE, Choice, ConsentRecord, seal
from gateway.consent.rules import ReadingRules, Recipient
from gateway.consent.vendor_list import ListedVendor
from gateway.facts import ConsentSource, Facts
from gateway.hit import Hit
from tests.consent.tcf_packer import core, disclosed, entries, gpp_header, number, vendors
from tests.consent.test_gpp_us import GPC_SET, packed
from tests.policy.made import loaded

NOW = 1_795_617_000.0
DAY = int(NOW // 86_400)
KEY = bytes(range(32))
SHOP = Path(__file__).parents[2] / "policies" / "shop.yaml"
EVERYTHING = tuple(range(1, 12))
PLACES = ((), ("FR",), ("US-CA",), ("US-TX",), ("US-OH",), ("CA-ON",), ("JP",), ("AU",))
EVENTS = ("purchase", "page_view")


def policies():
    """The shop's policy as it is, and one that trusts strings wherever they come and lets vendors rest on interest."""
    policy = loaded(SHOP.read_text("utf-8"), str(SHOP), resolver(SHOP))
    trust = (
        ConsentSource("gateway_receipt"), ConsentSource("tcf", legitimate_interest=True), ConsentSource("gpp"),
        ConsentSource("cmp", "onetrust"), ConsentSource("cmp", "cookiebot"),
    )  # fmt: skip
    return {"as it is": policy, "trusting": replace(policy, trust=trust)}


POLICIES = policies()
PURPOSES = POLICIES["as it is"].purposes
IDS = {"ga4": 755, "google_ads": 755, "linkedin": 804, "x": 77}
LISTED = {
    755: ListedVendor(frozenset({1, 3, 4}), frozenset({2, 7, 9, 10}), frozenset({7})),
    804: ListedVendor(frozenset(EVERYTHING), frozenset(), frozenset()),
    77: ListedVendor(frozenset({1}), frozenset({7, 8}), frozenset({7, 8})),
}


def readers():
    found = {}
    for name, policy in POLICIES.items():
        recipients = tuple(
            Recipient(
                each.name, frozenset(one for served in each.events.values() for one in served), IDS.get(each.name, 0)
            )
            for each in policy.destinations.values()
        )
        rules = ReadingRules(policy.purposes, policy.trust, recipients, LISTED if name == "trusting" else None)
        found[name] = SignalReader(rules, KEY, cmps(), str)
    return found


READERS = readers()


class Piece(NamedTuple):
    """One signal: a cookie, a parameter or a header."""

    where: str
    name: str
    value: str


def tc(consent=EVERYTHING, consented=(755, 804, 77), day=DAY - 2, **fields):
    shown = disclosed(755, 804, 77)
    return f"{core(day=day, consent=consent, consented=vendors(*consented, highest=900), **fields)}.{shown}"


def receipt(*yes):
    answers = tuple(Choice(name, name in yes, PURPOSES[name].terms) for name in PURPOSES if name != "operate")
    return seal(ConsentRecord("r", int(NOW) - 600, int(NOW) + 86_400, answers), KEY, "shop")


def gpp(**sections):
    return "~".join((gpp_header(*(int(name[1:]) for name in sections)), *sections.values()))


CLOSED = "OptanonAlertBoxClosed", "2026-11-20T08:00:00.000Z"
# Each says yes to everything, or says nothing against anything.
YES = [
    Piece("cookie", COOKIE, receipt(*PURPOSES)),
    Piece("cookie", "euconsent-v2", tc()),
    Piece("cookie", "euconsent-v2", tc(interest=(2, 7, 8, 9), interested=vendors(755, 77))),
    Piece("query", "gdpr_consent", tc()),
    Piece("body", "gdpr_consent", tc(day=DAY - 3)),
    Piece("cookie", "OptanonConsent", "groups=C0001:1,C0002:1,C0003:1,C0004:1,C0005:1"),
    Piece("cookie", *CLOSED),
    Piece("cookie", "__gpp", gpp(s2=tc())),
    Piece("query", "gpp", gpp(s2=tc())),
    Piece("query", "gcs", "G111"),
    Piece("query", "us_privacy", "1YNN"),
]  # fmt: skip
# Each says yes to something and no to something.
BOTH = [
    Piece("cookie", "euconsent-v2", tc(consent=(1, 8))),
    Piece("query", "gdpr_consent", tc(consent=(1,), interest=(7, 8), interested=vendors(755, 77))),
    Piece("query", "gdpr_consent", tc(consented=(755,))),
    Piece("query", "gdpr_consent", tc(restrictions=number(1, 12) + number(7, 6) + number(0, 2) + entries((755, 804)))),
    Piece("query", "gpp", gpp(s2=tc(consent=(1, 7)))),
]
# Each refuses something, or cannot be read, and says yes to nothing.
NO = [
    Piece("cookie", "euconsent-v2", tc(consent=())),
    Piece("cookie", "euconsent-v2", "undefined"),
    Piece("query", "gdpr_consent", tc(consent=(2, 3, 4, 7, 8))),
    Piece("query", "gdpr_consent", "${GDPR_CONSENT_755}"),
    Piece("body", "gdpr_consent", tc(consent=(1, 2, 3))),
    Piece("query", "gdpr", "1"),
    Piece("query", "gdpr", "undefined"),
    Piece("query", "gpp", gpp(s7=packed(7, SaleOptOut=1))),
    Piece("query", "gpp", gpp(s2=tc(consent=(2, 7)))),
    Piece("query", "gpp", "DBAB"),
    Piece("cookie", "__gpp", gpp(s8=packed(8) + GPC_SET)),
    Piece("query", "gpp_sid", "7"),
    Piece("query", "gpp_sid", "2"),
    Piece("query", "gpp_sid", "5"),
    Piece("query", "gpp_sid", "7,99"),
    Piece("query", "gpp_sid", "%%SID%%"),
    Piece("query", "gpp", gpp(s99="AAAA")),
    Piece("query", "consent_string", tc(consent=(2, 3))),
    Piece("query", "consent_string", "1YYN"),
    Piece("body", "us_privacy", "1YYN"),
    Piece("body", "gpp", gpp(s13=packed(13, TargetedAdvertisingOptOut=1))),
    Piece("query", "us_privacy", "1YYN"),
    Piece("cookie", "usprivacy", "1YYN"),
    Piece("query", "gcs", "G100"),
    Piece("query", "gcd", "13p3p3p3p5"),
    Piece("query", "npa", "1"),
    Piece("query", "dpo", "LDU"),
    Piece("query", "dpo[]", "LDU"),
    Piece("query", "cd[us_privacy]", "1YYN"),
    Piece("query", "regs%5Bgpc%5D", "1"),
    Piece("query", "gpc", "true"),
    Piece("query", "dnt", "1"),
    Piece("query", "tfcd", "1"),
    Piece("body", "lmt", "1"),
    Piece("cookie", "OptanonConsent", "groups=C0002:0,C0004:0"),
    Piece("cookie", "CookieConsent", "{statistics:false,marketing:false,method:'explicit',stamp:'x'}"),
    Piece("header", "sec-gpc", "1"),
    Piece("header", "dnt", "1"),
]  # fmt: skip
# Each would be a reason to do more in the eyes of whoever wrote it.
LOOSENING = [
    Piece("query", "gdpr", "0"), Piece("query", "us_privacy", "1---"), Piece("query", "gpp_sid", "-1"), Piece("header", "dnt", "0"),
    Piece("header", "sec-gpc", "0"), Piece("query", "gcs", "G111"), Piece("query", "npa", "0"), Piece("query", "gdpr_consent", ""),
    Piece("query", "dpo", ""), Piece("query", "gcd", "13t3t3t3t5"), Piece("query", "gpp", ""),
    Piece("query", "dnt", "0"), Piece("query", "gpc", "0"), Piece("query", "coppa", "0"), Piece("query", "lmt", "0"),
]  # fmt: skip


def hit(pieces):
    headers: dict[bytes, list[bytes]] = {}
    cookies = "; ".join(f"{piece.name}={piece.value}" for piece in pieces if piece.where == "cookie")
    if cookies:
        headers[b"cookie"] = [cookies.encode()]
    for piece in pieces:
        if piece.where == "header":
            headers.setdefault(piece.name.encode(), []).append(piece.value.encode())
    query = "&".join(f"{piece.name}={piece.value}" for piece in pieces if piece.where == "query")
    events = [{piece.name: piece.value} for piece in pieces if piece.where == "body"]
    body = json.dumps([{"name": "purchase"}, *events]).encode() if events else b""
    return Hit("POST" if body else "GET", "/e", query, headers, body, "192.0.2.1", NOW, "shop")


def sent(name, pieces, place, event):
    """Destination -> what it gets: the Google types that count as granted."""
    policy = POLICIES[name]
    facts = Facts(place, READERS[name].read(hit(pieces)).signals)
    decision = policy.decide(facts, event, tuple(policy.destinations), DAY)
    return {verdict.destination: verdict.sends.grants for verdict in decision.permits}


def no_more(less, more):
    return all(destination in more and grants <= more[destination] for destination, grants in less.items())


ANYTHING = st.lists(st.sampled_from([*YES, *YES, *BOTH, *NO, *LOOSENING]), max_size=6)
SOMEWHERE = st.sampled_from(PLACES)
QUIET = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(
    st.sampled_from(sorted(POLICIES)),
    ANYTHING,
    st.sampled_from(NO),
    SOMEWHERE,
    st.sampled_from(EVENTS),
    st.integers(0, 6),
)
def test_a_no_beside_whatever_else_never_sends_more(policy, pieces, no, place, event, at):
    more = [*pieces[:at], no, *pieces[at:]]
    assert no_more(sent(policy, more, place, event), sent(policy, pieces, place, event))


@QUIET
@given(
    st.sampled_from(sorted(POLICIES)),
    ANYTHING,
    st.sampled_from(YES),
    SOMEWHERE,
    st.sampled_from(EVENTS),
    st.integers(0, 6),
)
def test_a_yes_taken_away_never_sends_more(policy, pieces, yes, place, event, at):
    more = [*pieces[:at], yes, *pieces[at:]]
    if sum((piece.where, piece.name) == (yes.where, yes.name) for piece in more) == 1:
        assert no_more(sent(policy, pieces, place, event), sent(policy, more, place, event))


@QUIET
@given(st.sampled_from(sorted(POLICIES)), ANYTHING, st.sampled_from(LOOSENING), SOMEWHERE, st.sampled_from(EVENTS))
def test_what_says_that_no_law_applies_never_sends_more(policy, pieces, loosening, place, event):
    assert no_more(sent(policy, [*pieces, loosening], place, event), sent(policy, pieces, place, event))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_pieces_are_what_they_are_said_to_be(policy):
    everyone = sent(policy, YES[:1], ("FR",), "purchase")
    assert len(everyone) >= 4
    for piece in LOOSENING:
        assert sent(policy, [*YES[:1], piece], ("FR",), "purchase") == everyone
    refusing = [piece for piece in NO if piece.name != "gpp_sid"]
    for piece in (*refusing, *BOTH):
        assert sent(policy, [*YES[:1], piece], ("FR",), "purchase") != everyone, piece


def test_strings_alone_are_enough_where_they_are_trusted_and_nowhere_else():
    for piece in (YES[3], YES[8]):
        assert sent("trusting", [piece], ("FR",), "purchase")
        assert sent("as it is", [piece], ("FR",), "purchase").keys() <= {"own_stats"}
