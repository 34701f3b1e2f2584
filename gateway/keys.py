"""Derive the key of each purpose from the one root key.

HKDF-SHA256 (RFC 5869) with a label per purpose: what leaks of one key tells nothing of another. The root key lives in a
file or an environment variable, never in a store; the daily salt lives in memory only and is never derived.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT_BYTES = 32
_BLOCK = 64  # bytes in a block of SHA-256


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The root key of this installation, 32 random bytes."""

    root: bytes

    def __post_init__(self) -> None:
        if len(self.root) != ROOT_BYTES:
            raise ValueError(f"the root key must be {ROOT_BYTES} bytes")

    def derive(self, label: str) -> bytes:
        """The 32-byte key for one purpose, such as `pseudonym/meta` or `consent-cookie`."""
        return HKDF(hashes.SHA256(), ROOT_BYTES, salt=None, info=f"gateway/{label}".encode()).derive(self.root)


def parse_root(text: str) -> bytes:
    """The root key from its base64 form. ValueError where it is not 32 bytes."""
    try:
        root = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError("the root key is not base64") from None
    if len(root) != ROOT_BYTES:
        raise ValueError(f"the root key must be {ROOT_BYTES} bytes in base64")
    return root


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
