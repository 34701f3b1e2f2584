import itertools
import random
import timeit
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.decision import Reason
from gateway.facts import Facts, Signals, Vote
from gateway.marked_yaml import load
from gateway.policy.decide import MAX_DECISIONS, is_blocked
from gateway.taxonomy import LEVELS, transform_of
from tests.policy.interpreter import Interpreter
from tests.policy.made import PACK, POLICIES, SMALL, TODAY, shipped, small

SHOP = shipped("shop")
EVERYWHERE = tuple(SHOP.destinations)
EVENTS = ("page_view", "purchase", "email_open", "never_heard_of")
CODES = (
    "FR",
    "DE",
    "GB",
    "GG",
    "CH",
    "US",
    "US-CA",
    "US-WY",
    "US-ZZZ",
    "CA",
    "CA-QC",
    "JP",
    "CN",
    "CL",
    "KP",
    "MQ",
    "BR",
    "NO",
)
SOURCES = ("gateway_receipt", "tcf", "onetrust")


DAYS = (None, TODAY + 2, TODAY + 1, TODAY, TODAY - 180, TODAY - 181, TODAY - 366, TODAY - 731)
FLAGS = (True, False)
VOTES = [Vote(*parts) for parts in itertools.product(SHOP.purposes, SOURCES, FLAGS, FLAGS, FLAGS, DAYS)]


def facts():
    signals = st.builds(
        Signals, st.lists(st.sampled_from(VOTES), max_size=8).map(tuple), st.booleans(), st.booleans(), st.booleans()
    )
    regions = st.lists(st.sampled_from(CODES), max_size=3, unique=True).map(tuple)
    ages = st.one_of(st.none(), st.integers(10, 20))
    return st.builds(Facts, regions, signals, st.just(False), ages, st.just(False))


def permitted(facts, event, policy=SHOP, day=TODAY):
    """(destination, field) -> how strict; and (destination, consent type) -> 0."""
    found = {}
    for verdict in policy.decide(facts, event, EVERYWHERE, day).permits:
        for field, level in verdict.sends.levels.items():
            transform = transform_of(field)
            found[verdict.destination, field] = LEVELS[transform].index(level) if transform else 0
        found |= {(verdict.destination, grant): 0 for grant in verdict.sends.grants}
    return found


def sends_no_more(less, more):
    return all(key in more and more[key] <= strictness for key, strictness in less.items())


def with_signals(facts, **changes):
    return facts._replace(signals=facts.signals._replace(**changes))


def verdict(policy, facts, event="view", destination="meta", day=TODAY):
    return policy.decide(facts, event, (destination,), day).verdicts[0]


def yes(purpose="ads", day=TODAY, **more):
    return Vote(purpose, more.pop("source", "gateway_receipt"), True, day=day, **more)


def no(purpose="ads", day=TODAY, source="gateway_receipt"):
    return Vote(purpose, source, False, day=day)


def asked(*votes, **more):
    return Facts(("FR",), Signals(votes, **more))


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS), st.integers(0, 7))
def test_less_consent_never_sends_more(situation, event, which):
    votes = situation.signals.votes
    less = tuple(vote for index, vote in enumerate(votes) if not (index == which and vote.grant))
    assert sends_no_more(permitted(with_signals(situation, votes=less), event), permitted(situation, event))


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS), st.sampled_from(list(SHOP.purposes)))
def test_another_no_never_sends_more(situation, event, purpose):
    more = (*situation.signals.votes, Vote(purpose, "somewhere", False, explicit=False, trusted=False))
    assert sends_no_more(permitted(with_signals(situation, votes=more), event), permitted(situation, event))


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS))
def test_gpc_and_dnt_never_send_more(situation, event):
    before = permitted(with_signals(situation, gpc=False, dnt=False), event)
    assert sends_no_more(permitted(with_signals(situation, gpc=True, dnt=False), event), before)
    assert sends_no_more(permitted(with_signals(situation, gpc=False, dnt=True), event), before)


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS), st.sampled_from(CODES))
def test_more_evidence_never_sends_more(situation, event, code):
    if situation.regions:
        more = situation._replace(regions=(*situation.regions, code))
        assert sends_no_more(permitted(more, event), permitted(situation, event))


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS))
def test_an_unknown_region_never_sends_more_than_a_known_one(situation, event):
    unknown = permitted(situation._replace(regions=()), event)
    assert sends_no_more(unknown, permitted(situation, event))
    assert permitted(situation._replace(regions=("XX",)), event) == unknown


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS))
def test_a_known_age_never_sends_more(situation, event):
    assert sends_no_more(permitted(situation, event), permitted(situation._replace(age=None), event))


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS))
def test_nobody_suppressed_and_no_bot_reaches_anyone(situation, event):
    assert permitted(situation._replace(suppressed=True), event) == {}
    assert permitted(situation._replace(bot=True), event) == {}


@settings(max_examples=100)
@given(facts(), st.sampled_from(EVENTS))
def test_every_level_is_at_least_as_strict_as_each_that_was_asked(situation, event):
    for one in SHOP.decide(situation, event, EVERYWHERE, TODAY).permits:
        rule = SHOP.destinations[one.destination]
        profiles = [SHOP.profiles[SHOP.purposes[name].profile] for name in rule.events[event]]
        ceilings = [region.ceiling() for region in SHOP.lawbook.law(situation.regions, TODAY).regions]
        for field, level in one.sends.levels.items():
            transform = transform_of(field)
            for source in (rule.anonymise, *profiles, *ceilings):
                if transform in source:
                    assert LEVELS[transform].index(source[transform]) <= LEVELS[transform].index(level)


def test_it_agrees_with_the_plain_reading_of_the_manual():
    texts = [(POLICIES / name).read_text("utf-8") for name in ("shop.yaml", PACK)]
    interpreter = Interpreter(*(load(text, "policy").value for text in texts), TODAY)
    dice = random.Random(2026)
    reasons = set()
    for _ in range(1500):
        regions = tuple(dice.sample(CODES, dice.choice((0, 1, 1, 1, 1, 2))))
        event = dice.choice(EVENTS)
        known = {name: dice.random() < 0.15 for name in ("gpc", "dnt", "notified", "suppressed", "bot")}
        known["age"] = dice.choice((None, None, None, 12, 15, 17, 18))
        known["regions"] = list(regions)
        known["votes"] = tuple(
            Vote(purpose, dice.choice(SOURCES), dice.random() < 0.8, dice.random() < 0.9, dice.random() < 0.9,
                 dice.choice((None, TODAY, TODAY - 100, TODAY - 200, TODAY - 400)))
            for purpose in SHOP.purposes for _ in range(dice.choice((0, 1, 1, 2)))
        )  # fmt: skip
        signals = Signals(known["votes"], known["gpc"], known["dnt"], known["notified"])
        situation = Facts(regions, signals, known["bot"], known["age"], known["suppressed"])
        for one in SHOP.decide(situation, event, EVERYWHERE, TODAY).verdicts:
            reason, sends = interpreter.ask(one.destination, event, known)
            assert (one.reason, one.sends and dict(one.sends.levels)) == (reason, sends), (situation, one.destination)
            reasons.add(reason)
    assert len(reasons) >= 13


def test_missing_means_no():
    policy = small()
    assert verdict(policy, asked()).reason == Reason.NO_CONSENT
    assert verdict(policy, asked(), event="unheard").reason == Reason.EVENT_NOT_LISTED
    assert verdict(policy, asked(), destination="nobody").reason == Reason.EVENT_NOT_LISTED
    assert verdict(small("advertising: opt_in", "functional: opt_in"), asked(yes())).reason == Reason.PROHIBITED


def test_a_yes_must_be_trusted_explicit_and_fresh():
    policy = small()
    assert verdict(policy, asked(yes())).allow
    assert verdict(policy, asked(yes(trusted=False))).reason == Reason.NO_CONSENT
    assert verdict(policy, asked(yes(explicit=False))).reason == Reason.NO_CONSENT
    assert verdict(policy, asked(yes(day=TODAY - 100))).allow
    assert verdict(policy, asked(yes(day=TODAY - 101))).reason == Reason.CONSENT_EXPIRED


def test_a_signal_is_overridden_only_by_a_yes_after_the_notice_and_only_where_the_policy_says_so():
    strict = small()
    assert verdict(strict, asked(yes(), gpc=True, notified=True)).reason == Reason.SIGNAL_GPC
    lenient = small(
        "destinations:", "signals: {gpc: {refuses: [sale_or_share], override: after_notice}}\ndestinations:"
    )
    assert verdict(lenient, asked(yes(), gpc=True, notified=True)).allow
    assert verdict(lenient, asked(yes(), gpc=True)).reason == Reason.SIGNAL_GPC
    assert verdict(lenient, asked(gpc=True, notified=True)).reason == Reason.SIGNAL_GPC
    assert verdict(lenient, asked(no(), yes(), gpc=True, notified=True)).reason == Reason.SIGNAL_GPC


def test_dnt_refuses_everything_that_needs_permission_and_nothing_that_is_exempt():
    exempt = small("audience_measurement: opt_in", "audience_measurement: exempt")
    assert verdict(exempt, asked(dnt=True), destination="own").reason == Reason.EXEMPT
    assert verdict(small(), asked(yes("visits"), dnt=True), destination="own").reason == Reason.SIGNAL_DNT


def test_an_ignored_signal_refuses_nothing():
    assert verdict(small("    minors:", "    signals: {gpc: ignore}\n    minors:"), asked(yes(), gpc=True)).allow


def test_a_minor_is_refused_or_asked_for_consent():
    minor = asked(yes())._replace(age=15)
    assert verdict(small(), minor).reason == Reason.MINOR
    assert verdict(small(), minor._replace(age=16)).allow
    asks = small("party: third", "party: third\n    minors: with_consent")
    assert verdict(asks, minor).reason == Reason.CONSENT


def test_a_minor_with_consent_needs_a_yes_even_where_a_notice_is_enough():
    lax = SMALL.replace("advertising: opt_in", "advertising: notice")
    policy = small("party: third", "party: third\n    minors: with_consent", lax)
    assert verdict(policy, asked()).reason == Reason.NOTICE
    assert verdict(policy, asked()._replace(age=15)).reason == Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("basis", "reason"),
    [("notice", Reason.NOTICE), ("opt_out", Reason.NO_OBJECTION), ("legitimate_interest", Reason.NO_OBJECTION)],
)
def test_where_nobody_need_ask_a_no_still_counts(basis, reason):
    policy = small("advertising: opt_in", f"advertising: {basis}")
    assert verdict(policy, asked()).reason == reason
    assert verdict(policy, asked(no())).reason == Reason.REFUSED
    assert verdict(policy, asked(Vote("ads", "anyone", False, False, False))).reason == Reason.REFUSED


def test_all_purposes_must_pass_and_their_order_changes_only_the_reason():
    both = small("events: {view: [ads]}", "events: {view: [ads, visits], buy: [visits, ads]}")
    for votes in ((), (yes("ads"),), (yes("visits"),), (no("ads"), yes("visits"))):
        assert not verdict(both, asked(*votes)).allow
        assert not verdict(both, asked(*votes), event="buy").allow
    assert verdict(both, asked(no("visits"))).reason == Reason.NO_CONSENT
    assert verdict(both, asked(no("visits")), event="buy").reason == Reason.REFUSED
    assert verdict(both, asked(yes("ads"), yes("visits"))).allow


def test_an_observing_policy_forwards_nothing():
    policy = small("name: small", "name: small\nmode: observe")
    assert verdict(policy, asked(yes())).reason == Reason.OBSERVE_MODE
    assert verdict(policy, asked(yes())._replace(suppressed=True)).reason == Reason.SUPPRESSED


def test_a_blocked_region_is_blocked_in_all_its_parts_and_where_it_is_unknown():
    assert is_blocked(("US",), ("US-CA",))
    assert is_blocked(("US-CA",), ("US",))
    assert not is_blocked(("US-CA",), ("US-TX",))
    assert is_blocked(("CN",), ())
    assert is_blocked(("CN",), ("FR", "XX"))
    assert is_blocked(("*",), ("FR",))
    assert not is_blocked(("CN",), ("FR", "DE"))
    europe = small("party: third", "party: third\n    block_regions: ['@EEA']")
    assert verdict(europe, asked(yes())).reason == Reason.REGION_BLOCKED
    assert verdict(europe, asked(yes())._replace(regions=("GB",))).allow


def test_a_law_holds_from_its_day_on():
    later = "  fr: {match: [FR], inherits: world, applies_from: '2026-12-01', basis: {ads: prohibited}}\ndestinations:"
    policy = small("destinations:", later)
    assert verdict(policy, asked(yes())).allow
    assert verdict(policy, asked(yes()), day=TODAY + 5).allow
    assert verdict(policy, asked(yes()), day=TODAY + 6).reason == Reason.PROHIBITED
    assert verdict(policy, Facts(), day=TODAY + 6).reason == Reason.PROHIBITED


def test_personal_ads_are_granted_only_by_a_yes_to_all_advertising_and_no_signal():
    assert "ad_personalization" in verdict(small(), asked(yes())).sends.grants
    lax = small("advertising: opt_in", "advertising: opt_out")
    assert verdict(lax, asked()).sends.grants == {"ad_storage", "ad_user_data"}
    signals = "signals: {gpc: {refuses: [sale_or_share], override: after_notice}}\ndestinations:"
    told = verdict(small("destinations:", signals), asked(yes(), gpc=True, notified=True))
    assert told.allow
    assert told.sends.grants == {"ad_storage", "ad_user_data"}


def test_to_be_seen_reading_a_mail_is_granted_by_a_yes_alone_also_where_the_law_asks_for_none():
    def opened(*votes):
        mail = SHOP.decide(Facts(("US-TX",), Signals(votes)), "email_open", ("own_stats",), TODAY)
        return mail.verdicts[0].allow, mail.verdicts[0].sends.grants

    assert opened() == (True, frozenset())
    assert opened(yes("email_open")) == (True, {"email_tracking"})
    assert opened(yes("email_open")._replace(day=TODAY - 3_000)) == (True, frozenset())
    assert opened(yes("email_open")._replace(trusted=False)) == (True, frozenset())


def test_a_purchase_measured_for_one_purpose_does_not_personalise_another():
    def grants(*votes):
        purchase = SHOP.decide(Facts(("FR",), Signals(votes)), "purchase", ("meta",), TODAY)
        return purchase.verdicts[0].sends.grants

    assert grants(yes("measure")) == {"ad_storage", "ad_user_data"}
    assert grants(yes("measure"), yes("retarget")) == {"ad_storage", "ad_user_data", "ad_personalization"}


def test_what_is_exempt_grants_its_storage_until_somebody_refuses():
    def own(*votes):
        return SHOP.decide(Facts(("FR",), Signals(votes)), "page_view", ("own_stats",), TODAY).verdicts[0]

    assert (own().reason, own().sends.grants) == (Reason.EXEMPT, {"analytics_storage"})
    assert (own(no("visits")).reason, own(no("visits")).sends.grants) == (Reason.EXEMPT, frozenset())


def test_what_cannot_be_evaluated_is_denied():
    policy = small()
    broken = Facts(regions=(None,))
    assert policy.decide(broken, "view", ("own", "meta"), TODAY).permits == ()
    assert {one.reason for one in policy.decide(broken, "view", ("own", "meta"), TODAY).verdicts} == {
        Reason.POLICY_ERROR
    }
    assert verdict(policy, asked("not a vote")).reason == Reason.POLICY_ERROR
    assert verdict(policy, asked(yes())._replace(age="old")).reason == Reason.POLICY_ERROR
    assert verdict(policy, Facts(("FR",), Signals([yes()]))).allow  # unhashable, so not remembered


def test_verdicts_come_in_the_order_of_the_policy():
    decision = small().decide(asked(), "view", ["stranger", "meta", "own"], TODAY)
    assert [one.destination for one in decision.verdicts] == ["own", "meta", "stranger"]


def test_equal_questions_get_the_same_answer_object_and_the_memory_is_bounded():
    policy = small()
    first = policy.decide(asked(yes()), "view", ("meta",), TODAY)
    assert policy.decide(asked(yes()), "view", ("meta",), TODAY) is first
    for day in range(MAX_DECISIONS + 10):
        policy.decide(asked(), "view", (), day)
    assert len(policy._decisions) == MAX_DECISIONS


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_an_event_that_a_page_made_up_leaves_no_trace_in_the_memory(mode):
    policy = replace(small(), mode=mode, _decisions={}, _permits={})
    names = ("own", "meta")
    decisions = [policy.decide(asked(yes()), f"john_smith_paid_{number}", names, TODAY) for number in range(3)]
    assert [one.event for one in decisions] == [f"john_smith_paid_{number}" for number in range(3)]
    alone = [policy.judge(asked(yes()), decisions[0].event, name, TODAY) for name in names]
    assert [list(one.verdicts) for one in decisions] == [alone] * 3
    assert len({id(one.verdicts) for one in decisions}) == 1
    held = repr((policy._decisions, policy._permits, policy.enforcing._decisions, policy.enforcing._permits))
    assert "john" not in held


def test_a_remembered_decision_costs_about_a_microsecond():
    policy = small()
    situation = asked(yes(), yes("visits"))
    names = tuple(policy.destinations)
    timer = timeit.Timer(lambda: policy.decide(situation, "view", names, TODAY))
    assert min(timer.repeat(20, 2000)) / 2000 < 5e-6  # one, with room for a busy machine


def test_a_refusal_that_speaks_of_one_destination_leaves_the_others_alone():
    yes = tuple(Vote(name, "tcf", grant=True, day=TODAY) for name in SHOP.purposes)
    no = Vote("measure", "tcf", grant=False, day=TODAY, destination="meta")
    decision = SHOP.decide(Facts(("FR",), Signals((*yes, no))), "purchase", ("meta", "google_ads"), TODAY)
    assert {verdict.destination: verdict.reason for verdict in decision.verdicts} == {
        "google_ads": Reason.CONSENT,
        "meta": Reason.REFUSED,
    }


def test_an_observing_policy_lets_nothing_go_and_says_what_it_would_have():
    observing, enforcing = small("name: small", "name: small\nmode: observe"), small()
    for situation in (asked(yes()), asked(), asked()._replace(suppressed=True), asked(yes())._replace(bot=True)):
        watched = observing.decide(situation, "view", ("own", "meta"), TODAY)
        acted = enforcing.decide(situation, "view", ("own", "meta"), TODAY)
        assert watched.permits == ()
        assert watched.would == acted.verdicts
        assert acted.would == ()
        expected = Reason.SUPPRESSED if situation.suppressed else Reason.OBSERVE_MODE
        assert {one.reason for one in watched.verdicts} == {expected}


def test_a_refusal_of_a_source_without_a_name_refuses():
    nameless = Vote("ads", "", False)
    assert verdict(small(), asked(yes(), nameless)).reason == Reason.REFUSED


def test_evidence_of_nowhere_keeps_the_law_of_what_is_known_beside_it():
    text = SMALL.replace("name: small", "name: small\nunknown_region: lax").replace(
        "destinations:", "  lax: {match: [JP], basis: {ads: notice}, because: made up}\ndestinations:"
    )
    policy = small(text=text)
    assert policy.judge(Facts(("XX",)), "view", "meta", TODAY).reason == Reason.NOTICE
    assert policy.judge(Facts(("FR", "XX")), "view", "meta", TODAY).reason == Reason.NO_CONSENT


def test_what_is_exempt_and_was_refused_grants_nothing_beside_what_was_agreed_to():
    text = SMALL.replace("audience_measurement: opt_in", "audience_measurement: exempt").replace(
        "party: third\n    controller_country: US\n    events: {view: [ads]}",
        "party: processor\n    events: {view: [ads, visits]}",
    )
    agreed = small(text=text).judge(asked(yes()), "view", "meta", TODAY)
    refused = small(text=text).judge(asked(yes(), Vote("visits", "tcf", False)), "view", "meta", TODAY)
    assert (agreed.reason, refused.reason) == (Reason.CONSENT, Reason.CONSENT)
    assert agreed.sends.grants - refused.sends.grants == {"analytics_storage"}
