import functools
import itertools
import random

import pytest

from gateway.facts import Facts, Signals, Vote
from gateway.policy import promises
from gateway.policy.model import regions_of
from gateway.policy.promises import prove
from gateway.policy.schema import GIVEN_FLAGS
from gateway.policy.situations import facts_of, read_situation
from tests.policy.made import SMALL, TODAY, shipped, small


def broken(promise, old="", new=""):
    text = f"{SMALL}always: [{promise}]\n"
    return [failure.text for failure in prove(small(old, new, text), TODAY).failures]


def test_the_promises_of_the_shop_hold():
    report = prove(shipped("shop"), TODAY)
    assert report.failures == []
    assert report.promises == 8
    assert report.states > 3_000_000
    assert 10_000 < report.checked < 100_000


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
        law = shop.lawbook.law(regions_of(region), TODAY)
        ground = promises.Ground(region, TODAY, law)
        for age, old in itertools.product((None, *range(9, 22)), (None, -1, 0, 1, 179, 180, 181, 365, 366, 729, 731)):
            stand_in_age = None if age is None else law.under if age >= law.under else law.under - 1
            stand_in_old = old if old is None or old < 0 else law.valid_for + (old > law.valid_for)
            flags = {name: dice.random() < 0.3 for name in GIVEN_FLAGS}
            inputs = promises.Inputs(tuple(flags.values()), stand_in_age, (stand_in_old,))
            mine = promises._visit(rule, "purchase", ground, inputs)
            votes = () if old is None else (Vote("measure", "gateway_receipt", old >= 0, day=TODAY - max(0, old)),)
            signals = Signals(votes, flags["gpc"], flags["dnt"], flags["notified"])
            theirs = Facts(mine.facts.regions, signals, flags["bot"], age, flags["suppressed"])
            expected = shop.judge(theirs, "purchase", "google_ads", TODAY)
            assert shop.ask(mine, "google_ads") == expected


def test_a_mapping_of_choices_leaves_the_other_purposes_open_and_none_does_not():
    both = SMALL.replace("meta: deny}", "meta: deny}").replace("events: {view: [ads]}", "events: {view: [ads, visits]}")
    refused = "always: [{name: n, when: {consent: {ads: yes}}, deny: [meta]}]"
    assert len(prove(small(text=f"{both}{refused}\n"), TODAY).failures) == 1
    silent = "always: [{name: n, when: {consent: none}, deny: [meta]}]"
    assert prove(small(text=f"{both}{silent}\n"), TODAY).failures == []


def test_an_observing_policy_is_tried_as_if_it_enforced():
    promise = "{name: n, when: {region: FR}, deny: [third_parties]}"
    assert len(broken(promise, "name: small", "name: small\nmode: observe")) == 1


LAX = SMALL.replace("advertising: opt_in", "advertising: opt_out, functional: notice").replace(
    "destinations:",
    """\
  fr: {match: [FR], inherits: world, because: the board said so, basis: {advertising: opt_in}, minors: {under: 12}}
  us-ca: {match: [US-CA], inherits: world, because: the board said so, signals: {gpc: binding, dnt: ignore}, consent: {valid_for: 90d}}
signals: {gpc: {refuses: [sale_or_share], override: after_notice}}
destinations:""",
)
REGIONS = ("FR", "US", "US-CA", "US-TX", "JP", "unknown")
PINS = [
    "region: [FR]", "region: [US-CA, US]", "region: unknown", "gpc: yes", "gpc: no", "dnt: yes", "dnt: no",
    "notified: no", "notified: yes", "age: 11", "age: 13", "age: 17", "consent: none", "consent: all",
    "consent: {ads: no}", "consent: {ads: yes}", "consent: {visits: no}", "consent_age: 95d", "consent_age: 101d",
    "suppressed: no", "bot: no", "event: view",
]  # fmt: skip


def brute_force(policy):
    """Whether some situation breaks the only promise, found by trying each without any thought of classes."""
    (promise,) = policy.promises
    choices = [{}] + [{"ads": yes} for yes in (True, False)]
    for region, gpc, dnt, notified, age, given, old in itertools.product(
        promise.regions or REGIONS,
        *[(False, True)] * 3,
        (None, 11, 12, 13, 15, 16, 17),
        choices,
        (0, 90, 91, 95, 100, 101),
    ):
        words = {"gpc": gpc, "dnt": dnt, "notified": notified, "age": age, "consent_age": old}
        pins = {name: value for name, value in promise.pins.items() if name not in ("event", "consent")}
        pinned = dict(promise.pins.get("consent", ()))
        chosen = {"ads": pinned["ads"]} if "ads" in pinned else given
        said = {name: yes for name, yes in chosen.items() if yes is not None}
        situation = read_situation({"region": region, **words, **pins, "consent": said}, policy.purposes)
        if policy.judge(facts_of(situation, TODAY), "view", "meta", TODAY).allow:
            return True
    return False


def test_a_proof_agrees_with_trying_everything():
    dice, outcomes = random.Random(3), set()
    for _ in range(25):
        pins = {pin.partition(":")[0]: pin for pin in dice.sample(PINS, dice.randrange(2, 6))}
        promise = f"{{name: n, when: {{{', '.join(pins.values())}}}, deny: [meta]}}"
        policy = small(text=f"{LAX}always: [{promise}]\n")
        broken_by_proof = bool(prove(policy, TODAY).failures)
        assert broken_by_proof == brute_force(policy), promise
        outcomes.add(broken_by_proof)
    assert outcomes == {True, False}


PINNED = "event: view, consent: none, age: 20, gpc: no, dnt: no, notified: no, bot: no, suppressed: no"


@pytest.mark.parametrize(
    ("when", "checked", "states"),
    [
        (f"region: FR, {PINNED}", 1, 1),
        (f"region: [FR, DE], {PINNED}", 1, 2),
        (f"region: FR, {PINNED}".replace("gpc: no, ", ""), 2, 2),
        (f"region: FR, {PINNED}".replace("age: 20, ", ""), 3, 3),
        (f"region: FR, {PINNED}".replace("consent: none", "consent: {ads: no}"), 1, 1),
        (f"region: [FR, JP, US], {PINNED}".replace("bot: no, ", "").replace("age: 20, ", ""), 4, 18),
    ],
)
def test_what_was_tried_and_what_it_stands_for_are_counted(when, checked, states):
    report = prove(small(text=f"{SMALL}always: [{{name: n, when: {{{when}}}, deny: [meta]}}]\n"), TODAY)
    assert (report.failures, report.checked, report.states) == ([], checked, states)


MANY = {"ads": "opt_in", "p1": "notice", "p2": "opt_out", "p3": "opt_in", "p4": "legitimate_interest", "p5": "opt_in"}
CROWDED = (
    SMALL.replace("  ads: {", "".join(f"  {name}: {{family: analytics}}\n" for name in list(MANY)[1:]) + "  ads: {")
    .replace("advertising: opt_in}", f"{', '.join(f'{name}: {basis}' for name, basis in MANY.items())}}}")
    .replace("events: {view: [ads]}", f"events: {{view: [{', '.join(MANY)}]}}")
)


def any_combination_passes(policy, answers):
    """Whether some combination of answers to the six purposes is let through, found by trying each."""
    named = [dict(zip(MANY, given, strict=True)) for given in itertools.product(*(answers[name] for name in MANY))]
    for given in named:
        votes = tuple(Vote(name, "gateway_receipt", age >= 0, day=TODAY - max(0, age)) for name, age in given.items() if age is not None)  # fmt: skip
        if policy.judge(Facts(("FR",), Signals(votes)), "view", "meta", TODAY).allow:
            return True
    return False


def test_of_very_many_combinations_those_that_are_tried_are_enough():
    dice, outcomes = random.Random(5), []
    pinned = "region: FR, age: 20, gpc: no, dnt: no, notified: no, bot: no, suppressed: no"
    for _ in range(12):
        choices = {name: dice.random() < 0.7 for name in dice.sample(list(MANY), dice.randrange(2))}
        told = ", ".join(f"{name}: {'yes' if yes else 'no'}" for name, yes in choices.items())
        when = f"{pinned}, consent: {{{told}}}"
        never = dice.sample(["opt_out", "notice", "legitimate_interest"], dice.randrange(2))
        text = functools.reduce(lambda text, basis: text.replace(basis, "prohibited"), never, CROWDED)
        policy = small(text=f"{text}always: [{{name: n, when: {{{when}}}, deny: [meta]}}]\n")
        yes, asked = (100, 101), {True: (100, 101), False: (-1,)}
        answers = {name: asked[choices[name]] if name in choices else (None, -1, *yes) for name in MANY}
        broken_by_proof = bool(prove(policy, TODAY).failures)
        assert broken_by_proof == any_combination_passes(policy, answers), when
        outcomes.append(broken_by_proof)
    assert set(outcomes) == {True, False}


def test_an_event_with_very_many_purposes_is_proved_without_trying_each_combination():
    policy = small(text=f"{CROWDED}always: [{{name: n, when: {{consent: {{p5: no}}}}, deny: [meta]}}]\n")
    report = prove(policy, TODAY)
    assert report.failures == []
    assert 0 < report.checked * 50 < report.states
