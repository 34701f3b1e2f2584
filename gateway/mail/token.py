"""Seal and open the token of a mail's open pixel or link: what it stands for, in a form that only key holders can read.

    1<base64url, without padding, of AES-SIV(key, ["gateway mail token 1"], JSON)>

The JSON is one array: act, site, campaign, message, sent, expires, subject, granted, region, url, up to the last that
is not empty. AES-SIV (RFC 5297) takes the 32 bytes of the key and no nonce, so that equal contents are equal tokens:
all readers of a message who are nobody in particular have the very same pixel.
"""

import base64
import binascii
import json
import re
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.keys import keys_of
from gateway.mail.links import normal

VERSION = "1"
OPEN, CLICK = "open", "click"
ACTS = (OPEN, CLICK)
MAX_LENGTH = 4096
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")

_ABOUT = [b"gateway mail token 1"]
_TEXT = re.compile(r"1([A-Za-z0-9_-]{32,4095})\Z")
_SUBJECT = re.compile(r"(?:[0-9a-f]{32})?\Z")
_REGION = re.compile(r"(?:[A-Z]{2}(?:-[A-Z0-9]{1,3})?)?\Z")
_MOST_SECONDS = 1 << 36
_MOST_DAYS = 1 << 20


class Token(NamedTuple):
    """What a pixel or a link stands for. `act` is one of `ACTS`, and `url` where a click leads.

    `sent` and `expires` are POSIX seconds. It is nobody's, or of somebody who agreed to be seen: then `subject` is the
    keyed pseudonym of the consent record (`gateway.keys.Subjects`), `granted` the day of the yes (days since 1970-01-01
    UTC), and `region` where that person lives (`FR`, `US-CA`), if that is known.
    """

    act: str
    site: str
    campaign: str
    message: str
    sent: int
    expires: int
    subject: str = ""
    granted: int = 0
    region: str = ""
    url: str = ""


class Tokens:
    """Seals under the first key of a ring, and opens what any of its keys sealed."""

    def __init__(self, ring: bytes) -> None:
        self._ciphers = [AESSIV(key) for key in keys_of(ring)]

    def seal(self, token: Token) -> str:
        """The token as text for a URL. ValueError where nobody would believe it."""
        if not _is_sound(token):
            raise ValueError("a token of such contents would not be believed")
        written = json.dumps(_said(token), ensure_ascii=False, separators=(",", ":")).encode()
        text = VERSION + _base64(self._ciphers[0].encrypt(written, _ABOUT))
        if len(text) > MAX_LENGTH:
            raise ValueError(f"longer than {MAX_LENGTH} characters")
        return text

    def open(self, text: str) -> Token | None:
        """What `seal` wrote, whatever its time; None for anything else. Never raises."""
        found = _TEXT.match(text)
        sealed = _bytes(found[1]) if found else None
        if sealed is None:
            return None
        for cipher in self._ciphers:
            try:
                return _parse(cipher.decrypt(sealed, _ABOUT))
            except InvalidTag:
                continue
        return None


def _said(token: Token) -> list[Any]:
    """Its contents without the empty ones at the end."""
    return list(token[: max(at for at, value in enumerate(token, 1) if value)])


def _parse(written: bytes) -> Token | None:
    """The contents. Whoever has the key may still have written them wrongly."""
    try:
        values = json.loads(written)
        token = Token(*values) if isinstance(values, list) else None
    except (ValueError, TypeError, RecursionError):
        return None
    return token if token is not None and _is_sound(token) else None


def _is_sound(token: Token) -> bool:
    texts = token.act, token.site, token.campaign, token.message, token.subject, token.region, token.url
    numbers = token.sent, token.expires, token.granted
    if not all(isinstance(each, str) for each in texts) or not all(map(_is_number, numbers)):
        return False
    named = bool(token.site and NAME.match(token.campaign) and NAME.match(token.message))
    timed = 0 < token.sent < token.expires < _MOST_SECONDS and 0 <= token.granted < _MOST_DAYS
    owned = bool(_SUBJECT.match(token.subject) and _REGION.match(token.region))
    agreed = bool(token.subject) == bool(token.granted) and bool(token.subject) >= bool(token.region)
    return named and timed and owned and agreed and _leads(token)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _leads(token: Token) -> bool:
    if token.act == OPEN:
        return not token.url
    return token.act == CLICK and normal(token.url) == token.url


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    """The bytes of a text; None where other texts of the same bytes are the usual one."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None
    return raw if _base64(raw) == text else None
