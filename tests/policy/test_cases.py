import pytest

from gateway.policy.cases import destinations_of, members, run_cases
from tests.policy.made import SMALL, TODAY, shipped, small

TEST = "{name: silence is no, given: {region: FR}, expect: {meta: deny}}"


def failures(entry):
    return [failure.text for failure in run_cases(small(TEST, entry), TODAY).failures]


@pytest.mark.parametrize("name", ["starter", "shop"])
def test_the_tests_of_the_shipped_policies_hold(name):
    report = run_cases(shipped(name), TODAY)
    assert report.failures == []
    assert report.checked > report.tests > 0


def test_the_shop_tests_each_destination_both_ways():
    report = run_cases(shipped("shop"), TODAY)
    assert (report.never_allowed, report.never_denied) == ([], [])


def test_what_does_not_hold_is_told_with_the_region_and_what_came_instead():
    entry = "{name: n, given: {region: [FR, DE]}, expect: {meta: allow}}"
    assert failures(entry) == [
        "meta, view in FR: expected allow, got deny (no_consent)",
        "meta, view in DE: expected allow, got deny (no_consent)",
    ]


def test_the_reason_counts_where_one_is_expected():
    assert failures("{name: n, given: {region: FR}, expect: {meta: deny (refused)}}") == [
        "meta, view in FR: expected deny (refused), got deny (no_consent)"
    ]


def test_what_is_said_by_name_stands_before_what_is_said_of_all():
    given = "given: {region: FR, consent: {ads: yes}}"
    assert failures(f"{{name: n, {given}, expect: {{meta: allow, third_parties: deny, everything: deny}}}}") == []
    assert len(failures(f"{{name: n, {given}, expect: {{everything: deny}}}}")) == 1


def test_levels_are_compared_and_never_means_not_at_all():
    given = "given: {region: FR, consent: all}"
    assert failures(f"{{name: n, {given}, sends: {{meta: {{page.url: origin, client.ip: never}}}}}}") == []
    assert failures(f"{{name: n, {given}, sends: {{meta: {{page.url: path}}}}}}") == [
        "meta, view in FR: expected page.url to be sent as path, got origin"
    ]
    assert failures(f"{{name: n, {given}, sends: {{meta: {{page.url: never}}}}}}") != []
    assert failures("{name: n, given: {region: FR}, sends: {meta: {page.url: origin}}}") != []


def test_a_consent_age_is_counted_from_the_day_of_the_test():
    given = "given: {region: FR, consent: all, consent_age: %s}"
    assert failures(f"{{name: n, {given % '100d'}, expect: {{meta: allow}}}}") == []
    assert failures(f"{{name: n, {given % '101d'}, expect: {{meta: deny (consent_expired)}}}}") == []


def test_what_no_test_expects_is_named():
    report = run_cases(small(), TODAY)
    assert (report.never_allowed, report.never_denied) == (["own", "meta"], ["own"])


def test_a_wildcard_means_the_destinations_of_its_kind():
    policy = small(text=SMALL)
    assert destinations_of(policy, "everything") == ["own", "meta"]
    assert destinations_of(policy, "third_parties") == ["meta"]


def test_a_group_means_its_fields():
    assert members("geo") == ("geo.country", "geo.region", "geo.*")
    assert members("page.url") == ("page.url", "page.*")


def test_an_observing_policy_is_tested_as_if_it_enforced_unless_a_test_says_that_it_observes():
    observing = SMALL.replace("name: small", "name: small\nmode: observe")
    yes = "  - {name: yes, given: {region: FR, consent: all}, expect: {meta: allow (consent)}, sends: {meta: {page.url: origin}}}\n"
    watch = "  - {name: watch, given: {region: FR, consent: all}, expect: {meta: deny (observe_mode)}}\n"
    report = run_cases(small(text=f"{observing}{yes}{watch}"), TODAY)
    assert (report.failures, report.tests) == ([], 3)


def test_rules_that_decided_nothing_in_any_test_are_named():
    row = "  fr: {match: [FR], inherits: world, basis: {ads: prohibited}}\n  jp: {match: [JP], inherits: world}\n"
    text = SMALL.replace("destinations:", f"{row}destinations:")
    names = [one.rule for one in run_cases(small(text=text), TODAY).unreached]
    assert names == ["region world", "region jp", "event own/view", "signal gpc", "signal dnt"]
    more = "  - {name: signal, given: {region: JP, gpc: yes, dnt: yes}, expect: {everything: deny}}\n"
    assert [one.rule for one in run_cases(small(text=text + more), TODAY).unreached] == ["region world"]


def test_of_many_candidates_only_the_one_whose_word_held_is_reached():
    row = "  fr: {match: [FR], inherits: world, basis: {ads: prohibited}}\n  jp: {match: [JP], inherits: world}\n"
    text = SMALL.replace("destinations:", f"{row}destinations:").replace("region: FR", "region: unknown")
    assert "region jp" in [one.rule for one in run_cases(small(text=text), TODAY).unreached]
