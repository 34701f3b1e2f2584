"""An assertion says what is claimed, for how long, and is signed by a key that can sign."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.vendors.assertion import assertion, pem_problem

NOW = 1795428930.7


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_it_holds_the_claims_and_its_time_and_is_signed():
    key = rsa.generate_private_key(65537, 2048)
    head, claims, signature = assertion(pem(key), {"iss": "me"}, NOW, 180).split(".")
    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT"}
    assert json.loads(decoded(claims)) == {"iss": "me", "iat": 1795428930, "exp": 1795429110}
    key.public_key().verify(decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    "text", ["", "secret", "-----BEGIN NOTHING-----", pem(ec.generate_private_key(ec.SECP256R1()))]
)
def test_a_key_that_cannot_sign_signs_nothing(text):
    assert assertion(text, {"iss": "me"}, NOW, 180) is None


def test_what_is_no_key_is_a_problem_that_does_not_repeat_it():
    assert pem_problem("-----BEGIN PRIVATE KEY-----\n…") == ""
    assert "hunter2" not in pem_problem("hunter2") != ""
