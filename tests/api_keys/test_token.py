import hashlib
import re
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api_keys.token import mint, presented, written

KEY = written("AbCdEf123_-x", bytes(range(32)))


def test_a_key_has_the_form_that_scanners_look_for():
    fresh = mint(secrets.token_bytes)
    for key in (KEY, fresh):
        assert re.fullmatch(r"pxk_[A-Za-z0-9_-]{12}_[A-Za-z0-9_-]{43}_[A-Za-z0-9_-]{6}", key)
    assert mint(secrets.token_bytes) != fresh


def test_a_key_is_known_by_its_id_and_by_the_hash_of_its_secret():
    secret = KEY[17:60]
    assert presented(KEY) == ("AbCdEf123_-x", hashlib.sha256(secret.encode()).digest())


@given(st.integers(0, 8 * len(KEY) - 1))
def test_a_slip_of_the_pen_is_noticed(bit):
    raw = bytearray(KEY.encode())
    raw[bit // 8] ^= 1 << bit % 8
    assert presented(raw.decode("latin-1")) is None


@given(st.text(max_size=80))
def test_what_is_no_key_is_not_taken_for_one(text):
    assert presented(text) is None


@pytest.mark.parametrize("text", ["", KEY + "\n", KEY + "A", KEY[:-1], KEY.replace("pxk", "pxx"), f" {KEY}"])
def test_neither_is_what_is_longer_or_shorter(text):
    assert presented(text) is None


def test_no_id_begins_like_an_option_of_a_command():
    drawn = iter([b"\xf8" * 9, b"\xfb" * 9, b"\x00" * 9, b"s" * 32])
    assert presented(mint(lambda size: next(drawn))).id == "A" * 12
