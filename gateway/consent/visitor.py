"""Seal and open the cookie by which a visitor who agreed is known again.

    1.<id>.<expires>.<mac>

The id is 16 random bytes, `expires` POSIX seconds. The MAC is HMAC-SHA256 (RFC 2104) over the site, the pseudonym of
the consent record and everything before it: without the record that allowed it, or on another site, the cookie says
nothing. It never leaves the gateway; destinations get pseudonyms of it, each its own.
"""

import base64
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

from gateway.consent.cookies import parse_cookies
from gateway.consent.invalid import Invalid
from gateway.keys import keys_of

COOKIE = "__Host-visitor"
ID_BYTES = 16

_FORM = re.compile(r"1\.([A-Za-z0-9_-]{22})\.([0-9]{1,11})\.([A-Za-z0-9_-]{43})\Z")

Headers = Mapping[bytes, list[bytes]]


class Bond(NamedTuple):
    """What a cookie is worth something with: its site, and the pseudonym of the consent record."""

    site: str
    subject: str


def seal(random: bytes, expires: int, ring: bytes, bond: Bond) -> str:
    """The cookie's value for 16 random bytes, under the first key of a ring. ValueError for another number of bytes."""
    if len(random) != ID_BYTES:
        raise ValueError(f"a visitor's id is {ID_BYTES} random bytes")
    body = f"1.{_text(random)}.{expires}"
    return f"{body}.{_mac(body, keys_of(ring)[0], bond)}"


class Visitors:
    """Reads the cookie. `ring` holds the keys it may be sealed with."""

    def __init__(self, ring: bytes) -> None:
        self._keys = keys_of(ring)

    def read(self, headers: Headers, bond: Bond, now: float) -> str | None:
        """The visitor's id; None where there is no record, no cookie, more than one, or none that is good at `now`."""
        if not bond.subject:
            return None
        pairs = parse_cookies(headers.get(b"cookie", []))
        values = [] if isinstance(pairs, Invalid) else [value for name, value in pairs if name == COOKIE.encode()]
        return self._open(values[0].decode("latin-1"), bond, now) if len(values) == 1 else None

    def _open(self, text: str, bond: Bond, now: float) -> str | None:
        found = _FORM.match(text)
        if found is None or now >= int(found[2]):
            return None
        body = text[: found.start(3) - 1]
        good = [hmac.compare_digest(found[3].encode(), _mac(body, key, bond).encode()) for key in self._keys]
        return found[1] if any(good) else None


def _mac(body: str, key: bytes, bond: Bond) -> str:
    parts = "gateway visitor cookie", bond.site, bond.subject, body
    message = "\0".join(parts).encode("utf-8", "surrogatepass")
    return _text(hmac.digest(key, message, "sha256"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
