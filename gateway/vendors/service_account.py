"""Ask Google for an access token in the name of a service account: the request, signed as RFC 7523 says."""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.outbound import Outbound

# What the key file itself says about this is not asked: a file must not choose where an assertion goes.
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
TOKEN_HOST = "oauth2.googleapis.com"  # noqa: S105 - a host

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECONDS = 3_600


def key_problem(secret: str) -> str:
    """Why a secret is no key file of a service account, or nothing. Whether its key can sign is seen when it does."""
    account = _account(secret)
    if account is None:
        return "must be the JSON key file of a service account, with client_email and private_key"
    return "" if account["private_key"].startswith("-----BEGIN ") else "private_key must be PEM"


def token_request(secret: str, scope: str, now: float, url: str = TOKEN_URL) -> Outbound | None:
    """The request for a token; `now` is POSIX seconds. None where the key cannot sign."""
    account = _account(secret)
    key = _key(account["private_key"]) if account else None
    if account is None or key is None:
        return None
    issued = int(now)
    claims = {"iss": account["client_email"], "scope": scope, "aud": TOKEN_URL, "iat": issued, "exp": issued + _SECONDS}
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    assertion = f"{signed}.{_base64(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"
    body = urlencode({"grant_type": _GRANT, "assertion": assertion}, quote_via=quote).encode()
    return Outbound("POST", url, {"content-type": "application/x-www-form-urlencoded"}, body)


def _key(pem: str) -> RSAPrivateKey | None:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def _account(secret: str) -> dict[str, str] | None:
    try:
        given = json.loads(secret)
    except (ValueError, RecursionError):
        return None
    names = ("client_email", "private_key")
    return given if isinstance(given, dict) and all(isinstance(given.get(name), str) for name in names) else None


def _part(value: Any) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
