"""What is signed is found good by openssl with the certificate, and no changed byte is; what cannot vouch is refused."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.web.opendsr.signing import Unfit, signer
from tests.web.opendsr.making import DOMAIN, body, certificate, key, openssl_verifies, ours, pem

NOW = datetime.now(UTC)


def test_openssl_finds_a_signature_good_and_that_of_a_tampered_byte_bad(tmp_path):
    signature = ours().sign(body())
    assert openssl_verifies(tmp_path, ours().certificate, body(), signature)
    tampered = body().replace(b"erasure", b"erasurf")
    assert not openssl_verifies(tmp_path, ours().certificate, tampered, signature)
    assert not openssl_verifies(tmp_path, certificate(key(3072)), body(), signature)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 8 * len(body()) - 1))
def test_no_flipped_bit_of_a_body_keeps_its_signature(tmp_path, bit):
    raw = bytearray(body())
    raw[bit // 8] ^= 1 << bit % 8
    assert not openssl_verifies(tmp_path, ours().certificate, bytes(raw), ours().sign(body()))


def test_the_headers_go_under_each_name_that_the_protocol_has_had():
    told = ours().headers(b"x", ("OpenDSR", "OpenGDPR"))
    assert told == {
        "X-OpenDSR-Processor-Domain": DOMAIN,
        "X-OpenDSR-Signature": ours().sign(b"x"),
        "X-OpenGDPR-Processor-Domain": DOMAIN,
        "X-OpenGDPR-Signature": ours().sign(b"x"),
    }


def test_a_chain_is_handed_out_whole_and_its_first_certificate_is_ours():
    chain = certificate(key()) + certificate(key(3072), ("authority.example",))
    assert signer(DOMAIN, pem(key()), chain, NOW).certificate == chain
    with pytest.raises(Unfit, match="another key"):
        signer(DOMAIN, pem(key()), chain[len(certificate(key())) :] + certificate(key()), NOW)


def elliptic():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("why", "private", "chain"),
    [
        ("no private key", b"nothing", certificate(key())), ("no private key", b"", certificate(key())),
        ("no private key", certificate(key()), certificate(key())),
        ("no private key", key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"p")), certificate(key())),
        ("no RSA key", pem(elliptic()), certificate(key())), ("no RSA key", pem(key(1024)), certificate(key(1024))),
        ("no certificate", pem(key()), b"nothing"), ("no certificate", pem(key()), b""), ("no certificate", pem(key()), pem(key())),
        ("another key", pem(key()), certificate(key(3072))),
        ("not count now", pem(key()), certificate(key(), days=(-9, -1))), ("not count now", pem(key()), certificate(key(), days=(1, 9))),
        ("name the domain", pem(key()), certificate(key(), ("other.example",))), ("name the domain", pem(key()), certificate(key(), ())),
        ("name the domain", pem(key()), certificate(key(), ("*.shop.example",))),
    ],
)  # fmt: skip
def test_what_cannot_vouch_for_the_domain_is_refused(why, private, chain):
    with pytest.raises(Unfit, match=why):
        signer(DOMAIN, private, chain, NOW)
