"""Take a form only where a page of ours gave it to this very browser, and not long ago.

    <expires>.<16 random bytes in hexadecimal digits>.<mac>

`expires` is in POSIX seconds. The MAC is HMAC-SHA256 (RFC 2104) over what the form does, the site and the consent
cookie that the browser had.
"""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl
from uuid import UUID

from gateway.keys import keys_of

Fields = Mapping[bytes, list[bytes]]

SECONDS = 3600
_MOST_BYTES = 1024
_NONCE_BYTES = 16
_FORM = re.compile(r"([0-9]{1,11})\.([0-9a-f]{32})\.([A-Za-z0-9_-]{43})")
_TYPE = b"application/x-www-form-urlencoded"


class Forms:
    """`ring` holds the keys that tokens are made with, the current one first; `random` gives so many random bytes."""

    def __init__(self, ring: bytes, random: Callable[[int], bytes]) -> None:
        self._keys = keys_of(ring)
        self._random = random

    def token(self, act: str, bound: tuple[str, ...], now: float) -> str:
        """A token for a form that does `act`; `bound` is what it is worth something with."""
        body = f"{int(now) + SECONDS}.{self._random(_NONCE_BYTES).hex()}"
        return f"{body}.{_mac(body, self._keys[0], (act, *bound))}"

    def holds(self, token: str, act: str, bound: tuple[str, ...], now: float) -> bool:
        """Whether it is one of ours, for this act and these, and not over."""
        found = _FORM.fullmatch(token)
        if found is None or not now < int(found[1]) <= now + SECONDS:
            return False
        body = token[: found.start(3) - 1]
        macs = [_mac(body, key, (act, *bound)) for key in self._keys]
        return any([hmac.compare_digest(mac.encode(), found[3].encode()) for mac in macs])


def request_id(token: str) -> str:
    """The client's id of what a form asks for: sent twice, it is the same request."""
    return str(UUID(bytes=hmac.digest(b"form", token.encode(), "sha256")[:16], version=4))


def token_in(fields: Fields, body: bytes) -> str:
    """The token of a form; an empty text where there is none, or more than one, or it is no form."""
    kinds = [kind.partition(b";")[0].strip().lower() for kind in fields.get(b"content-type", [])]
    if kinds != [_TYPE] or len(body) > _MOST_BYTES:
        return ""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=4)
    except ValueError:
        return ""
    values = [value for name, value in pairs if name == "token"]
    return values[0] if len(values) == 1 else ""


def is_our_page(fields: Fields) -> bool:
    """Whether a page of the very same origin sent it, and says so: with `Origin`, and with `Sec-Fetch-Site` where the
    browser knows that."""
    sites, origins = fields.get(b"sec-fetch-site", []), fields.get(b"origin", [])
    host = fields[b"host"][0].lower()
    ours = (b"https://" + host, b"http://" + host)
    return len(origins) == 1 and origins[0].lower() in ours and all(site == b"same-origin" for site in sites)


def _mac(body: str, key: bytes, bound: tuple[str, ...]) -> str:
    parts = [part.encode("utf-8", "surrogatepass") for part in ("gateway privacy form", *bound, body)]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")).rstrip(b"=").decode()
