"""Read the key file of a service account at Google, and what has to be claimed in its name for a token."""

import json

from gateway.vendors.assertion import pem_problem

# What the key file itself says about this is not asked: a file must not choose where an assertion goes.
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
TOKEN_HOST = "oauth2.googleapis.com"  # noqa: S105 - a host

SECONDS = 3_600


def key_problem(secret: str) -> str:
    """Why a secret is no key file of a service account, or nothing. Whether its key can sign is seen when it does."""
    account = _account(secret)
    if account is None:
        return "must be the JSON key file of a service account, with client_email and private_key"
    return pem_problem(account["private_key"]) and "private_key must be PEM"


def claimed(secret: str, scope: str) -> tuple[str, dict[str, str]] | None:
    """The private key in PEM and the claims; None for what is no key file."""
    account = _account(secret)
    if account is None:
        return None
    return account["private_key"], {"iss": account["client_email"], "scope": scope, "aud": TOKEN_URL}


def _account(secret: str) -> dict[str, str] | None:
    try:
        given = json.loads(secret)
    except (ValueError, RecursionError):
        return None
    names = ("client_email", "private_key")
    return given if isinstance(given, dict) and all(isinstance(given.get(name), str) for name in names) else None
