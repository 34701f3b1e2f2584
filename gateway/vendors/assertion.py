"""Sign a claim with a private key: the assertion for which a token is given (RFC 7523, RS256)."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

# What the form that hands in an assertion calls it (RFC 7523, section 2.1).
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def pem_problem(secret: str) -> str:
    """Why a secret is no private key, or nothing. Whether it can sign is seen when it does."""
    return "" if secret.startswith("-----BEGIN ") else "must be a private key in PEM"


def assertion(pem: str, claims: Mapping[str, Any], now: float, seconds: int) -> str | None:
    """The signed claims, good for so many seconds from `now` on (POSIX). None where the key cannot sign."""
    key = _key(pem)
    if key is None:
        return None
    issued = int(now)
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part({**claims, 'iat': issued, 'exp': issued + seconds})}"
    return f"{signed}.{_base64(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _key(pem: str) -> RSAPrivateKey | None:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def _part(value: Any) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
