"""Undo the wrappings of a cookie's text: percent signs once, base64, gzip, each within bounds."""

import base64
import binascii
import re
import zlib
from urllib.parse import unquote_to_bytes

MAX_TEXT = 8192
MAX_UNPACKED = 65536

_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}\Z")


def unquoted(text: str) -> tuple[str, bool]:
    """The text with its percent signs resolved once, and whether they could be; UTF-8, as JavaScript writes it."""
    if "%" not in text and text.isascii():
        return text, True
    raw = text.encode("latin-1", "replace")
    found = unquote_to_bytes(raw)
    try:
        return found.decode("utf-8"), _STRAY.search(text) is None
    except UnicodeDecodeError:
        return found.decode("utf-8", "replace"), False


def unpacked(text: str) -> str | None:
    """The text inside of base64, in either alphabet, or of `gzip:` and base64; None where it is none."""
    is_packed = text.startswith("gzip:")
    body = text.removeprefix("gzip:")
    if len(text) > MAX_TEXT or not _BASE64.match(body):
        return None
    try:
        raw = base64.b64decode(
            body.rstrip("=").translate(_STANDARD) + "=" * (-len(body.rstrip("=")) % 4), validate=True
        )
        return (_inflated(raw) if is_packed else raw).decode("utf-8")
    except (binascii.Error, zlib.error, ValueError):
        return None


_STANDARD = str.maketrans("-_", "+/")


def _inflated(raw: bytes) -> bytes:
    """What gzip packed. ValueError where it is cut off or more than MAX_UNPACKED."""
    stream = zlib.decompressobj(wbits=31)
    found = stream.decompress(raw, MAX_UNPACKED)
    if not stream.eof or stream.unconsumed_tail or stream.unused_data:
        raise ValueError("cut off, followed by something, or too large")
    return found
