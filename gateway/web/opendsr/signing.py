"""Vouch for what is sent: an RSA signature over the very bytes of a body, by a certificate that names our domain.

SHA-256 with PKCS #1 v1.5 padding (RFC 8017, section 8.2), which is what `openssl dgst -sha256 -verify` checks.
"""

import base64
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_LEAST_BITS = 2_048


class Unfit(ValueError):
    """A key or a certificate that cannot vouch for anything. Its message repeats nothing of the key."""


class Signer:
    """Signs for a domain. `certificate` is PEM, ours first and those that lead to its authority behind it."""

    def __init__(self, domain: str, key: rsa.RSAPrivateKey, certificate: bytes, until: datetime) -> None:
        self.domain = domain
        self.certificate = certificate
        self.until = until
        self._key = key

    def sign(self, body: bytes) -> str:
        """The signature of a body, in base64. It takes some thousandths of a second."""
        return base64.b64encode(self._key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()

    def headers(self, body: bytes, names: tuple[str, ...] = ("OpenDSR",)) -> dict[str, str]:
        """The headers that go with a body, under each of the names that the protocol has had."""
        signature = self.sign(body)
        return {
            header: value
            for name in names
            for header, value in ((f"X-{name}-Processor-Domain", self.domain), (f"X-{name}-Signature", signature))
        }


def signer(domain: str, key: bytes, certificate: bytes, now: datetime) -> Signer:
    """Who signs for a domain with a key and a chain of certificates, both PEM. Unfit where they are not for it."""
    private = _private(key)
    own = _first(certificate)
    public = own.public_key()
    if not isinstance(public, rsa.RSAPublicKey) or public.public_numbers() != private.public_key().public_numbers():
        raise Unfit("the certificate is another key's")
    if not own.not_valid_before_utc <= now < own.not_valid_after_utc:
        raise Unfit("the certificate does not count now")
    if domain not in _names(own):
        raise Unfit("the certificate does not name the domain as a DNS name")
    return Signer(domain, private, certificate, own.not_valid_after_utc)


def _private(pem: bytes) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise Unfit("the key is no private key in PEM without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise Unfit(f"the key is no RSA key of at least {_LEAST_BITS} bits")
    return key


def _first(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(pem)[0]
    except (ValueError, IndexError):
        raise Unfit("there is no certificate in PEM") from None


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return names.get_values_for_type(x509.DNSName)
