"""Derive the key of each purpose from the one root key.

HKDF-SHA256 (RFC 5869) with a label per purpose: what leaks of one key tells nothing of another. The root key lives in a
file or an environment variable, never in a store; the daily salt lives in memory only and is never derived.

Where a root was replaced, the older ones stand behind it: what they sealed is still believed, and nothing new is made
with them. A ring is the keys of one purpose in that order, 32 bytes each, the current one first.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT_BYTES = 32

# Of the key with this label those of the destinations are made: a worker may have it, and not the root.
VENDORS = "vendors"
MOST_ROOTS = 8
_BLOCK = 64  # bytes in a block of SHA-256


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The root key of this installation, 32 random bytes, and those it replaced, the latest first."""

    root: bytes
    older: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if {len(root) for root in (self.root, *self.older)} != {ROOT_BYTES}:
            raise ValueError(f"the root key must be {ROOT_BYTES} bytes")

    def derive(self, label: str) -> bytes:
        """The 32-byte key for one purpose, such as `pseudonym/meta` or `consent-cookie`."""
        return _derive(self.root, label)

    def ring(self, label: str) -> bytes:
        """The current key of a purpose and the older ones, each 32 bytes, behind one another."""
        return b"".join(_derive(root, label) for root in (self.root, *self.older))


def _derive(root: bytes, label: str) -> bytes:
    return HKDF(hashes.SHA256(), ROOT_BYTES, salt=None, info=f"gateway/{label}".encode()).derive(root)


def keys_of(ring: bytes) -> list[bytes]:
    """The keys of a ring, the current one first."""
    return [ring[at : at + ROOT_BYTES] for at in range(0, len(ring), ROOT_BYTES)]


def fingerprint(root: bytes) -> str:
    """Eight hexadecimal digits to tell root keys apart by; they say nothing about the key."""
    return _derive(root, "fingerprint")[:4].hex()


def parse_root(text: str) -> bytes:
    """The root key from its base64 form. ValueError where it is not 32 bytes."""
    try:
        root = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError("the root key is not base64") from None
    if len(root) != ROOT_BYTES:
        raise ValueError(f"the root key must be {ROOT_BYTES} bytes in base64")
    return root


def parse_roots(text: str) -> tuple[bytes, ...]:
    """The root keys of a text with blanks or line ends between them, the current one first.

    ValueError where one is not 32 random bytes in base64, is there twice, or where there are none or more than
    MOST_ROOTS.
    """
    roots = tuple(map(parse_root, text.split()))
    if not roots:
        raise ValueError("there is no root key")
    if len(roots) > MOST_ROOTS:
        raise ValueError(f"there are more than {MOST_ROOTS} root keys")
    if len(set(roots)) != len(roots):
        raise ValueError("a root key is there twice")
    # 32 random bytes have fewer than 16 different ones once in 10^20 keys.
    if any(len(set(root)) < ROOT_BYTES // 2 for root in roots):
        raise ValueError("a root key is not random")
    return roots


def readers(mode: int) -> str:
    """Who beside its owner gets at a file with these rights: `everybody`, `its group`, or nobody (an empty text)."""
    return "everybody" if mode & 0o007 else "its group" if mode & 0o070 else ""


def digest(key: bytes, value: str) -> str:
    """A keyed pseudonym: the first 128 bits of HMAC-SHA256 (RFC 2104) as 32 hexadecimal digits."""
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)[:16].hex()


class Mac:
    """`digest` under one key, for the keys that are used for each hit: the key is mixed in once, not each time."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, value: str) -> str:
        """The same 32 hexadecimal digits as `digest(key, value)`."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(value.encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.hexdigest()[:32]


class Subjects:
    """The keyed pseudonyms of subjects: of consent records, and of what else somebody is known by. A record that an
    older key sealed keeps the pseudonym it had then, so that what was withdrawn before the keys changed stays
    withdrawn."""

    def __init__(self, ring: bytes) -> None:
        self._macs = [Mac(key) for key in keys_of(ring)]

    def digest(self, reference: str) -> str:
        """32 hexadecimal digits for an id, or for `1:id` where the key before the current one sealed the record."""
        age, colon, rest = reference.partition(":")
        return self._macs[int(age)].digest(rest) if colon else self._macs[0].digest(reference)

    def of(self, kind: str, value: str) -> str:
        """32 hexadecimal digits for what else somebody is known by: a `user`, the hash of an `email` or a `phone`, or
        another identifier of a `client` (its field and the value, on two lines)."""
        # The length keeps this apart from other kinds, and the slash from the ids of records, which are UUIDs.
        return self._macs[0].digest(f"{len(kind)}:{kind}/{value}")

    def every(self, kind: str, value: str) -> tuple[str, ...]:
        """What `of` says now, and what it said under the keys before."""
        return tuple(mac.digest(f"{len(kind)}:{kind}/{value}") for mac in self._macs)
