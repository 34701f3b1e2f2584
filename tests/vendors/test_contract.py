"""A manifest promises enough: each class has a guard, and every request goes to the vendor."""

import copy
import json

import pytest

from gateway.errors import ConfigurationError
from gateway.vendors.manifest import load_manifest

SALE = {
    "apiVersion": "gateway/v1",
    "kind": "Destination",
    "metadata": {"id": "pebble", "vendor": "Pebble", "verified_on": "2026-11-23"},
    "privacy": {"purposes": ["advertising"], "requires": ["ad_storage"], "sends": {"order_id": ["ad_storage"]}},
    "settings": {"host": {}},
    "pixel": {
        "response": "gif",
        "body": "none",
        "account": "none",
        "routes": [{"pixel": "pebble", "host": "(?:px|ct)\\.pebble\\.example", "path": "/hit", "methods": ["GET"], "require": {}}],
        "event": {"absent": "purchase"},
        "params": {"no": {"to": "order.id", "as": "text"}},
    },
    "api": {"request": {"url": "https://api.pebble.example/v1"}, "event": {"no": "= order.id"}, "outcome": []},
    "erasure": {"supported": False, "note": "no"},
    "tests": [{"name": "x"}],
}  # fmt: skip


def codes(changes):
    """What is wrong with the manifest when the values at some dotted paths are others; None takes one away."""
    value = copy.deepcopy(SALE)
    for path, given in changes.items():
        *before, last = path.split(".")
        at = value
        for name in before:
            at = at[name]
        at.pop(last, None)
        if given is not None:
            at[last] = given
    try:
        load_manifest(json.dumps(value), "pebble.yaml")
    except ConfigurationError as error:
        return {finding.code for finding in error.findings}
    return set()


def test_the_manifest_as_it_is_loads():
    assert codes({}) == set()


@pytest.mark.parametrize("guards", [[], ["functionality_storage"], ["email_tracking"]])
def test_a_class_has_a_guard_of_the_purposes_it_goes_for(guards):
    assert "M014" in codes({"privacy.sends.order_id": guards})


def test_an_advertising_vendor_finds_nobody_without_a_second_yes():
    assert codes({"privacy.sends.contact_hash": ["ad_storage"]}) == {"M014"}
    assert codes({"privacy.sends.ip": ["ad_storage"]}) == {"M014"}
    assert codes({"privacy.sends.contact_hash": ["ad_user_data"]}) == set()


def test_something_is_asked_for_although_nothing_personal_goes():
    bare = {"privacy.sends": None, "api.event.no": "= order.value", "privacy.requires": None}
    assert codes(bare) == {"M014"}
    assert codes({**bare, "privacy.requires": ["functionality_storage"]}) == {"M014"}
    assert codes({**bare, "privacy.on_denied": "limited"}) == {"M014"}
    assert codes({**bare, "privacy.on_denied": "limited", "privacy.purposes": ["analytics"]}) == set()


def test_a_receiver_of_the_operators_own_may_do_without():
    bare = {"privacy": {"purposes": ["necessary"], "sends": {"order_id": []}}}
    assert "M014" in codes(bare)
    assert codes({**bare, "api.request.url": "{{ settings.host }}/x"}) == set()


@pytest.mark.parametrize(
    "url",
    [
        "https://collect.evil.example/v1", "https://pebble.example.evil.example/v1", "https://evilpebble.example/v1",
        "https://{{ settings.host }}.evil.example/v1", "{{ settings.host }}.evil.example/", "{{ settings.host }}{{ order.id }}/",
        "https://{{ settings.host }}@evil.example/", "https://api.pebble.example@evil.example/", "https://pebble.example:8443/",
    ],
)  # fmt: skip
def test_a_request_goes_nowhere_else(url):
    assert "M006" in codes({"api.request.url": url})


@pytest.mark.parametrize(
    "url", ["https://pebble.example/", "https://eu.api.pebble.example/", "https://{{ settings.host }}.pebble.example/"]
)
def test_a_request_goes_to_the_domain_that_the_pixel_shows(url):
    assert codes({"api.request.url": url}) == set()


def test_a_domain_that_the_pixel_does_not_show_is_named():
    other = {"api.request.url": "https://api.pebble-events.example/"}
    assert codes(other) == {"M006"}
    assert codes({**other, "metadata.domains": ["pebble-events.example"]}) == set()
    assert codes({**other, "metadata.domains": ["*.example"]}) == {"M001"}


def test_a_domain_under_which_anybody_may_have_a_name_shows_nothing():
    shown = {"pixel.routes": [{**SALE["pixel"]["routes"][0], "host": "px\\.pebble\\.co\\.uk"}]}
    assert codes({**shown, "api.request.url": "https://api.pebble.co.uk/"}) == set()
    assert codes({**shown, "api.request.url": "https://api.evil.co.uk/"}) == {"M006"}


def test_a_host_at_a_maker_of_clouds_shows_itself_alone():
    shown = {"pixel.routes": [{**SALE["pixel"]["routes"][0], "host": "d1pebble\\.cloudfront\\.net"}]}
    assert codes({**shown, "api.request.url": "https://d1pebble.cloudfront.net/"}) == set()
    evil = {**shown, "api.request.url": "https://d2evil.cloudfront.net/"}
    assert codes(evil) == {"M006"}
    assert codes({**evil, "metadata.domains": ["cloudfront.net"]}) == {"M006"}
    assert codes({**evil, "metadata.domains": ["d2evil.cloudfront.net"]}) == set()


def test_a_host_of_the_customers_own_shows_nothing():
    branded = [{**SALE["pixel"]["routes"][0], "host": ".+", "branded": True}]
    assert codes({"pixel.routes": branded}) == {"M006"}


@pytest.mark.parametrize("place", ["auth.token.url", "erasure"])
def test_tokens_and_erasures_go_to_the_vendor_too(place):
    if place == "erasure":
        given = {
            "erasure": {
                "supported": True,
                "request": {"url": "https://evil.example/", "body": {"who": "= subject.email"}},
            }
        }
    else:
        token = {"kind": "oauth2_client_credentials", "token": {"url": "https://evil.example/token"}}
        given = {"api.auth": token}
    assert codes(given) == {"M006"}


@pytest.mark.parametrize(
    "name", ["Host", "content-length", "Transfer-Encoding", "Cookie", "Proxy-Authorization", "X\r\nY", ":path"]
)
def test_a_header_of_the_senders_own_is_not_written(name):
    assert codes({"api.request.headers": {name: "x"}}) & {"M001", "M003"}


@pytest.mark.parametrize(
    "route",
    [
        {"host": ".*"},
        {"host": "[a-z.]+"},
        {"host": "px|.+"},
        {"host": ".+", "branded": True, "path": "/.*"},
        {"pixel": "events"},
    ],
)
def test_a_pixel_takes_nobody_elses_requests(route):
    assert "M008" in codes({"pixel.routes": [{**SALE["pixel"]["routes"][0], **route}]})
