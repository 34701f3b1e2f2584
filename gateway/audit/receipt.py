"""Sign and verify what a visitor takes home: what was chosen, or what became of a request."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.audit import jws

# Kind -> the type in the header, which keeps one kind from being taken for the other.
KINDS = {"consent": "consent-receipt+jwt", "dsr": "dsr-receipt+jwt"}

KEY = "receipt"  # the label that `gateway.keys` derives its key by
_ALWAYS = {"iss": str, "iat": int, "jti": str}


def sign_receipt(kind: str, claims: Mapping[str, Any], seed: bytes) -> str:
    """The receipt of claims. ValueError where it does not say who gave it (`iss`), when (`iat`, POSIX seconds) and
    which it is (`jti`)."""
    if not _says_what_it_must(claims):
        raise ValueError("a receipt has iss, iat and jti")
    return jws.sign(claims, KINDS[kind], seed)


def verify_receipt(text: str, publics: Sequence[bytes]) -> tuple[str, Mapping[str, Any]]:
    """The kind and the claims of a receipt. Unsigned or UnknownKey where it is none of these keys."""
    kinds = {typ: kind for kind, typ in KINDS.items()}
    typ, claims = jws.verify(text, kinds, publics)
    if not _says_what_it_must(claims):
        raise jws.Unsigned("this does not say who gave it, when, and which it is")
    return kinds[typ], claims


def _says_what_it_must(claims: Mapping[str, Any]) -> bool:
    return all(type(claims.get(name)) is kind for name, kind in _ALWAYS.items())
