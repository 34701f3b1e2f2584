"""A signed statement is the RFC's own example, openssl agrees, and no changed bit passes."""

import base64
import json
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.jws import UnknownKey, Unsigned, key_set, parse_key_set, public_of, sign, thumbprint, verify

SEED = bytes(range(32))
PUBLIC = public_of(SEED)
TYP = "test+jwt"
TEXT = sign({"iss": "https://shop.example", "iat": 1_795_429_200, "jti": "0a1b"}, TYP, SEED)


def part(text):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(header, claims='{"a":1}', seed=SEED):
    """A text signed rightly, whatever it says."""
    body = f"{part(header)}.{part(claims)}"
    raw = Ed25519PrivateKey.from_private_bytes(seed).sign(body.encode())
    return f"{body}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def header(**changed):
    return json.dumps({"alg": "Ed25519", "kid": thumbprint(PUBLIC), "typ": TYP, **changed})


def test_the_id_of_a_key_is_that_of_the_known_example():
    """RFC 8037, appendix A.3."""
    raw = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    assert thumbprint(raw) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_what_was_signed_is_read_back():
    assert verify(TEXT, [TYP], [bytes(32), PUBLIC]) == (
        TYP,
        {"iss": "https://shop.example", "iat": 1_795_429_200, "jti": "0a1b"},
    )


def test_openssl_finds_the_signature_good_and_a_changed_one_bad(tmp_path):
    body, _, signature = TEXT.rpartition(".")
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + PUBLIC)
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    results = []
    for text in (body, body[:-1] + "A"):
        (tmp_path / "text").write_text(text)
        words = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature"
        results.append(subprocess.run(words.split(), cwd=tmp_path, capture_output=True, check=False).returncode)
    assert results == [0, 1]


@given(st.integers(0, 8 * len(TEXT) - 1))
def test_no_flipped_bit_passes(bit):
    raw = bytearray(TEXT.encode())
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Unsigned, UnicodeDecodeError)):
        verify(raw.decode(), [TYP], [PUBLIC])


def test_the_old_name_of_the_algorithm_is_accepted_and_no_other():
    assert verify(signed(header(alg="EdDSA")), [TYP], [PUBLIC])[1] == {"a": 1}
    for alg in ("none", "HS256", "ed25519", None, 1):
        with pytest.raises(Unsigned):
            verify(signed(header(alg=alg)), [TYP], [PUBLIC])


@pytest.mark.parametrize(
    "text",
    [
        signed(header(typ="other+jwt")), signed(header(crit=["x"])), signed(header(jwk={})), signed("[]"), signed("{}"),
        signed(header(), "[]"), signed(header(), '{"a":1,"a":2}'), signed(header(), "NaN"), TEXT + ".", TEXT + "=",
        "", "..", "a.b", TEXT.rpartition(".")[0] + ".", "é" + TEXT, "A" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_statement_of_ours_is_not_read(text):
    with pytest.raises(Unsigned):
        verify(text, [TYP], [PUBLIC])


def test_a_key_that_is_not_known_is_told_from_a_signature_that_is_bad():
    with pytest.raises(UnknownKey):
        verify(TEXT, [TYP], [bytes(32)])
    other = signed(header(), seed=bytes(32))
    with pytest.raises(Unsigned) as raised:
        verify(other, [TYP], [PUBLIC])
    assert not isinstance(raised.value, UnknownKey)


def test_a_set_of_keys_is_read_as_it_was_written():
    both = [PUBLIC, public_of(bytes(32))]
    text = json.dumps(key_set(both)).encode()
    assert parse_key_set(text) == both
    assert b'"d"' not in text
    strange = [{"kty": "EC", "crv": "P-256"}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, 7]
    assert parse_key_set(json.dumps({"keys": strange}).encode()) == []
    for wrong in (b"", b"[]", b"{}", b'{"keys": 1}'):
        with pytest.raises(Unsigned):
            parse_key_set(wrong)
