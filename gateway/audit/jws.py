"""Sign a statement so that anybody can check it with a public key: compact JWS (RFC 7515) with Ed25519 (RFC 9864).

A text that is read has exactly three parts in their one spelling, the members `alg`, `kid` and `typ` in its header and
no others, and a key of ours. The old name `EdDSA` of the algorithm is accepted, and never written.
"""

import base64
import binascii
import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.audit.leaf import canonical
from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse

ALGORITHM = "Ed25519"
_ACCEPTED = (ALGORITHM, "EdDSA")
_MOST_CHARACTERS = 65_536
_MOST_DEPTH = 16
_KEY_BYTES = 32


class Unsigned(ValueError):
    """A text that is no statement, or not one of ours. Its message repeats nothing of it."""


class UnknownKey(Unsigned):
    """It may be one, of a key that is not known here."""


def sign(claims: Mapping[str, Any], typ: str, seed: bytes) -> str:
    """The signed text of claims, whose numbers are whole. `seed` is the key, 32 bytes."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    header = {"alg": ALGORITHM, "kid": thumbprint(public), "typ": typ}
    signed = f"{_encode(canonical(header))}.{_encode(canonical(claims))}"
    return f"{signed}.{_encode(key.sign(signed.encode()))}"


def verify(text: str, types: Collection[str], publics: Sequence[bytes]) -> tuple[str, Mapping[str, Any]]:
    """The type and the claims of a signed text of one of these types. UnknownKey where none of the public keys is its
    own, Unsigned where it is none."""
    parts = text.split(".")
    if len(text) > _MOST_CHARACTERS or len(parts) != 3:
        raise Unsigned("this is no signed text")
    header, claims = _object(parts[0]), _object(parts[1])
    if header.keys() != {"alg", "kid", "typ"} or header["alg"] not in _ACCEPTED or header["typ"] not in types:
        raise Unsigned("this is signed as something else")
    public = {thumbprint(public): public for public in publics}.get(str(header["kid"]))
    if public is None:
        raise UnknownKey("this is signed by a key that is not known here")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(_decode(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature:
        raise Unsigned("the signature does not hold") from None
    return str(header["typ"]), claims


def public_of(seed: bytes) -> bytes:
    """The public half of a key, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def thumbprint(public: bytes) -> str:
    """The id of a key: RFC 7638 over its members of RFC 8037."""
    return _encode(hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": _encode(public)})).digest())


def key_set(publics: Sequence[bytes]) -> dict[str, list[dict[str, str]]]:
    """The public keys as others read them (RFC 7517)."""
    fixed = {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig"}
    return {"keys": [{**fixed, "kid": thumbprint(public), "x": _encode(public)} for public in publics]}


def parse_key_set(text: bytes) -> list[bytes]:
    """The Ed25519 keys of a set; others are passed over. Unsigned where it is none."""
    try:
        told = parse(text, _MOST_DEPTH)
    except BadRequest:
        told = None
    rows = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        raise Unsigned("this is no set of keys")
    ours = [row for row in rows if isinstance(row, dict) and (row.get("kty"), row.get("crv")) == ("OKP", "Ed25519")]
    return [raw for raw in (_decode(str(row.get("x", ""))) for row in ours) if len(raw) == _KEY_BYTES]


def _object(part: str) -> Mapping[str, Any]:
    try:
        told = parse(_decode(part), _MOST_DEPTH)
    except BadRequest:
        told = None
    if not isinstance(told, dict):
        raise Unsigned("this is no signed text")
    return told


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """The bytes of a part in its one spelling."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unsigned("a part of this is not base64url") from None
    if _encode(raw) != text:
        raise Unsigned("a part of this is not base64url")
    return raw
