"""Check signatures with the public keys of an identity provider (RFC 7517), each by its own algorithm and no other.

Which algorithm a key serves is told by the key: a token never chooses. Keys of other kinds, for other uses, or too
short are passed over.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse

# The names of RFC 9864 and RFC 7518. `EdDSA` is what `Ed25519` was called before.
ALGORITHMS = ("Ed25519", "EdDSA", "ES256", "RS256")

_MOST_DEPTH = 8
_MOST_KEYS = 64
_RSA_BITS = range(2_048, 8_193)
_EXPONENT_BITS = 32
_COORDINATE = 32

Check = Callable[[bytes, bytes], None]


class KeySetError(ValueError):
    """A text that is no set of keys. Its message repeats nothing of it."""


class PublicKey(NamedTuple):
    """One key: what it is called, the algorithms it serves, and what raises for a signature that is not its own."""

    id: str
    algorithms: frozenset[str]
    check: Check

    def holds(self, signed: bytes, signature: bytes) -> bool:
        """Whether it signed this."""
        try:
            self.check(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_keys(text: bytes) -> tuple[PublicKey, ...]:
    """The keys of a set that can be used. KeySetError where it is none."""
    try:
        told = parse(text, _MOST_DEPTH)
    except BadRequest:
        told = None
    rows = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(rows, list) or len(rows) > _MOST_KEYS:
        raise KeySetError("this is no set of keys")
    return tuple(_usable(rows))


def decoded(text: object) -> bytes:
    """The bytes of base64url without padding, in its one spelling. ValueError where it is something else."""
    if not isinstance(text, str):
        raise ValueError("this is no base64url")  # noqa: TRY004 - what a stranger wrote has one way of being wrong
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("this is no base64url") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("this is no base64url")
    return raw


def _usable(rows: Iterable[Any]) -> Iterable[PublicKey]:
    for row in rows:
        if not isinstance(row, dict) or not _is_for_signatures(row):
            continue
        algorithms, of_members = _KINDS.get((_text(row, "kty"), _text(row, "crv")), _NO_KIND)
        if "alg" not in row or _text(row, "alg") in algorithms:
            with suppress(ValueError):
                yield PublicKey(row["kid"], algorithms, of_members(row))


def _text(row: Mapping[str, Any], name: str) -> str:
    """A member; empty where it is missing or no text."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _is_for_signatures(row: Mapping[str, Any]) -> bool:
    operations = row.get("key_ops", ["verify"])
    verifies = isinstance(operations, list) and "verify" in operations
    return isinstance(row.get("kid"), str) and row.get("use", "sig") == "sig" and verifies


def _ed25519(row: Mapping[str, Any]) -> Check:
    return Ed25519PublicKey.from_public_bytes(decoded(row.get("x"))).verify


def _p256(row: Mapping[str, Any]) -> Check:
    x, y = decoded(row.get("x")), decoded(row.get("y"))
    if {len(x), len(y)} != {_COORDINATE}:
        raise ValueError("this is no point")
    key = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()).public_key()

    def check(signature: bytes, signed: bytes) -> None:
        if len(signature) != 2 * _COORDINATE:
            raise InvalidSignature
        halves = signature[:_COORDINATE], signature[_COORDINATE:]
        key.verify(encode_dss_signature(*map(int.from_bytes, halves)), signed, ec.ECDSA(hashes.SHA256()))

    return check


def _rsa(row: Mapping[str, Any]) -> Check:
    n, e = int.from_bytes(decoded(row.get("n"))), int.from_bytes(decoded(row.get("e")))
    if n.bit_length() not in _RSA_BITS or e.bit_length() > _EXPONENT_BITS:
        raise ValueError("this key is too short, or too slow to check with")
    key = rsa.RSAPublicNumbers(e, n).public_key()
    return lambda signature, signed: key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def _strange(row: Mapping[str, Any]) -> Check:
    raise ValueError("there is no such kind of key")


_Kind = tuple[frozenset[str], Callable[[Mapping[str, Any]], Check]]

# Kind and curve -> the algorithms of such a key, and how its members are read.
_NO_KIND: _Kind = (frozenset(), _strange)
_KINDS: Mapping[tuple[str, str], _Kind] = {
    ("OKP", "Ed25519"): (frozenset({"Ed25519", "EdDSA"}), _ed25519),
    ("EC", "P-256"): (frozenset({"ES256"}), _p256),
    ("RSA", ""): (frozenset({"RS256"}), _rsa),
}
