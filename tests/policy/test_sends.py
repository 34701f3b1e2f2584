from gateway.decision import Sends
from gateway.policy.model import DestinationRule, Purpose
from gateway.policy.sends import describe, effective, expand, grants, levels


def rule(*fields, **anonymise):
    return DestinationRule("d", fields=fields, anonymise=anonymise)


def test_a_group_means_its_fields_and_an_open_one_what_may_be_named_in_it():
    assert expand(["geo", "page.url"]) == ("geo.country", "geo.region", "page.url")
    assert expand(["click"])[0] == "click.gclid"
    assert expand(["click"])[-1] == "click.*"
    assert expand(["params"]) == ("params.*",)
    assert expand(["page.url", "page"]) == ("page.url", "page.title", "page.referrer")


def test_the_strictest_source_holds_and_what_nobody_set_is_the_strictest_there_is():
    assert effective("url", {"url": "allowlist"}, {"url": "path"}, {"ip": "full"}) == "path"
    assert effective("time") == "day"
    assert effective("ip") == "drop"


def test_a_click_identifier_is_sent_because_it_is_named_unless_somebody_drops_it():
    assert levels(rule("click.gclid"), [], {}) == {"click.gclid": "raw"}
    assert levels(rule("click.gclid"), [{"click": "drop"}], {}) == {}
    assert levels(rule("contact.email_sha256"), [], {}) == {}
    assert levels(rule("contact.email_sha256", contact="hash"), [], {}) == {"contact.email_sha256": "hash"}


def test_only_named_fields_are_sent_each_at_its_level():
    profile = {"url": "allowlist", "time": "minute", "id": "drop"}
    sent = levels(rule("page.url", "event.time", "id.visitor", "order.value"), [profile], {"url": "path"})
    assert sent == {"page.url": "path", "event.time": "minute", "order.value": ""}
    assert levels(rule(), [profile], {}) == {}


def test_a_place_weakened_to_its_country_leaves_its_region_out():
    assert levels(rule("geo", geo="country"), [], {}) == {"geo.country": "country"}
    assert levels(rule("geo", geo="region"), [], {}) == {"geo.country": "region", "geo.region": "region"}
    assert levels(rule("geo"), [], {}) == {}


def test_families_grant_their_consent_types():
    ads, visits = Purpose("a", "", "advertising"), Purpose("v", "", "analytics")
    assert grants([ads, visits], True) == {"ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"}
    assert grants([ads], False) == {"ad_storage", "ad_user_data"}
    assert grants([Purpose("n", "", "necessary")], True) == frozenset()


def test_what_is_sent_is_described_in_the_words_of_the_policy():
    geo = rule("page", "geo", "order.value", "click.gclid", url="path", geo="country")
    assert (
        describe(geo, Sends(levels(geo, [], {}))) == "page.url=path, page.title, geo=country, order.value, click.gclid"
    )
    assert describe(rule("client.ip"), Sends({})) == "nothing"
