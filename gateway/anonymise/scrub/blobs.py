"""Read base64 and hexadecimal blobs that hold text."""

import base64
import binascii
import re
from collections.abc import Iterator

SHORTEST, MAX_BLOB = 12, 8192
_SHAPE = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}\Z")
SHORTEST_AMONG = 16
_SIGN = r"[A-Za-z0-9+/_-]"
# What is no run of so many signs, in one go: quicker than to try it at each of them.
_SHORT = re.compile(rf"(?>(?:[^A-Za-z0-9+/_-]++|{_SIGN}{{1,{SHORTEST_AMONG - 1}}}+(?!{_SIGN}))*)")
_AMONG = re.compile(rf"(?<![\w+/-])(?!\A[\w+/=-]*\Z){_SIGN}{{{SHORTEST_AMONG},}}+={{0,2}}(?![\w+/=-])")
_RUN = re.compile(rf"{_SIGN}++")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}\Z")
_TELLING = re.compile(r"[@:=&{%\\]|\d{6}|[^\W\d_] [^\W\d_]|\d[ .+-]\d")
_UTF_8 = re.compile(
    rb"(?>(?:[\x00-\x7f]++|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})*)\Z"
)
LONGEST_NUMBER = 22  # longer runs of digits are no number of anything, and may be the hexadecimal of one


def among(text: str) -> Iterator[tuple[int, int]]:
    """Where blobs may stand among other signs; not where the text is one as a whole."""
    if len(text) <= SHORTEST_AMONG:
        return
    place = 0
    while passed := _SHORT.match(text, place):
        start = place = passed.end()
        if run := _RUN.match(text, start):
            place = run.end()
            if found := _AMONG.match(text, start):
                yield found.span()
        else:
            return


def text_of(blob: str) -> str | None:
    """The text in a blob of base64, base64url or hexadecimal; None where it holds none that could tell anything.

    Only what is almost all printable UTF-8 counts as text: random words decode to something, but not to that.
    """
    if not SHORTEST <= len(blob) <= MAX_BLOB:
        return None
    if blob.isdecimal() and len(blob) <= LONGEST_NUMBER:
        return None
    blob = blob.replace(" ", "+")  # a plus sign that a form's decoding took for a blank
    if not _SHAPE.match(blob):
        return None
    if _HEX.match(blob):
        return _readable(bytes.fromhex(blob))
    bare = blob.rstrip("=").translate(_STANDARD)
    try:
        return _readable(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


_STANDARD = str.maketrans("-_", "+/")


def _readable(raw: bytes) -> str | None:
    if not _UTF_8.match(raw):  # seen sooner than an exception is raised, and mostly so
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.isprintable() and sum(map(str.isprintable, text)) < 0.95 * len(text):
        return None
    tells = not text.isascii() or _TELLING.search(text) or text_of(text) is not None
    return text if tells else None
