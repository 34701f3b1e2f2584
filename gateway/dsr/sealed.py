"""Seal what is personal of one request under a key of its own, which ends with the request.

The key is 32 random bytes, wrapped with AES-256-GCM (NIST SP 800-38D) under a key of the installation's; what it seals
is bound to its name. A wrapping key that was replaced still opens.
"""

import base64
import binascii
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES, _NONCE_BYTES = 32, 12


class Sealed:
    """`wrapping` are keys of 32 bytes, the current one first; `random` gives so many random bytes."""

    def __init__(self, wrapping: Sequence[bytes], random: Callable[[int], bytes]) -> None:
        self._wrapping = wrapping
        self._random = random

    def new_key(self, name: str) -> str:
        """A fresh key for a name, wrapped."""
        return self._closed(self._wrapping[0], self._random(KEY_BYTES), f"key/{name}")

    def seal(self, wrapped: str, name: str, text: str) -> str:
        """The text, to be opened with the same wrapped key and name. ValueError where that is no key of the name."""
        key = self._key(wrapped, name)
        if key is None:
            raise ValueError("this is no key of that name")
        return self._closed(key, text.encode("utf-8", "surrogatepass"), f"text/{name}")

    def open(self, wrapped: str, name: str, sealed: str) -> str | None:
        """What was sealed; None where it was not, not with this key, or not under this name."""
        key = self._key(wrapped, name)
        plain = None if key is None else _opened(key, sealed, f"text/{name}")
        return None if plain is None else plain.decode("utf-8", "surrogatepass")

    def _key(self, wrapped: str, name: str) -> bytes | None:
        found = (_opened(each, wrapped, f"key/{name}") for each in self._wrapping)
        return next((key for key in found if key is not None), None)

    def _closed(self, key: bytes, plain: bytes, bound: str) -> str:
        nonce = self._random(_NONCE_BYTES)
        return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, bound.encode())).decode()


def _opened(key: bytes, text: str, bound: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound.encode())
    except (binascii.Error, ValueError, InvalidTag):
        return None
