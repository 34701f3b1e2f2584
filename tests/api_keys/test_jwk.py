"""A key checks signatures of its own kind, and a set gives no key that is weak, for something else, or no key."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api_keys.jwk import KeySetError, decoded, parse_keys
from tests.api_keys.signing import ed25519, encoded, jwk, key_set, number, p256, rsa_key, signature

KEYS = [ed25519, p256, rsa_key]
TEXT = b"what was signed"


def test_a_set_gives_each_key_with_the_algorithms_of_its_kind():
    told = {key.id: key.algorithms for key in parse_keys(key_set())}
    assert told == {"ed": {"Ed25519", "EdDSA"}, "ec": {"ES256"}, "rsa": {"RS256"}}


@pytest.mark.parametrize("make", KEYS)
def test_what_a_key_signed_holds_and_nothing_else(make):
    (key,) = parse_keys(key_set(jwk(make())))
    made = signature(make(), TEXT)
    assert key.holds(TEXT, made)
    assert not key.holds(TEXT + b".", made)
    for wrong in (b"", made[:-1], made + b"\0", bytes(len(made)), made[1:] + made[:1]):
        assert not key.holds(TEXT, wrong)


@given(st.sampled_from(KEYS), st.integers(0, 511))
def test_no_flipped_bit_of_a_signature_holds(make, bit):
    (key,) = parse_keys(key_set(jwk(make())))
    made = bytearray(signature(make(), TEXT))
    made[bit // 8] ^= 1 << bit % 8
    assert not key.holds(TEXT, bytes(made))


def test_the_algorithm_that_a_key_names_is_its_only_one():
    (key,) = parse_keys(key_set(jwk(rsa_key(), alg="RS256", use="sig", key_ops=["verify"])))
    assert key.algorithms == {"RS256"}
    assert parse_keys(key_set(jwk(ed25519(), alg="EdDSA")))[0].algorithms == {"Ed25519", "EdDSA"}


def test_a_key_that_is_too_short_for_anybody_is_none():
    assert parse_keys(key_set(jwk(rsa_key(1024)))) == ()


@pytest.mark.parametrize(
    "row",
    [
        jwk(rsa_key(), alg="PS256"), jwk(rsa_key(), alg="HS256"), jwk(p256(), alg="RS256"), jwk(p256(), alg=None),
        jwk(ed25519(), use="enc"), jwk(ed25519(), key_ops=["sign"]), jwk(ed25519(), key_ops="verify"),
        jwk(ed25519(), kid=None), jwk(ed25519(), kid=7), jwk(ed25519(), x="AA"), jwk(ed25519(), x=None),
        jwk(ed25519(), x=encoded(bytes(31)) + "="), jwk(ed25519(), crv="Ed448"), jwk(p256(), crv="P-521"),
        jwk(p256(), y=encoded(bytes(32))), jwk(p256(), x="AA"), jwk(p256(), crv=None), jwk(rsa_key(), e=number(2)),
        jwk(rsa_key(), e=number(2**40 + 1)), jwk(rsa_key(), n=encoded(bytes(256))), jwk(rsa_key(), n="*"),
        jwk(rsa_key(), n=number(2**9_000 + 1)), {"kty": "oct", "k": encoded(bytes(32)), "kid": "rsa"}, {}, [], "key", None,
        {"kty": ["RSA"], "kid": "rsa"},
    ],
)  # fmt: skip
def test_what_is_no_key_for_signatures_is_passed_over(row):
    assert [key.id for key in parse_keys(key_set(row, jwk(ed25519(), kid="good")))] == ["good"]


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b'{"keys":{}}', b'{"keys":[],"keys":[]}', b"\xff", json.dumps({"keys": [{}] * 65}).encode()],
)
def test_what_is_no_set_of_keys_is_refused(text):
    with pytest.raises(KeySetError):
        parse_keys(text)


@pytest.mark.parametrize("text", ["A", "AB", "AA=", "A A", "AA\n", "é", "+/8", None, 7, b"AA"])
def test_base64url_has_one_spelling(text):
    with pytest.raises(ValueError, match="base64url"):
        decoded(text)
