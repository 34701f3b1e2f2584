"""What the tests of OpenDSR have in common: a domain that signs, requests as others write them, and openssl to check."""

import base64
import json
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.dsr.request import Moment, Request, State, Type
from gateway.dsr.webhooks import Hooks
from gateway.web.opendsr.read import House
from gateway.web.opendsr.signing import signer

DOMAIN = "opendsr.shop.example"
CONTROLLER = "ctl.example"
HOUSE = House(DOMAIN, "gdpr", Hooks("whsec_", frozenset({CONTROLLER, f"{CONTROLLER}:8443"})).may_call)
ID = "a7551968-d5d6-44b2-9831-815ac9017798"
NOW = 1_795_429_200


@cache
def key(bits=2048):
    return rsa.generate_private_key(65_537, bits)


def pem(private):
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certificate(private, names=(DOMAIN,), days=(-1, 60)):
    """A certificate in PEM for these names, its own authority, from and until so many days from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    now = datetime.now(UTC)
    begun = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
    )
    if names:
        begun = begun.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
    return begun.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@cache
def ours():
    """The signer of DOMAIN."""
    return signer(DOMAIN, pem(key()), certificate(key()), datetime.now(UTC))


def body(**changed):
    """The body of a request as the specification's own example has it, but for what is changed; None leaves out."""
    told = {
        "regulation": "gdpr",
        "subject_request_id": ID,
        "subject_request_type": "erasure",
        "submitted_time": "2018-10-02T15:00:00Z",
        "subject_identities": [
            {"identity_type": "email", "identity_value": "johndoe@example.com", "identity_format": "raw"}
        ],
        "api_version": "2.0",
        "status_callback_urls": [f"https://{CONTROLLER}/opendsr_callbacks"],
        "extensions": {DOMAIN: {"visitor_ids": ["v1.a.b"]}, "other.example": {"custom": 654321}},
        **changed,
    }
    return json.dumps({name: value for name, value in told.items() if value is not None}).encode()


def request(**changed):
    """A request as it is kept."""
    history = (Moment(State.RECEIVED, NOW), Moment(State.QUEUED, NOW))
    made = Request("0193-1", ID, Type.ERASURE, "gdpr", NOW, NOW + 30 * 86_400, "d", reference="k7m2", by="AbCdEf123_-x")
    fields = {name: getattr(made, name) for name in made.__slots__}
    return Request(**{**fields, "state": State.QUEUED, "history": history, **changed})


def openssl_verifies(directory, chain, text, signature):
    """Whether `openssl dgst` finds a signature (base64) of a text good with the key of a certificate."""
    (directory / "cert.pem").write_bytes(chain)
    (directory / "body").write_bytes(text)
    (directory / "signature").write_bytes(base64.b64decode(signature, validate=True))
    public = subprocess.run(
        ["openssl", "x509", "-in", "cert.pem", "-pubkey", "-noout"], cwd=directory, capture_output=True, check=True
    ).stdout
    (directory / "key.pem").write_bytes(public)
    words = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "body"]
    return subprocess.run(words, cwd=directory, capture_output=True, check=False).returncode == 0
