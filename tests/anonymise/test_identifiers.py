import re
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise import identifiers
from gateway.keys import Keys, digest

KEYS = Keys(b"r" * 32)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MAC = identifiers.mac_of(KEYS, "event-id", "meta")


@pytest.mark.parametrize(
    "carried",
    [
        "2bd961d9-ca1f-4053-8840-a8adef09376d",
        "1EDCD162-8AC9-4EC7-B061-181563C794F5",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01arz3ndektsv4rrffq69g5fav",
    ],
)
def test_a_uuid_and_a_ulid_pass(carried):
    assert identifiers.event_id(carried, MAC, "shop/purchase") == carried


@pytest.mark.parametrize(
    "carried",
    [
        "purchase.9006203", "john@example.com", "1", "2bd961d9ca1f40538840a8adef09376d", "81ARZ3NDEKTSV4RRFFQ69G5FAV",
        "2bd961d9-ca1f-4053-8840-a8adef09376d\n", "{2bd961d9-ca1f-4053-8840-a8adef09376d}", "x" * 9999, "\ud800",
    ],
)  # fmt: skip
def test_everything_else_becomes_a_uuid_that_carries_nothing(carried):
    made = identifiers.event_id(carried, MAC, "shop/purchase")
    assert UUID.fullmatch(made)
    assert made == identifiers.event_id(carried, MAC, "shop/purchase")


@given(st.binary(min_size=16, max_size=16))
def test_a_uuid_of_digits_keeps_all_of_them_that_tell_no_version(bits):
    assert identifiers.uuid_of(bits.hex(), 4) == str(uuid.UUID(bytes=bits, version=4))


def test_event_ids_differ_by_destination_site_and_name():
    other = identifiers.mac_of(KEYS, "event-id", "ga4")
    made = {
        identifiers.event_id("1001", mac, scope)
        for mac in (MAC, other)
        for scope in ("shop/purchase", "blog/purchase", "shop/refund")
    }
    assert len(made) == 6


def test_scope_and_id_cannot_trade_places():
    assert identifiers.event_id("b", MAC, "shop/a") != identifiers.event_id("a/b", MAC, "shop")


def test_pseudonyms_of_two_destinations_or_kinds_never_join():
    places = [("id.visitor", "meta"), ("id.visitor", "ga4"), ("id.user", "meta"), ("id.a/b", "c"), ("id.a", "b/c")]
    assert len({identifiers.mac_of(KEYS, *place).digest("v") for place in places}) == len(places)
    assert len({identifiers.day_key(b"s" * 16, *place) for place in places}) == len(places)


@pytest.mark.parametrize("salt", [b"", b"s" * 15])
def test_a_day_without_a_salt_has_no_key(salt):
    assert identifiers.day_key(salt, "id.visitor", "meta") is None


def test_two_days_do_not_join():
    one, other = (identifiers.day_key(salt * 32, "id.visitor", "meta") for salt in (b"a", b"b"))
    assert digest(one, "v") != digest(other, "v")


@pytest.mark.parametrize(
    ("value", "expected"), [("abc", "abc"), (7, "7"), ("GA1.1.5.6", "GA1.1.5.6"), ("ü", "ü"), ("x" * 256, "x" * 256)]
)
def test_an_identifier_is_a_short_visible_text_or_a_number(value, expected):
    assert identifiers.raw(value) == expected
    assert identifiers.keyed(value, MAC) == MAC.digest(expected)


@pytest.mark.parametrize("value", [None, "", "a b", "a\n", "\x00", True, 1.5, 10**20, [], {}, "x" * 257])
def test_nothing_else_is_an_identifier(value):
    assert identifiers.raw(value) is None
    assert identifiers.keyed(value, MAC) is None


@pytest.mark.parametrize(
    "value",
    [
        "john@example.com", "john%40example.com", "john%252540example.com", "am9obkBleGFtcGxlLmNvbQ==", "+491712345678", "0171-234-56-78",
        "4111111111111111", 4111111111111111, "5555-5555-5555-4444", "DE89370400440532013000", "778-04-2505", "203.0.113.7",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "sk_live_abcdefgh12345678",
    ],
)  # fmt: skip
def test_what_is_more_than_an_identifier_is_no_raw_one(value):
    assert identifiers.raw(value) is None
    assert identifiers.keyed(value, MAC) is not None


@pytest.mark.parametrize(
    "value",
    ["2bd961d9-ca1f-4053-8840-a8adef09376d", "fb.1.1756846791790.237027575", "GA1.1.627006372.1791215812", "q8Kd02LmXz71PqRs5TuVw3Yz",
     "5d41402abc4b2a76b9719d911017c592", "48291", "customer-48291", "1756846791790", "u_77"],
)  # fmt: skip
def test_identifiers_in_their_usual_forms_are_mere_identifiers(value):
    assert identifiers.raw(value) == value


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=4, max_size=256))
@settings(max_examples=100, deadline=None)
def test_a_pseudonym_shows_nothing_of_the_identifier(value):
    pseudonym = identifiers.keyed(value, MAC)
    assert re.fullmatch(r"[0-9a-f]{32}", pseudonym)
    assert len(value) < 8 or value not in pseudonym
