"""What the policy lets through is no leak; everything else is, in a permitted hit too."""

import pytest

from gateway.canary.allowed import Permit, allows, permits

NOTHING = [Permit("meta", {})]


@pytest.mark.parametrize(
    ("kind", "form", "sends"),
    [
        ("order.id", "plain", {"order.id": ""}),
        ("params.note", "plain", {"params.*": ""}),
        ("page_path", "percent", {"page.url": "path"}),
        ("page_query", "plain", {"page.url": "full"}),
        ("referer_host", "plain", {"page.referrer": "origin"}),
        ("referer_path", "plain", {"page.url": "allowlist"}),
        ("user_agent", "plain", {"device.user_agent": "full"}),
        ("forwarded_for", "plain", {"client.ip": "full"}),
        ("forwarded_for", "network", {"client.ip": "truncate"}),
        ("id.visitor", "plain", {"id.visitor": "raw"}),
        ("click.fbc", "plain", {"click.fbc": "raw"}),
        ("mail", "sha256 of its text 0 around", {"contact.email_sha256": "hash"}),
        ("id.fbp|id.visitor", "plain", {"id.visitor": "raw"}),
        ("event.id", "plain", {}),
    ],
)
def test_what_a_verdict_names_may_be_found(kind, form, sends):
    assert allows(kind, form, [Permit("meta", sends)])
    assert not allows(kind, form, [])


@pytest.mark.parametrize(
    ("kind", "form", "sends"),
    [
        ("forwarded_for", "plain", {"client.ip": "truncate"}),
        ("forwarded_for", "packed", {"client.ip": "hash"}),
        ("page_query", "plain", {"page.url": "allowlist"}),
        ("page_path", "plain", {"page.url": "origin"}),
        ("userinfo", "plain", {"page.url": "full"}),
        ("fragment", "plain", {"page.url": "full"}),
        ("user_agent", "plain", {"device.user_agent": "family"}),
        ("id.visitor", "plain", {"id.visitor": "keyed_hash"}),
        ("id.visitor", "sha256", {"id.visitor": "daily_hash"}),
        ("id.fbp|id.visitor", "plain", {"id.user": "raw"}),
        ("click.gclid", "plain", {"click.fbc": "raw"}),
        ("mail", "plain", {"contact.email_sha256": "hash"}),
        ("mail", "md5", {"contact.email_sha256": "hash"}),
        ("phone", "sha256", {"contact.email_sha256": "hash"}),
        ("cookie_value", "plain", {"order.id": "", "page.url": "full", "client.ip": "full"}),
        ("tc_cookie", "plain", {"page.url": "full"}),
    ],
)
def test_what_it_does_not_name_may_not(kind, form, sends):
    assert not allows(kind, form, [Permit("meta", sends)])


def test_only_permitting_verdicts_of_the_destinations_that_are_fed_count():
    verdicts = [
        {"destination": "meta", "allow": True, "sends": {"order.id": ""}},
        {"destination": "hook", "allow": True, "sends": {"page.title": ""}},
        {"destination": "ads", "allow": False, "sends": {}},
    ]
    assert [each.destination for each in permits(verdicts, ["meta", "ads"])] == ["meta"]
    assert [each.destination for each in permits(verdicts)] == ["meta", "hook"]
    assert permits(verdicts, []) == []
