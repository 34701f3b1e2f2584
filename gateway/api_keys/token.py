"""Write and read the text of an API key, in a form that scanners for leaked secrets can find and check.

    pxk_<id: 12>_<secret: 43>_<checksum: 6>

All three are base64url. The secret is 32 random bytes, so one round of SHA-256 is enough to keep it by; the checksum is
CRC-32 over everything before it, so that a slip of the pen needs no look-up.
"""

import base64
import hashlib
import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

_ID_BYTES, _SECRET_BYTES = 9, 32
ID = re.compile(r"[A-Za-z0-9_-]{12}")
_FORM = re.compile(r"(pxk_([A-Za-z0-9_-]{12})_([A-Za-z0-9_-]{43}))_([A-Za-z0-9_-]{6})")


class Presented(NamedTuple):
    """A key that somebody shows: its id, and the SHA-256 of its secret."""

    id: str
    digest: bytes


def mint(random: Callable[[int], bytes]) -> str:
    """A fresh key of random bytes. Its id does not begin with a hyphen, or a command would take it for an option."""
    while (id_ := _encode(random(_ID_BYTES))).startswith("-"):
        pass
    return written(id_, random(_SECRET_BYTES))


def written(id_: str, secret: bytes) -> str:
    """The text of the key with this id and secret of 32 bytes."""
    body = f"pxk_{id_}_{_encode(secret)}"
    return f"{body}_{_checksum(body)}"


def presented(text: str) -> Presented | None:
    """The key of a text; None where it is none."""
    match = _FORM.fullmatch(text)
    if match is None or _checksum(match[1]) != match[4]:
        return None
    return Presented(match[2], hashlib.sha256(match[3].encode()).digest())


def _checksum(body: str) -> str:
    return _encode(zlib.crc32(body.encode()).to_bytes(4, "big"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
