"""A relay sends the vendor's own parameters again: those that were read, from what the policy left, and no others."""

import pytest

from gateway.errors import ConfigurationError
from gateway.event import Event
from gateway.facts import Facts
from gateway.vendors.binding import Binding
from gateway.vendors.manifest import load_manifest
from gateway.vendors.request import Destination

RELAY = """
apiVersion: gateway/v1
kind: Destination
metadata: {id: pebble, vendor: Pebble, verified_on: 2026-11-23}
privacy: {purposes: [advertising], requires: [ad_storage], sends: {click_id: [ad_storage], contact_hash: [ad_user_data], page_url_clean: [ad_storage]}}
pixel:
  response: gif
  body: none
  routes: [{pixel: pebble_pixel, host: p\\.pebble\\.example, path: "/sale/([0-9]+)", path_params: [kind], methods: [GET], require: {acc: "[0-9]+"}}]
  event: {param: type, names: {buy: purchase, ordered: purchase, lead: generate_lead}, absent: page_view}
  params:
    "path:kind": {keep: event, match: "[0-9]{1,4}"}
    acc: {to: account, match: "[0-9]{1,9}"}
    v: {keep: technical, match: "[0-9]"}
    amount: {to: order.value, as: money}
    amt: {to: order.value, as: money}
    oid: {to: order.id, as: word}
    cid: {to: click.pclid, as: word}
    em: {to: contact.email_sha256, as: email}
    uid: {to: id.user, as: word}
    u: {to: page.url, as: url}
    r: {to: page.referrer, as: url}
    gdpr: {to: params.gdpr, as: word}
api:
  relay: {url: "https://p.pebble.example/sale/{{ path.kind }}", set: {gdpr: "1"}}
tests: [{name: denied, hit: {url: "https://p.pebble.example/sale/7?acc=1"}, consent: {}, skip: consent}]
"""
GRANTS = frozenset(("ad_storage", "ad_user_data"))


def relayed(query, grants=GRANTS, text=RELAY):
    manifest = load_manifest(text, "pebble.yaml")
    (raw,) = manifest.pixels[0].read("GET", "/sale/7", query, "", b"")
    event = Event(
        "e-1", "pebble", raw.name, 1_795_000_000, "shop", Facts(), dict(raw.fields), {}, raw.pixel, raw.account,
        kept=raw.kept, grants=grants,
    )  # fmt: skip
    return Destination(manifest, Binding("pebble")).build([event], 1_795_000_000.0)


def test_the_path_and_the_parameters_that_were_read_go_out_again():
    url = relayed(
        "acc=1&type=ordered&v=2&amt=5,90&cid=c1&u=https%3A%2F%2Fs.example%2Fa%3Fq%3D1&r=https%3A%2F%2Fn.example%2Fx"
    ).outbound.url
    assert url == (
        "https://p.pebble.example/sale/7?v=2&type=buy&acc=1&amount=5.90&cid=c1"
        "&u=https%3A%2F%2Fs.example%2Fa&r=https%3A%2F%2Fn.example%2F&gdpr=1"
    )  # fmt: skip


def test_a_class_that_is_not_to_be_sent_and_a_parameter_nobody_reads_stay_here():
    url = relayed("acc=1&type=buy&uid=u-77&fp=98a7&oid=T-1").outbound.url
    assert url == "https://p.pebble.example/sale/7?type=buy&acc=1&gdpr=1"


def test_a_second_yes_guards_what_asks_for_it():
    with_it, without = (
        relayed("acc=1&em=ann%40mail.example"),
        relayed("acc=1&em=ann%40mail.example", frozenset({"ad_storage"})),
    )
    assert "em=" in with_it.outbound.url
    assert "em=" not in without.outbound.url


def test_the_pages_word_about_consent_is_replaced_by_ours():
    assert "gdpr=0" not in relayed("acc=1&type=buy&gdpr=0").outbound.url


def test_an_event_without_a_word_is_sent_without_one():
    assert "type" not in relayed("acc=1").outbound.url


def test_an_event_the_vendor_does_not_know_is_not_sent():
    assert relayed("acc=1&type=other").skipped == {0: "event_not_mapped"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('set: {gdpr: "1"}', "set: {uid: = id.user}", "M010"),
        ('set: {gdpr: "1"}', "set: {em: = contact.email_sha256}", "M010"),
        ('set: {gdpr: "1"}', "set: {u: = page.url}", "M010"),
        ('set: {gdpr: "1"}', "set: {cid: = click.gclid}", "M011"),
        ("{{ path.kind }}", "{{ path.other }}", "M004"),
        ("https://p.pebble.example/sale/{{ path.kind }}", "https://{{ path.kind }}.pebble.example/", "M006"),
        ("  relay:", "  request: {url: https://p.pebble.example/}\n  relay:", "M003"),
        ("  relay:", "  event: {}\n  relay:", "M003"),
        ("relay: {url", "relay: {to: x, url", "M002"),
        ("contact_hash: [ad_user_data]", "contact_hash: [nobody]", "M001"),
    ],
)
def test_a_relay_that_would_leak_does_not_load(old, new, code):
    assert old in RELAY
    with pytest.raises(ConfigurationError) as error:
        load_manifest(RELAY.replace(old, new, 1), "pebble.yaml")
    assert code in {finding.code for finding in error.value.findings}


def test_a_relay_needs_a_pixel():
    start, end = RELAY.index("pixel:\n"), RELAY.index("api:\n")
    with pytest.raises(ConfigurationError, match="needs a pixel"):
        load_manifest(RELAY[:start] + RELAY[end:], "pebble.yaml")
