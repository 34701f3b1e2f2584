"""A pixel finds its parameters in paths, in values and in several words for an event."""

import pytest

from gateway.errors import BadRequest, ConfigurationError
from gateway.vendors.manifest import load_manifest

PIXEL = """
apiVersion: gateway/v1
kind: Destination
metadata: {id: pebble, vendor: Pebble, verified_on: 2026-11-23}
privacy: {purposes: [advertising], requires: [ad_storage]}
pixel:
  response: gif
  body: none
  routes:
    - {pixel: pebble_pixel, host: p\\.pebble\\.example, path: "/v1/([0-9]+)(?:;(.*))?", path_params: [id, more], methods: [GET], require: {}}
  event:
    param: [ev, action]
    names: {buy: purchase, load: page_view}
    like: {"(?:thank|done).*": purchase}
    given: {order.value: purchase}
    whatever: conversion
    absent: page_view
  params:
    "path:id": {to: account, match: "[0-9]{1,9}"}
    "path:more": {unpack: semicolons, under: ""}
    box: {unpack: query}
    box.amount: {to: order.value, as: money}
    box.box: {unpack: query, under: "box."}
    bag: {unpack: json, under: ""}
    amount: {to: order.value, as: money}
    ref: {to: order.id, as: word}
  needs: {order.id: order.value}
api:
  request: {method: GET, url: "https://p.pebble.example/", query: = batch.first}
  event: {name: = event.name}
  outcome: [{when: {status: 2xx}, then: ok}]
tests: [{name: denied, hit: {url: "https://p.pebble.example/v1/7"}, consent: {}, skip: consent}]
"""


@pytest.fixture(scope="module")
def read():
    pixel = load_manifest(PIXEL, "pebble.yaml").pixels[0]

    def one(path, query=""):
        (raw,) = pixel.read("GET", path, query, "", b"")
        return raw

    return one


def refused(old, new):
    assert old in PIXEL
    with pytest.raises(ConfigurationError) as error:
        load_manifest(PIXEL.replace(old, new, 1), "pebble.yaml")
    return {finding.code for finding in error.value.findings}


def test_what_a_path_holds_are_parameters(read):
    raw = read("/v1/4711;amount=5,90;ref=T-1")
    assert (raw.account, dict(raw.fields)) == ("4711", {"order.value": "5.90", "order.id": "T-1"})


def test_what_a_value_holds_are_parameters_under_its_name(read):
    assert read("/v1/1", "box=amount%3D1%26ref%3DT-1").fields == {"order.value": "1"}
    assert read("/v1/1", "box=box%3Damount%253D2").fields == {"order.value": "2"}
    assert read("/v1/1", "bag=%7B%22amount%22%3A3%7D").fields == {"order.value": "3"}


def test_a_box_in_a_box_ends_somewhere(read):
    assert read("/v1/1", "box=" + "box%3D" * 1000 + "amount%3D2").fields == {}


def test_a_broken_box_tells_nothing_and_spoils_nothing(read):
    assert read("/v1/1", "box=amount%3D1%26x%3D%25zz&amount=2").fields == {"order.value": "2"}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "page_view"), ("ev=buy", "purchase"), ("action=load", "page_view"), ("action=buy&ev=load", "page_view"),
        ("ev=click&action=buy", "purchase"), ("ev=Thank%20you", "purchase"), ("ev=else", "conversion"),
        ("ev=else&amount=1", "purchase"), ("amount=1", "purchase"), ("ev=load&amount=1", "page_view"),
    ],
)  # fmt: skip
def test_the_first_word_that_is_known_names_the_event(read, query, name):
    assert read("/v1/1", query).name == name


def test_a_field_that_needs_another_is_nothing_alone(read):
    assert read("/v1/1", "ref=T-1").fields == {}
    assert read("/v1/1", "ref=T-1&amount=1").fields == {"order.value": "1", "order.id": "T-1"}


def test_a_path_without_an_account_is_refused(read):
    with pytest.raises(BadRequest):
        read("/v1/1234567890")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("path_params: [id, more]", "path_params: [id]", "M008"),
        ('"path:id": {to: account, match: "[0-9]{1,9}"}', 'id: {to: account, match: "[0-9]{1,9}"}', "M008"),
        ("box: {unpack: query}", "box: {unpack: query, to: order.id, as: text}", "M008"),
        ("box: {unpack: query}", "box: {under: x}", "M008"),
        ("box: {unpack: query}", "box: {unpack: zip}", "M001"),
        ("(?:thank|done).*", "(a+)+", "M007"),
        ("needs: {order.id: order.value}", "needs: {order.id: order.nothing}", "M004"),
    ],
)
def test_what_has_no_meaning_does_not_load(old, new, code):
    assert code in refused(old, new)
