"""An identity provider of the tests: keys of each kind, their public set, and tokens that say what a test wants."""

import base64
import json
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

NOW = 1_795_429_200
ISSUER, AUDIENCE = "https://login.example/staff", "consent-gateway"


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value):
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


@cache
def ed25519():
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@cache
def p256():
    return ec.derive_private_key(0xC0FFEE, ec.SECP256R1())


@cache
def rsa_key(bits=2048):
    return rsa.generate_private_key(65_537, bits)


def jwk(key, **more):
    """The public half of a key as a member of a set."""
    public = key.public_key()
    if isinstance(key, Ed25519PrivateKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": encoded(public.public_bytes_raw()), "kid": "ed", **more}
    numbers = public.public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "kid": "rsa", **more}
    halves = {"x": encoded(numbers.x.to_bytes(32)), "y": encoded(numbers.y.to_bytes(32))}
    return {"kty": "EC", "crv": "P-256", **halves, "kid": "ec", **more}


def key_set(*rows):
    return json.dumps({"keys": list(rows) or [jwk(ed25519()), jwk(p256()), jwk(rsa_key())]}).encode()


def signature(key, signed):
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(signed)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def claims(**changed):
    told = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "jane",
        "iat": NOW - 60,
        "exp": NOW + 600,
        "scope": "dsr openid",
        **changed,
    }
    return {name: value for name, value in told.items() if value is not None}


def token(told=None, key=None, **header):
    """A token signed rightly, whatever it says."""
    key = key or ed25519()
    head = {"alg": "Ed25519", "kid": "ed", "typ": "at+jwt", **header}
    head = {name: value for name, value in head.items() if value is not None}
    parts = [json.dumps(head), told if isinstance(told, str) else json.dumps(claims() if told is None else told)]
    signed = ".".join(encoded(part.encode()) for part in parts)
    return f"{signed}.{encoded(signature(key, signed.encode()))}"


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
