"""A token lets in whom a listed issuer signed it for, for an hour at most; every forged, old or foreign one is nobody's."""

import base64
import hashlib
import hmac
import json
import subprocess
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api_keys.grant import Asked, Verdict, weigh
from gateway.api_keys.jwk import parse_keys
from gateway.api_keys.oidc import LIFETIME, SKEW, Issuer, holder, judged, looks_like_one, taken_apart
from gateway.api_keys.token import ID
from tests.api_keys.signing import (
    AUDIENCE,
    ISSUER,
    NOW,
    claims,
    ed25519,
    encoded,
    jwk,
    key_set,
    p256,
    public_pem,
    rsa_key,
    token,
)

STAFF = Issuer(ISSUER, AUDIENCE, {"dsr": ("metrics", "policy:explain"), "read": ("metrics",)})
KEYS = parse_keys(key_set())


def bearer(text, issuer=STAFF, now=NOW, keys=KEYS):
    """Whom a text stands for."""
    parts = taken_apart(text)
    return judged(parts, issuer, keys, now) if parts else None


def hmac_signed(head, secret):
    """A token signed with HMAC, and a public key as its secret: the known confusion of keys."""
    signed = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims()).encode())}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    "text",
    [
        token(), token(alg="EdDSA"), token(typ="JWT"), token(typ="application/at+jwt"), token(typ=None),
        token(key=p256(), alg="ES256", kid="ec"), token(key=rsa_key(), alg="RS256", kid="rsa"),
        token(claims(aud=["other", AUDIENCE])), token(claims(nbf=NOW)), token(claims(exp=NOW + 1.5)),
        token(claims(scope=["dsr"])), token(claims(iat=NOW + SKEW)),
    ],
)  # fmt: skip
def test_who_was_signed_for_is_let_in(text):
    told = bearer(text)
    assert (told.grant.id, told.grant.scopes) == (holder(ISSUER, "jane"), {"metrics", "policy:explain"})
    assert weigh([told.grant], told.shown, Asked("metrics", None, NOW)) is Verdict.MAY
    assert weigh([told.grant], told.shown, Asked("dead-letters:write", None, NOW)) is Verdict.LACKS
    assert weigh([told.grant], told.shown, Asked("metrics", None, NOW + LIFETIME)) is Verdict.STRANGER


@pytest.mark.parametrize(
    "text",
    [
        # no algorithm, others' algorithms, and those of other keys
        token(alg="none"), token(alg="None"), token(alg=""), token(alg=None), token(alg="HS256"), token(alg="ed25519"),
        token(alg="RS256"), token(alg="ES256"), token(key=rsa_key(), alg="PS256", kid="rsa"), token(alg=["Ed25519"]),
        token().rpartition(".")[0] + ".", token(alg="none").rpartition(".")[0] + ".",
        hmac_signed({"alg": "HS256", "kid": "rsa"}, public_pem(rsa_key())),
        hmac_signed({"alg": "RS256", "kid": "rsa"}, public_pem(rsa_key())),
        hmac_signed({"alg": "Ed25519", "kid": "ed"}, ed25519().public_key().public_bytes_raw()),
        # keys that are not the issuer's, wherever the token says they are
        token(kid="rsa"), token(kid="nobody"), token(kid=None), token(kid=7), token(key=p256(), alg="ES256", kid="ed"),
        token(key=rsa_key(3072), alg="RS256", kid="rsa", jwk=jwk(rsa_key(3072))),
        token(kid="nobody", jku="https://evil.example/keys"), token(kid="../../keys"),
        # what must be understood and is not, other kinds of token
        token(crit=["b64"], b64=False), token(crit=[]), token(typ="dsr-receipt+jwt"), token(typ="logout+jwt"), token(typ=7),
        # for another time
        token(claims(exp=NOW)), token(claims(exp=NOW - 1)), token(claims(exp=None)), token(claims(exp="soon")),
        token(claims(exp=True)), token(claims(exp=NOW - 60 + LIFETIME + 1)), token(claims(exp=10**12)),
        token(claims(iat=None)), token(claims(iat=NOW + SKEW + 1)), token(claims(nbf=NOW + SKEW + 1)),
        token(claims(nbf="x")), token(claims(iat=NOW - 2 * LIFETIME)), token('{"exp":1e999}'),
        # for somebody else, from somebody else, about nobody
        token(claims(aud=None)), token(claims(aud="other")), token(claims(aud=[])), token(claims(aud={AUDIENCE: 1})),
        token(claims(aud=AUDIENCE + "/")), token(claims(aud=f"{AUDIENCE} other")),
        token(claims(iss=ISSUER + "/")), token(claims(iss=None)), token(claims(iss=[ISSUER])),
        token(claims(sub=None)), token(claims(sub="")), token(claims(sub=7)), token(claims(sub="x" * 256)),
        # what can be read in two ways, and what is no token
        token('{"iss":"a","iss":"b"}'), token("[]"), token("nothing"), token() + "=", token() + ".", " " + token(),
        token().replace(".", "=.", 1), token() + "\n", "é" + token(), "..", "a.b", "", token(claims(sub="x", pad="y" * 9_000)),
    ],
)  # fmt: skip
def test_nobody_else_is(text):
    assert bearer(text) is None


@given(st.integers(0, 8 * len(token()) - 1))
def test_no_flipped_bit_lets_anybody_in(bit):
    raw = bytearray(token().encode())
    raw[bit // 8] ^= 1 << bit % 8
    assert bearer(raw.decode("latin-1")) is None


@pytest.mark.parametrize("scope", [None, "", "openid", "Dsr", "dsr,read", ["dsr read"], {"dsr": 1}, 7, "metrics", "*"])
def test_a_scope_that_stands_for_nothing_here_lets_do_nothing(scope):
    told = bearer(token(claims(scope=scope)))
    assert told.grant.scopes == frozenset()
    assert weigh([told.grant], told.shown, Asked("metrics", None, NOW)) is Verdict.LACKS


def test_an_algorithm_that_an_issuer_does_not_use_is_not_taken_from_it():
    assert bearer(token(), STAFF._replace(algorithms=("ES256",))) is None
    assert bearer(token(key=p256(), alg="ES256", kid="ec"), STAFF._replace(algorithms=("ES256",)))


def test_the_networks_of_an_issuer_hold_for_its_tokens():
    told = bearer(token(), STAFF._replace(networks=(ip_network("10.0.0.0/8"),)))
    assert weigh([told.grant], told.shown, Asked("metrics", None, NOW)) is Verdict.STRANGER


def test_two_keys_of_one_name_are_both_tried():
    keys = parse_keys(key_set(jwk(p256(), kid="ed"), jwk(ed25519())))
    assert bearer(token(), keys=keys)
    assert bearer(token(key=p256(), alg="ES256"), keys=keys)


def test_who_it_was_can_be_found_out_by_whoever_knows_the_subject_alone():
    told = holder(ISSUER, "jane")
    assert ID.fullmatch(told)
    digest = subprocess.run(
        ["openssl", "dgst", "-sha256", "-binary"], input=f"{ISSUER}\njane".encode(), capture_output=True, check=True
    ).stdout
    assert digest == hashlib.sha256(f"{ISSUER}\njane".encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().startswith(told)
    assert told not in (holder(ISSUER, "john"), holder("https://other.example", "jane"))


def test_a_token_is_told_from_an_api_key():
    assert looks_like_one(token())
    assert not looks_like_one("pxk_AbCdEf123_-x_secret_check")
