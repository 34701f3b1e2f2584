"""What is sealed of one request opens with its key, under its name, and with nothing else."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dsr.sealed import Sealed

KEY, OLDER, STRANGE = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
SEALED = Sealed([KEY], os.urandom)


@given(st.text(), st.text(max_size=9))
def test_what_was_sealed_is_opened_and_cannot_be_seen(text, name):
    key = SEALED.new_key(name)
    closed = SEALED.seal(key, name, text)
    assert SEALED.open(key, name, closed) == text
    assert len(text) < 9 or text not in closed


def test_another_key_another_name_or_another_bit_opens_nothing():
    key, other = SEALED.new_key("a"), SEALED.new_key("a")
    closed = SEALED.seal(key, "a", "secret")
    flipped = closed[:-6] + ("A" if closed[-6] != "A" else "B") + closed[-5:]
    for wrapped, name, text in [
        (other, "a", closed),
        (key, "b", closed),
        (key, "a", flipped),
        (key, "a", ""),
        ("", "a", closed),
    ]:
        assert SEALED.open(wrapped, name, text) is None
    assert Sealed([STRANGE], os.urandom).open(key, "a", closed) is None


def test_a_wrapping_key_that_was_replaced_still_opens():
    older = Sealed([OLDER], os.urandom)
    key = older.new_key("a")
    closed = older.seal(key, "a", "secret")
    assert Sealed([KEY, OLDER], os.urandom).open(key, "a", closed) == "secret"


def test_nothing_is_sealed_with_what_is_no_key():
    with pytest.raises(ValueError, match="no key"):
        SEALED.seal("", "a", "secret")
