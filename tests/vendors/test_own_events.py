import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.hit import Hit, RawEvent
from gateway.vendors.own_events import MOST_EVENTS, OwnEvents


def read(*, query: str = "", body: object = None, dropped=lambda count: None) -> list[RawEvent]:
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    method = "GET" if body is None else "POST"
    hit = Hit(method, "/e", query, {}, raw, "192.0.2.1", 1_790_000_000.0, "shop", "events")
    return OwnEvents(dropped).decode(hit)


def test_it_reads_flat_names_from_a_query():
    (event,) = read(
        query="name=purchase&eid=42&page.url=https%3A%2F%2Fshop.example%2Fa&order.value=9.90&order.currency=EUR"
    )
    assert (event.name, event.id, event.pixel) == ("purchase", "42", "events")
    assert event.fields == {"page.url": "https://shop.example/a", "order.value": "9.90", "order.currency": "EUR"}


def test_nested_groups_and_flat_names_mean_the_same():
    nested = {"name": "purchase", "id": "1", "order": {"value": 9.5, "id": "A"}, "utm": {"source": "mail"}}
    flat = {"name": "purchase", "id": "1", "order.value": 9.5, "order.id": "A", "utm.source": "mail"}
    assert read(body=nested)[0].fields == read(body=flat)[0].fields


def test_money_keeps_its_digits():
    assert read(body=b'{"order":{"value":19.90,"tax":3}}')[0].fields == {"order.value": "19.90", "order.tax": "3"}


def test_an_array_is_a_batch_in_its_order():
    assert [event.id for event in read(body=[{"id": "a"}, {"id": "b"}])] == ["a", "b"]


def test_an_event_without_a_name_is_a_page_view():
    assert read(query="eid=1")[0].name == "page_view"
    assert read(body={"eid": "1"})[0].name == "page_view"


@pytest.mark.parametrize(
    "key",
    ["client.ip", "geo.country", "device.user_agent", "event.time", "page.secret", "ctx", "params.Big", "params.", "x"],
)
def test_what_the_page_may_not_say_is_dropped_and_counted(key):
    counted = []
    (event,) = read(query=f"name=page_view&{key}=1", dropped=counted.append)
    assert event.fields == {} and counted == [1]


def test_other_parameters_come_under_params():
    assert read(query="params.plan=gold")[0].fields == {"params.plan": "gold"}


def test_clear_contact_data_is_hashed_on_arrival_in_every_normalisation():
    (event,) = read(body={"contact": {"email": " A.nn+x@Gmail.com ", "phone": "+49 (30) 123-456"}})
    expected = {
        "email_sha256": "a.nn+x@gmail.com", "email_sha256_google": "ann+x@gmail.com",
        "email_sha256_nodots_noplus": "ann@gmail.com", "phone_sha256": "4930123456", "phone_sha256_digits": "4930123456",
        "phone_sha256_e164": "+4930123456",
    }  # fmt: skip
    assert event.fields == {
        f"contact.{name}": hashlib.sha256(plain.encode()).hexdigest() for name, plain in expected.items()
    }


def test_a_hash_of_the_page_stands_before_one_made_here():
    for contact in (
        {"email": "ann@mail.example", "email_sha256": "B" * 64},
        {"email_sha256": "B" * 64, "email": "ann@mail.example"},
    ):
        (event,) = read(body={"contact": contact})
        assert event.fields["contact.email_sha256"] == "b" * 64


def test_a_contact_that_is_neither_clear_nor_hashed_is_counted():
    lost = []
    hit = Hit("GET", "/p.gif", "contact.email=Ann&contact.phone=mobile", {}, b"", "203.0.113.9", 0.0, "shop", "events")
    (event,) = OwnEvents(lost.append).decode(hit)
    assert (event.fields, lost) == ({}, [2])


def test_a_contact_hash_that_is_none_is_dropped():
    assert read(body={"contact.email_sha256": "ann@example.com"})[0].fields == {}


def test_items_keep_scalars_only():
    (event,) = read(body={"order": {"items": [{"item_id": "A", "price": 2.5, "quantity": 1, "deep": {"x": 1}}]}})
    assert event.fields == {"order.items": [{"item_id": "A", "price": "2.5", "quantity": 1}]}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"1", b'"x"', b"[]", b"[1]", b"[[]]", b"null", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":-Infinity}',
        b'{"a":1234567890123456}', b'{"a":1e999}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b'{"a":"\x00"}',
        b"[" * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40, b'{"name":"Big Name"}', b'{"name":"' + b"a" * 51 + b'"}',
        json.dumps([{}] * (MOST_EVENTS + 1)).encode(), b"\xef\xbb\xbf{}", b'{"a":' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_it_refuses_a_body_that_is_no_event(body):
    with pytest.raises(BadRequest) as refusal:
        read(body=body)
    assert refusal.value.status == 400


def test_depth_32_is_read_and_33_is_not():
    deep = lambda n: b'{"a":' * (n - 1) + b"{}" + b"}" * (n - 1)  # noqa: E731
    assert read(body=deep(32))
    with pytest.raises(BadRequest):
        read(body=deep(33))


def test_brackets_inside_strings_are_no_depth():
    assert read(body={"params.note": "[" * 100})[0].fields == {"params.note": "[" * 100}


@pytest.mark.parametrize("query", ["a=%zz", "a=%", "a=%ff", "%00=1", "a=\x00", "a=%c3", "&".join(["a=1"] * 201)])
def test_it_refuses_a_query_that_cannot_be_read(query):
    with pytest.raises(BadRequest) as refusal:
        read(query=query)
    assert refusal.value.status == 400


def test_200_parameters_are_read():
    assert read(query="&".join(["a=1"] * 200))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_body_is_read_or_refused(body):
    try:
        read(body=body)
    except BadRequest as refusal:
        assert refusal.status == 400


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_query_is_read_or_refused(query):
    try:
        read(query=query.encode("utf-8", "surrogatepass").decode("latin-1"))
    except BadRequest as refusal:
        assert refusal.status == 400


def test_a_posted_event_may_tell_where_its_visitor_lives_and_a_query_may_not():
    assert read(body={"name": "x", "residence": "US-CA"})[0].residence == "US-CA"
    assert [each.residence for each in read(body=[{"residence": "FR"}, {}])] == ["FR", ""]
    assert read(query="residence=US-CA")[0].residence == ""
    assert "residence" not in read(body={"residence": "FR"})[0].fields


@pytest.mark.parametrize("value", [None, 7, ["FR"], {"country": "FR"}, True])
def test_a_residence_that_is_no_text_is_one_that_cannot_be_read(value):
    assert read(body={"residence": value})[0].residence == "?"


def test_what_a_page_says_of_an_age_is_no_field():
    (event,) = read(body={"name": "x", "age_band": "13-15", "known_minor": False})
    assert (event.age, dict(event.fields)) == (13, {})
    assert read(query="known_minor=1")[0].age == 0
    assert read(body={"name": "x"})[0].age is None


def handed_over(**event):
    hit = Hit("POST", "/e", "", {}, json.dumps(event).encode(), "192.0.2.1", 1_790_000_000.0, "shop", "events")
    (read_,) = OwnEvents(pixels={"meta_pixel": str}).decode(hit)
    return read_


def test_a_pixels_call_that_a_page_hands_over_goes_the_pixels_way_at_its_own_time():
    event = handed_over(name="purchase", pixel="meta_pixel", account="1234567890", ago=90.5, order={"value": 5})
    assert (event.pixel, event.account) == ("meta_pixel", "1234567890")
    assert event.fields == {"order.value": "5", "event.time": 1_789_999_909.5}


def test_a_query_cannot_hand_over_a_pixels_call():
    counted = []
    (event,) = read(query="name=purchase&pixel=meta_pixel&account=1&ago=5", dropped=counted.append)
    assert (event.pixel, event.account, event.fields, counted) == ("events", "", {}, [3])
