"""Webhooks are signed as Standard Webhooks asks."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.vendors.signing import key_problem, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
SEED = bytes(range(32))
ED25519 = "whsk_" + base64.b64encode(SEED).decode()


def test_the_vector_of_the_specification_holds():
    assert signature(SECRET, *MESSAGE) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_ed25519_signature_is_verified_by_the_public_key():
    kind, _, encoded = signature(ED25519, *MESSAGE).partition(",")
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    public.verify(base64.b64decode(encoded), b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}')
    assert kind == "v1a"


def test_two_secrets_give_two_signatures_while_keys_rotate():
    assert signature(f"{SECRET} {ED25519}", *MESSAGE).split() == [
        signature(SECRET, *MESSAGE),
        signature(ED25519, *MESSAGE),
    ]


@pytest.mark.parametrize(
    "secret", ["", "plain", "whsec_", "whsec_####", "whsec_" + "AAAA", "whsk_" + "AAAA", f"{SECRET} plain"]
)
def test_what_cannot_sign_is_refused(secret):
    assert key_problem(secret)


@pytest.mark.parametrize("secret", [SECRET, ED25519, f"{SECRET} {ED25519}"])
def test_what_can_sign_is_not(secret):
    assert key_problem(secret) == ""
