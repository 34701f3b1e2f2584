"""Segment's messages are read as its libraries send them: of a page for its visitor, of a server each for itself."""

import base64
import contextlib
import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.hit import Hit
from gateway.vendors.segment import MOST, MOST_AGO, PIXEL, Segment

KEY = "78mtpi5ep3TiTJQWUXrqDEG5WCceYDOh"
NOW = 1_795_429_200.0
BROWSER = {b"user-agent": [b"Mozilla/5.0 (X11) Firefox/143.0"]}


def basic(key=KEY, scheme="Basic"):
    return {b"authorization": [f"{scheme} {base64.b64encode(f'{key}:'.encode()).decode()}".encode()]}


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


@pytest.fixture
def read(catalogue):
    def reading(body, path="/v1/batch", headers=BROWSER, keys=None, query="", method="POST"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        hit = Hit(method, path, query, headers, raw, "192.0.2.1", NOW, "shop", PIXEL)
        return Segment(catalogue.pixels[PIXEL], keys or {}).decode(hit)

    return reading


def track(**more):
    return {"type": "track", "event": "Order Completed", "writeKey": KEY, "anonymousId": "a-1234567", **more}


def names(events):
    return [event.name for event in events]


@pytest.mark.parametrize(
    ("method", "message", "name"),
    [
        ("track", {"event": "Order Completed"}, "purchase"),
        ("t", {"event": "Product Added"}, "add_to_cart"),
        ("page", {}, "page_view"),
        ("p", {}, "page_view"),
        ("identify", {}, "identify"),
        ("i", {}, "identify"),
        ("screen", {}, "screen_view"),
        ("s", {}, "screen_view"),
        ("group", {}, "group"),
        ("g", {}, "group"),
        ("alias", {}, "alias"),
        ("a", {}, "alias"),
    ],
)
def test_every_method_of_the_interface_is_read(read, method, message, name):
    assert names(read({"writeKey": KEY, **message}, f"/v1/{method}")) == [name]
    assert names(read(message, f"/v1/{method}", basic())) == [name]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_is_as_many_events_and_shares_what_stands_beside_it(read, path):
    shared = {"writeKey": KEY, "sentAt": at(NOW), "context": {"locale": "de-AT"}}
    events = read(
        {**shared, "batch": [{"type": "page", "context": {"library": {"name": "analytics.js"}}}, track()]}, path
    )
    assert names(events) == ["page_view", "purchase"]
    assert {event.fields["device.language"] for event in events} == {"de"}
    assert {event.account for event in events} == {KEY}


def test_a_batch_is_taken_as_large_as_the_libraries_make_it_and_no_larger(read):
    message = track(context={"traits": {f"t{n}": n for n in range(60)}})
    assert len(read({"batch": [message] * MOST})) == MOST
    with pytest.raises(BadRequest):
        read({"batch": [message] * (MOST + 1)})


def test_a_batch_may_be_packed(read):
    assert names(read(gzip.compress(json.dumps({"batch": [track()]}).encode()))) == ["purchase"]


def test_one_message_that_cannot_be_read_costs_no_other(read):
    assert names(read({"batch": [{"type": "page"}, "text", track()]})) == ["purchase"]
    with pytest.raises(BadRequest):
        read({"batch": [{"type": "page"}, 7]})
    with pytest.raises(BadRequest):
        read({"batch": []})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"batch": 1}', b'"batch"', b'{"batch": [}'])
def test_what_is_no_message_is_refused(read, body):
    with pytest.raises(BadRequest):
        read(body)


def test_amounts_keep_their_digits(read):
    body = (
        b'{"batch": [{"type": "track", "event": "Order Completed", "writeKey": "%b", "properties": {"total": 10.50}}]}'
    )
    (event,) = read(body % KEY.encode())
    assert event.fields["order.value"] == "10.50"


def test_no_trait_is_read_and_a_contact_only_as_its_hash(read):
    person = {"email": "ann@mail.example", "phone": "+4366012345678", "name": "Ann Smith", "address": {"city": "Graz"}}
    (event,) = read(
        {"writeKey": KEY, "traits": person, "context": {"ip": "203.0.113.7", "traits": person}}, "/v1/identify"
    )
    text = json.dumps(dict(event.fields))
    assert not any(each in text for each in ("ann@", "Ann", "Graz", "4366012345678", "203.0.113.7"))
    assert {"contact.email_sha256", "contact.phone_sha256"} <= set(event.fields)


@pytest.mark.parametrize("keys", [{"shop": [KEY]}, {}])
def test_a_key_of_the_site_counts(read, keys):
    assert names(read(track(), "/v1/t", keys=keys)) == ["purchase"]
    assert names(read({"batch": [{"type": "page"}]}, headers=basic(), keys=keys)) == ["page_view"]


@pytest.mark.parametrize("keys", [{"shop": ["another1234"]}, {"other": [KEY]}])
def test_a_message_under_a_key_that_is_not_the_sites_is_nobodys(read, keys):
    assert read(track(), "/v1/t", keys=keys) == []
    assert read({"batch": [track(), {**track(), "writeKey": "yetanother1"}]}, keys=keys) == []


@pytest.mark.parametrize("given", [b"Basic !!!", b"Basic", b"Bearer abc", b"Basic /w==", b""])
def test_credentials_that_cannot_be_read_name_no_key(read, given):
    with pytest.raises(BadRequest):
        read({"event": "Order Completed"}, "/v1/t", {**BROWSER, b"authorization": [given]})


@pytest.mark.parametrize(
    ("headers", "library", "alone"),
    [
        (BROWSER, None, False),
        (BROWSER, "analytics.js", False),
        ({}, "analytics-ios", False),
        (BROWSER, "analytics-python", True),
        (BROWSER, "@segment/analytics-node", True),
        ({}, None, True),
        ({b"user-agent": [b"curl/8"]}, None, True),
        ({**BROWSER, **basic()}, "analytics.js", True),
    ],
)
def test_what_a_server_sends_is_told_from_what_a_page_sends(read, headers, library, alone):
    context = {"library": {"name": library}} if library else {}
    for body in (track(context=context), {"batch": [track(context=context)]}):
        (event,) = read(body, "/v1/batch" if "batch" in body else "/v1/t", headers)
        assert (event.alone is not None) is alone
        assert "params.library" not in event.fields


def test_each_message_of_a_server_is_alone_with_its_own_words(read):
    said = [{"consent": {"categoryPreferences": {"Advertising": yes}}} for yes in (True, False)]
    one, two = read({"batch": [track(context=said[0]), track(context=said[1])]}, headers=basic())
    assert (b"true" in one.alone.own, b"false" in one.alone.own) == (True, False)
    assert (b"true" in two.alone.own, b"false" in two.alone.own) == (False, True)


def test_the_browser_of_a_server_is_the_one_it_tells_or_none(read):
    told, untold = read({"batch": [track(context={"userAgent": "Mozilla/5.0 (Told)"}), track()]}, headers=basic())
    assert (told.fields["device.user_agent"], untold.fields["device.user_agent"]) == ("Mozilla/5.0 (Told)", "")


@pytest.mark.parametrize("skew", [0, 3_600, -7_200, 40 * 86_400])
def test_a_time_is_corrected_by_the_clock_of_the_sender(read, skew):
    (event,) = read(track(timestamp=at(NOW - 90 + skew), sentAt=at(NOW + skew)), "/v1/t")
    assert event.fields["event.time"] == pytest.approx(NOW - 90, abs=0.01)
    assert "params.sent_at" not in event.fields


@pytest.mark.parametrize(
    ("timestamp", "sent"),
    [
        (None, None), (at(NOW + 60), at(NOW)), (at(NOW - MOST_AGO - 60), at(NOW)), ("yesterday", at(NOW)), (7, 8),
        (None, at(NOW - 500)), (at(NOW + 500), None),
    ],
)  # fmt: skip
def test_a_time_that_nobody_can_believe_is_the_time_of_arrival(read, timestamp, sent):
    body = {name: value for name, value in (("timestamp", timestamp), ("sentAt", sent)) if value is not None}
    (event,) = read(track(**body), "/v1/t")
    assert event.fields["event.time"] == NOW


def test_the_image_is_read_as_well(read):
    data = base64.b64encode(json.dumps({"writeKey": KEY, "event": "Email Opened"}).encode()).decode()
    (event,) = read(b"", "/v1/pixel/track", query=f"data={data}", method="GET")
    assert (event.name, event.account, event.alone) == ("email_open", KEY, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8) | st.sampled_from([KEY, "track", at(NOW)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["batch", "type", "event", "context", "writeKey", "sentAt", "timestamp", "library", "name"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=20))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_read_or_refused(read, body, credentials):
    headers = {**BROWSER, b"authorization": [b"Basic " + base64.b64encode(credentials)]}
    with contextlib.suppress(BadRequest):
        assert all(event.pixel == PIXEL for event in read(body, headers=headers))
