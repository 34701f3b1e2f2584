import itertools
import random

import pytest

from gateway.facts import Facts, Signals, Vote
from gateway.policy import promises
from gateway.policy.promises import prove
from tests.policy.made import SMALL, TODAY, shipped, small


def broken(promise, old="", new=""):
    text = f"{SMALL}always: [{promise}]\n"
    return [failure.text for failure in prove(small(old, new, text), TODAY).failures]


def test_the_promises_of_the_shop_hold():
    report = prove(shipped("shop"), TODAY)
    assert report.failures == []
    assert report.promises == 8
    assert report.checked > 100_000


def test_a_promise_that_holds_is_proved_and_one_that_does_not_gets_a_counterexample():
    assert broken("{name: n, when: {consent: none}, deny: [third_parties]}") == []
    (text,) = broken("{name: n, when: {region: FR}, deny: [third_parties]}")
    assert text == "meta would receive it: region FR, event view, ads=yes 100d ago"


@pytest.mark.parametrize(
    ("promise", "old", "new"),
    [
        ("{name: n, when: {gpc: yes}, deny: [meta]}", "destinations:", "signals: {gpc: {refuses: [sale_or_share], override: after_notice}}\ndestinations:"),
        ("{name: n, when: {age: 15}, deny: [meta]}", "under: 16", "under: 15"),
        ("{name: n, when: {consent: all, consent_age: 100d}, deny: [meta]}", "", ""),
        ("{name: n, when: {region: unknown, consent: none}, deny: [meta]}", "advertising: opt_in", "advertising: opt_out"),
        ("{name: n, when: {region: FR, event: view}, deny: [everything]}", "", ""),
        ("{name: n, never_sends: {page.url: origin}}", "", ""),
        ("{name: n, never_sends: {page.url: any}}", "", ""),
        ("{name: n, never_sends: {page: any}}", "", ""),
    ],
)  # fmt: skip
def test_a_counterexample_is_found_wherever_it_hides(promise, old, new):
    assert len(broken(promise, old, new)) == 1


@pytest.mark.parametrize(
    "promise",
    [
        "{name: n, when: {gpc: yes}, deny: [third_parties]}",
        "{name: n, when: {age: 15}, deny: [everything]}",
        "{name: n, when: {suppressed: yes}, deny: [everything]}",
        "{name: n, when: {consent: all, consent_age: 101d}, deny: [everything]}",
        "{name: n, when: {consent: {ads: no}}, deny: [meta]}",
        "{name: n, when: {event: unheard}, deny: [everything]}",
        "{name: n, never_sends: {page.url: allowlist, client.ip: any}}",
    ],
)
def test_a_promise_that_holds_is_not_doubted(promise):
    assert broken(promise) == []


def test_a_law_that_is_yet_to_come_can_break_a_promise():
    later = "  fr: {match: [FR], inherits: world, because: decided by the board, applies_from: '2027-01-01', basis: {ads: notice}}\ndestinations:"
    promise = "{name: n, when: {consent: none}, deny: [meta]}"
    assert broken(promise, "destinations:", later) == ["meta would receive it: region FR, event view, ads unset"]


def test_a_state_that_is_blocked_hides_no_other_place():
    promise = "{name: n, when: {region: [US, FR], consent: all}, deny: [meta]}"
    assert len(broken(promise, "party: third", "party: third\n    block_regions: [US-CA]")) == 1


def test_any_situation_is_decided_like_the_one_that_stands_for_it():
    shop, dice = shipped("shop"), random.Random(7)
    rule = shop.destinations["google_ads"]
    for region in ("FR", "US-CA", "US", "JP", "unknown"):
        (ground,) = promises._grounds(shop, rule, "purchase", [(region, TODAY)])
        law = ground.law
        for age, old in itertools.product((None, *range(9, 22)), (None, -1, 0, 1, 179, 180, 181, 365, 366, 729, 731)):
            stand_in_age = None if age is None else law.under if age >= law.under else law.under - 1
            stand_in_old = old if old is None or old < 0 else law.valid_for + (old > law.valid_for)
            flags = {name: dice.random() < 0.3 for name in ("gpc", "dnt", "notified", "bot", "suppressed")}
            mine = promises._visit(rule, "purchase", ground, promises.Inputs(flags, stand_in_age, (stand_in_old,)))
            votes = () if old is None else (Vote("measure", "gateway_receipt", old >= 0, day=TODAY - max(0, old)),)
            signals = Signals(votes, flags["gpc"], flags["dnt"], flags["notified"])
            theirs = Facts(mine.facts.regions, signals, flags["bot"], age, flags["suppressed"])
            expected = shop.judge(theirs, "purchase", "google_ads", TODAY)
            assert shop.ask(mine, "google_ads") == expected
