"""A page may hand over the calls of vendors' pixels: it names the pixel, the account and how long ago, and no more."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap.shipped import manifests
from gateway.errors import BadRequest
from gateway.vendors.called import MOST_SECONDS, Call, take_call
from gateway.vendors.catalogue import load_catalogue

NOW = 1_795_600_000.0
PIXELS = {name: pixel.account for name, pixel in load_catalogue(manifests()).pixels.items()}


def taken(**told):
    return take_call(told, PIXELS, NOW)


def test_a_call_goes_to_its_pixel_and_account_at_its_time():
    told = {"pixel": "meta_pixel", "account": "1234567890", "ago": Decimal("12.5"), "name": "purchase"}
    assert take_call(told, PIXELS, NOW) == Call("meta_pixel", "1234567890", NOW - 12.5)
    assert told == {"name": "purchase"}


def test_an_event_of_the_site_itself_names_nothing():
    assert taken() == Call("", "", None)


@pytest.mark.parametrize("pixel", ["nobody", "META_PIXEL", "events", 7, ["meta_pixel"], {"a": 1}])
def test_an_event_for_a_pixel_that_does_not_exist_is_refused(pixel):
    with pytest.raises(BadRequest):
        taken(pixel=pixel)


@pytest.mark.parametrize(
    "account", ["a/b", "../me", "..", "a..b", ".a", "a.", "a b", "a?b", "a%2fb", "x" * 65, 7, "a\n"]
)
def test_an_account_cannot_lead_to_another_address_of_the_vendor(account):
    assert taken(pixel="meta_pixel", account=account).account == ""


@pytest.mark.parametrize(
    ("pixel", "account"),
    [("meta_pixel", "1234567890"), ("ga4_collect", "G-ABC123DEF4"), ("reddit_pixel", "t2_abc12"), ("x_adsct", "o1abc")],
)
def test_accounts_as_vendors_write_them_are_kept(pixel, account):
    assert taken(pixel=pixel, account=account).account == account


@pytest.mark.parametrize("account", ["me", "a" * 64, "ann@mail.example", "G-ABC123DEF4", "12"])
def test_what_is_no_account_of_that_pixel_is_none(account):
    assert taken(pixel="meta_pixel", account=account).account == ""


def test_an_account_without_a_pixel_is_nobodys():
    assert taken(account="1234567890").account == ""


@pytest.mark.parametrize("ago", [-1, MOST_SECONDS + 1, True, "5", None, [], Decimal("1e999999")])
def test_a_span_that_cannot_be_believed_is_no_time(ago):
    assert taken(ago=ago).time is None


@given(st.integers(0, MOST_SECONDS))
def test_nothing_happens_after_it_arrived(ago):
    assert NOW - MOST_SECONDS <= taken(ago=ago).time <= NOW
