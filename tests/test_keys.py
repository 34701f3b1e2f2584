import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.keys import MOST_ROOTS, Keys, Mac, Subjects, digest, fingerprint, keys_of, parse_root, parse_roots


def test_each_label_has_its_own_key_and_always_the_same():
    keys = Keys(b"r" * 32)
    assert keys.derive("pseudonym/meta") == Keys(b"r" * 32).derive("pseudonym/meta")
    assert len({keys.derive("a"), keys.derive("b"), Keys(b"s" * 32).derive("a")}) == 3
    assert len(keys.derive("a")) == 32


def test_a_key_is_hkdf_sha256():
    extracted = hmac.digest(b"\0" * 32, b"r" * 32, "sha256")
    assert Keys(b"r" * 32).derive("a") == hmac.digest(extracted, b"gateway/a\x01", "sha256")


@pytest.mark.parametrize("root", [b"", b"r" * 31, b"r" * 33])
def test_a_root_of_another_length_is_refused(root):
    with pytest.raises(ValueError, match="32 bytes"):
        Keys(root)


def test_keys_are_not_printed():
    assert "rrrr" not in repr(Keys(b"r" * 32))


def test_a_root_is_read_from_base64():
    assert parse_root(f" {base64.b64encode(b'r' * 32).decode()}\n") == b"r" * 32


@pytest.mark.parametrize("text", ["", "rrrr", "not base64!", base64.b64encode(b"r" * 31).decode()])
def test_a_root_that_is_none_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="root key") as error:
        parse_root(text)
    assert not text or text not in str(error.value)


@given(st.binary(max_size=100), st.text(st.characters(), max_size=200))
@settings(max_examples=200, deadline=None)
def test_a_mac_is_the_digest_of_its_key(key, value):
    expected = hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]
    assert Mac(key).digest(value) == digest(key, value) == expected


def test_a_mac_is_used_again_and_again():
    mac = Mac(b"k")
    assert mac.digest("a") == mac.digest("a") != mac.digest("b")


def text_of(*roots):
    return "\n".join(base64.b64encode(root).decode() for root in roots)


A, B = bytes(range(32)), bytes(range(32, 64))


def test_several_roots_are_read_the_current_one_first():
    assert parse_roots(text_of(A, B) + "\n\n") == (A, B)
    assert parse_roots(f" {text_of(A)} {text_of(B)}") == (A, B)


@pytest.mark.parametrize(
    "text",
    [
        "", " \n", text_of(A, B[:31]), text_of(A, A), text_of(A) + " x", text_of(A, b"a" * 32),
        text_of(*(bytes(range(number, number + 32)) for number in range(MOST_ROOTS + 1))),
    ],
)  # fmt: skip
def test_roots_of_which_one_is_no_good_are_none(text):
    with pytest.raises(ValueError, match="root key"):
        parse_roots(text)


def test_a_ring_is_the_keys_of_one_purpose_the_current_one_first():
    keys = Keys(b"a" * 32, (b"b" * 32,))
    assert keys_of(keys.ring("x")) == [Keys(b"a" * 32).derive("x"), Keys(b"b" * 32).derive("x")]
    assert keys.derive("x") == Keys(b"a" * 32).derive("x")
    with pytest.raises(ValueError, match="32 bytes"):
        Keys(b"a" * 32, (b"b" * 31,))


def test_a_fingerprint_tells_roots_apart_and_is_no_part_of_them():
    assert fingerprint(b"a" * 32) != fingerprint(b"b" * 32)
    assert len(fingerprint(b"a" * 32)) == 8 and fingerprint(b"a" * 32) not in (b"a" * 32).hex()


def test_the_pseudonym_of_a_record_stays_what_it_was_when_the_keys_change():
    before, after = Keys(b"b" * 32), Keys(b"a" * 32, (b"b" * 32,))
    old, new = Subjects(before.ring("subject")), Subjects(after.ring("subject"))
    assert new.digest("1:record") == old.digest("record") == digest(before.derive("subject"), "record")
    assert new.digest("record") == digest(after.derive("subject"), "record")
