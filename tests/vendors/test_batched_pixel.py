"""A pixel may send a list of events, a form or JSON, packed in gzip, and name no account."""

import gzip
import json

import pytest

from gateway.errors import BadRequest, ConfigurationError
from gateway.vendors.manifest import load_manifest
from gateway.vendors.pixel import MAX_EVENTS

PIXEL = """
apiVersion: gateway/v1
kind: Destination
metadata: {id: pebble, vendor: Pebble, verified_on: 2026-11-23}
privacy: {purposes: [analytics], requires: [analytics_storage]}
pixel:
  - response: json
    body: any
    each: [batch, ""]
    routes: [{pixel: pebble_batch, host: p\\.pebble\\.example, path: /b, methods: [GET, POST], require: {}}]
    event: {param: event, names: {buy: purchase}, given: {order.items: add_to_cart}, absent: page_view, identified: [page_view]}
    params:
      key: {to: account, match: "[0-9]{1,9}"}
      properties.key: {to: account, match: "[0-9]{1,9}"}
      data: {unpack: base64_json, under: ""}
      "batch[]": {unpack: query, under: ""}
      uid: {to: id.visitor, match: "[0-9a-f-]{1,40}"}
      mid: {to: event.id, as: word}
    lines: {columns: {item_id: "items.{n}.sku", price: "items.{n}.price", quantity: "items.{n}.qty"}}
  - response: gif
    body: none
    account: none
    routes: [{pixel: pebble_open, host: m\\.pebble\\.example, path: /o/.+, methods: [GET], require: {}}]
    event: {absent: email_open}
    params: {}
api:
  request: {method: POST, url: "https://p.pebble.example/", body: = batch.first}
  events: pixel
  event: {word: = vendor_event}
  outcome: [{when: {status: 2xx}, then: ok}]
tests: [{name: denied, hit: {url: "https://p.pebble.example/b?key=1"}, consent: {}, skip: consent}]
"""


@pytest.fixture(scope="module")
def pixels():
    return {pixel.id: pixel for pixel in load_manifest(PIXEL, "pebble.yaml").pixels}


@pytest.fixture(scope="module")
def read(pixels):
    def many(body=b"", query="", method="POST"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return pixels["pebble_batch"].read(method, "/b", query, "application/json", data)

    return many


def test_each_of_a_list_is_an_event_and_shares_what_stands_beside_it(read):
    first, second = read({"key": "7", "uid": "ab", "batch": [{"event": "buy", "uid": "cd"}, {"event": "Look Up"}]})
    assert (first.name, first.account, dict(first.fields)) == ("purchase", "7", {"id.visitor": "cd"})
    assert (second.name, second.account, dict(second.fields)) == ("look_up", "7", {"id.visitor": "ab"})


def test_a_document_may_be_the_list_and_an_event_may_stand_alone(read):
    assert [raw.name for raw in read([{"key": "7", "event": "buy"}, {"properties": {"key": "8"}}])] == [
        "purchase",
        "page_view",
    ]
    assert [(raw.name, raw.account) for raw in read({"key": 7, "event": "buy"})] == [("purchase", "7")]


def test_an_element_that_is_text_is_a_query_of_its_own(read):
    raws = read({"batch": ["?key=1&event=buy", "?key=2&uid=ab"]})
    assert [(raw.name, raw.account) for raw in raws] == [("purchase", "1"), ("page_view", "2")]


def test_a_form_and_a_packed_list_are_read_too(read):
    assert read(b"key=5&event=buy")[0].name == "purchase"
    packed = "WyB7ImtleSI6ICI1IiwgImV2ZW50IjogImJ1eSJ9LCB7ImtleSI6ICI2In0gXQ"
    assert [raw.account for raw in read(f"data={packed}".encode())] == ["5", "6"]
    assert [raw.account for raw in read(query=f"data={packed}", method="GET")] == ["5", "6"]


def test_gzip_is_opened_within_bounds(read):
    assert read(gzip.compress(b'{"key": 7, "event": "buy"}'))[0].name == "purchase"
    with pytest.raises(BadRequest) as error:
        read(gzip.compress(b" " * (2 << 20)))
    assert error.value.status == 413
    for broken in (b"\x1f\x8b\x08broken", gzip.compress(b'{"key": 7}')[:-9]):
        with pytest.raises(BadRequest):
            read(broken)


def test_more_events_than_one_request_may_hold_are_refused(read):
    assert len(read({"key": 1, "batch": [{"event": "buy"}] * MAX_EVENTS})) == MAX_EVENTS
    with pytest.raises(BadRequest):
        read({"key": 1, "batch": [{"event": "buy"}] * (MAX_EVENTS + 1)})


def test_lines_tell_the_event_and_belong_to_theirs(read):
    first, second = read(
        {"key": 1, "batch": [{"items": [{"sku": "a", "price": 2, "qty": 3}]}, {"event": None, "x": 1}]}
    )
    assert (first.name, first.fields["order.value"]) == ("add_to_cart", "6")
    assert (second.name, dict(second.fields)) == ("page_view", {})


def test_an_id_tells_apart_only_the_events_that_are_named(read):
    first, second = read({"key": 1, "mid": "m1", "batch": [{"x": 1}, {"event": "buy"}]})
    assert (first.id, second.id) == ("m1", "")


def test_a_list_without_an_account_is_refused_and_a_nameless_pixel_is_not(read, pixels):
    with pytest.raises(BadRequest):
        read({"batch": [{"event": "buy"}]})
    (raw,) = pixels["pebble_open"].read("GET", "/o/t0ken", "", "", b"")
    assert (raw.name, raw.account, dict(raw.fields)) == ("email_open", "", {})


def test_the_pixels_words_go_out_and_ours_for_all_others():
    api = load_manifest(PIXEL, "pebble.yaml").api
    assert [api.events["purchase"](None), api.events["page_view"](None)] == ["buy", "page_view"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    account: none\n", "", "M008"),
        ("event: {absent: email_open}", "event: {}", "M008"),
        ('each: [batch, ""]', "each: [ba tch]", "M001"),
        ("columns: {item_id", "columns: {email", "M001"),
        ("body: any", "body: zip", "M001"),
        ("  events: pixel\n", "  events: pixels\n", "M001"),
    ],
)
def test_what_has_no_meaning_does_not_load(old, new, code):
    assert old in PIXEL
    with pytest.raises(ConfigurationError) as error:
        load_manifest(PIXEL.replace(old, new, 1), "pebble.yaml")
    assert code in {finding.code for finding in error.value.findings}
