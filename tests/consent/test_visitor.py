import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.visitor import COOKIE, Bond, Visitors, seal

KEY, OLD = bytes(range(32)), bytes(range(1, 33))
BOND = Bond("shop", "subject")
NOW = 1_764_000_000
ID = bytes(range(16))
VALUE = seal(ID, NOW + 100, KEY, BOND)


def read(*values, bond=BOND, now=NOW, ring=KEY):
    header = "; ".join(["a=1", *(f"{COOKIE}={value}" for value in values)])
    return Visitors(ring).read({b"cookie": [header.encode("latin-1")]}, bond, now)


def test_what_was_sealed_is_read():
    assert read(VALUE) == "AAECAwQFBgcICQoLDA0ODw"


def test_a_cookie_is_worth_nothing_without_its_record_its_site_its_key_or_after_its_time():
    assert read(VALUE, bond=Bond("other", "subject")) is None
    assert read(VALUE, bond=Bond("shop", "another")) is None
    assert read(VALUE, bond=Bond("shop", "")) is None
    assert read(seal(ID, NOW + 100, KEY, Bond("shop", "")), bond=Bond("shop", "")) is None
    assert read(VALUE, ring=OLD) is None
    assert read(VALUE, now=NOW + 100) is None
    assert read(VALUE, now=NOW + 99) is not None


def test_none_and_two_of_them_are_no_visitor():
    assert read() is None
    assert read(VALUE, VALUE) is None
    assert Visitors(KEY).read({}, BOND, NOW) is None


def test_a_cookie_of_an_older_key_is_believed_and_a_new_one_is_sealed_with_the_current_key():
    assert read(seal(ID, NOW + 100, OLD, BOND), ring=KEY + OLD) == read(VALUE)
    assert seal(ID, NOW + 100, KEY + OLD, BOND) == VALUE


@pytest.mark.parametrize("random", [b"", bytes(15), bytes(17)])
def test_an_id_of_another_size_is_refused(random):
    with pytest.raises(ValueError, match="random bytes"):
        seal(random, NOW, KEY, BOND)


@given(st.integers(0, len(VALUE) - 1), st.characters(codec="latin-1", exclude_characters=";\r\n\0\t "))
def test_a_changed_cookie_is_none(place, character):
    changed = VALUE[:place] + character + VALUE[place + 1 :]
    assert changed == VALUE or read(changed) is None


@given(st.binary(max_size=200))
def test_no_header_raises(header):
    assert Visitors(KEY).read({b"cookie": [header]}, BOND, NOW) is None
