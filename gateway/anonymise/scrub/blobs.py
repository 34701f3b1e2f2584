"""Read base64 and hexadecimal blobs that hold text."""

import base64
import binascii
import re

SHORTEST, MAX_BLOB = 12, 8192
_SHAPE = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}\Z")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}\Z")
_TELLING = re.compile(r"[@:=&{]|\d{6}|[^\W\d_] [^\W\d_]|\d[ .-]\d")


def text_of(blob: str) -> str | None:
    """The text in a blob of base64, base64url or hexadecimal; None where it holds none that could tell anything.

    Only what is almost all printable UTF-8 counts as text: random words decode to something, but not to that.
    """
    if not SHORTEST <= len(blob) <= MAX_BLOB:
        return None
    if blob.isdecimal():
        return None
    if _HEX.match(blob):
        return _readable(bytes.fromhex(blob))
    blob = blob.replace(" ", "+")  # a plus sign that a form's decoding took for a blank
    if not _SHAPE.match(blob):
        return None
    bare = blob.rstrip("=").translate(_STANDARD)
    try:
        return _readable(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


_STANDARD = str.maketrans("-_", "+/")


def _readable(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    seen = sum(map(str.isprintable, text))
    return text if seen >= 0.95 * len(text) and _TELLING.search(text) else None
