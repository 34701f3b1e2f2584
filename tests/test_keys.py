import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.keys import Keys, Mac, digest, parse_root


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
