"""Hide where a list goes on in a text that nobody can read or make but us."""

import base64
import binascii
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.web.dsr.problems import Refused

_NONCE = 12
MOST_CHARACTERS = 512


class Cursors:
    """`keys` are 32 bytes each, the current one first; `random` gives so many random bytes. A cursor counts only for
    the `list_` that it was made for: the filters of the page it came with."""

    def __init__(self, keys: Sequence[bytes], random: Callable[[int], bytes]) -> None:
        self._seals = [AESGCM(key) for key in keys]
        self._random = random

    def seal(self, place: str, list_: str) -> str:
        """The cursor of a place."""
        nonce = self._random(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._seals[0].encrypt(nonce, place.encode(), list_.encode())).decode()

    def open(self, cursor: str, list_: str) -> str:
        """The place of a cursor; none is the beginning. Refused where it is none of ours, or of another list."""
        if not cursor:
            return ""
        try:
            raw = base64.b64decode(cursor, b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _strange() from None
        for seal in self._seals:
            try:
                return seal.decrypt(raw[:_NONCE], raw[_NONCE:], list_.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        raise _strange()


def _strange() -> Refused:
    return Refused("invalid-cursor", [{"pointer": "/cursor", "code": "strange"}])
