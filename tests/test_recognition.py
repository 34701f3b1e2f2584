from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bootstrap.shipped import cmps, resolver
from gateway.consent.read import SignalReader
from gateway.consent.receipt import COOKIE, Choice, ConsentRecord, seal
from gateway.consent.rules import ReadingRules
from gateway.policy.compile import read_policy
from gateway.recognition import Recognition
from gateway.region.edge import Edge
from gateway.region.locate import Locator

KEY = bytes(range(32))
NOW = 1_764_000_000
DAY = 86_400
POLICY = """\
policy: 1
name: known
extends: packs/baseline-2026.11.yaml
unknown_region: strictest
purposes:
  ads: {label: Ads, family: advertising, sale_or_share: true, profile: %s}
  operate: {label: The basket, family: necessary, profile: lasting}
  insight: {label: Use, family: analytics, profile: lasting}
profiles:
  lasting: {ip: drop, user_agent: drop, referrer: drop, url: path, id: keyed_hash, time: day, geo: drop}
  daily: {ip: drop, user_agent: drop, referrer: drop, url: path, id: daily_hash, time: day, geo: drop}
regions:
  de:
    match: [DE]
    basis: {ads: opt_in, insight: opt_in}
    consent: {%s}
signals:
  trust: [{source: gateway_receipt}]
  gpc: {refuses: [sale_or_share], override: never}
  dnt: {refuses: [everything_else], override: never}
destinations:
  vendor: {party: third, controller_country: US, events: {purchase: [ads]}, fields: [event.name%s]}
  stats: {party: processor, controller_country: DE, events: {purchase: [operate]}, fields: [event.name, id.visitor]}
"""


def recognition(profile="lasting", lasts="valid_for: 90d", more=", id.visitor"):
    path = Path("policies/known.yaml")
    reading = read_policy(POLICY % (profile, lasts, more), str(path), resolver(path))
    assert reading.policy is not None, [(f.code, f.message) for f in reading.findings if f.severity == "error"]
    rules = ReadingRules(reading.policy.purposes, reading.policy.trust)
    locator = Locator(["127.0.0.1"], Edge(country="X-Country"), "x-forwarded-for")
    return Recognition(SignalReader(rules, KEY, cmps(), str), locator, reading.policy, frozenset())


def seconds(asked, country="DE", headers=None, **answers):
    choices = tuple(Choice(name, yes, asked.policy.purposes[name].terms) for name, yes in answers.items())
    value = seal(ConsentRecord("record", NOW, NOW + 1000 * DAY, choices), KEY, "shop")
    fields = {b"cookie": [f"{COOKIE}={value}".encode()], b"x-country": [country.encode()], **(headers or {})}
    return asked.seconds(fields, "127.0.0.1", "shop", NOW)


def test_who_agreed_to_something_that_needs_it_is_known_as_long_as_a_yes_lasts():
    assert seconds(recognition(), ads=True) == 90 * DAY


def test_nobody_is_known_for_longer_than_a_tracker_may_live_where_he_is():
    assert seconds(recognition(lasts="valid_for: 90d, cookie_max_age: 30d"), ads=True) == 30 * DAY


def test_a_place_that_may_be_anywhere_has_the_shortest_time_of_all():
    assert 0 < seconds(recognition(), country="XX", ads=True) <= 90 * DAY


@pytest.mark.parametrize("answers", [{}, {"ads": False}, {"insight": True}, {"ads": False, "insight": True}])
def test_who_did_not_agree_is_not_known_and_what_needs_no_question_is_no_reason(answers):
    assert seconds(recognition(), **answers) == 0


def test_where_nothing_that_lasts_is_sent_nobody_is_known():
    assert seconds(recognition(profile="daily"), ads=True) == 0
    assert seconds(recognition(more=""), ads=True) == 0


def test_an_opt_out_signal_stands_above_the_yes():
    assert seconds(recognition(), headers={b"sec-gpc": [b"1"]}, ads=True) == 0


def test_on_a_site_for_children_nobody_is_known():
    anywhere = recognition()
    assert seconds(replace(anywhere, child_directed=frozenset(("other",))), ads=True) == 90 * DAY
    assert seconds(replace(anywhere, child_directed=frozenset(("shop",))), ads=True) == 0


def test_it_knows_where_a_request_comes_from_as_far_as_a_proxy_that_is_trusted_says_so():
    asked, forwarded = recognition(), {b"x-forwarded-for": [b"198.51.100.1, 203.0.113.7"]}
    assert str(asked.address(forwarded, "127.0.0.1", "shop", NOW)) == "203.0.113.7"
    assert str(asked.address(forwarded, "192.0.2.1", "shop", NOW)) == "192.0.2.1"
    assert asked.address(forwarded, "nobody", "shop", NOW) is None
