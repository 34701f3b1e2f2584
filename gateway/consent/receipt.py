"""Seal and open the gateway's own consent cookie: what the visitor chose, signed for one site.

    1.<id>.<given>.<expires>.<flags>.<choices>.<mac>
    1.9f3c….1790841600.1806393600.n.insight:y:Zk3V1a9Q!retarget:n:m0Qx7bTe.<43 characters>

Times are POSIX seconds. `flags` is `n` where the visitor was notified of a conflicting opt-out signal, else `-`. A
choice is purpose, `y` or `n`, and the fingerprint of the words the visitor was shown. The MAC is HMAC-SHA256 (RFC 2104)
over the site and everything before it, so a receipt of one site says nothing on another.
"""

import base64
import hashlib
import hmac
import re
from typing import NamedTuple

from gateway.consent.invalid import Invalid
from gateway.days import SECONDS_A_DAY
from gateway.keys import keys_of

COOKIE = "__Host-consent"
VERSION = "1"
MAX_LENGTH = 4096
CLOCK_SKEW = SECONDS_A_DAY

_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_TIME = re.compile(r"[0-9]{1,11}\Z")


class Choice(NamedTuple):
    """The answer to one purpose; `terms` is the fingerprint (`terms_of`) of what the visitor was asked."""

    purpose: str
    granted: bool
    terms: str


class ConsentRecord(NamedTuple):
    """One act of choice. `given` and `expires` are POSIX seconds; `notified` is 11 CCR 7025(c)(3): the visitor was
    told that a yes conflicts with the opt-out signal of the browser. `age` counts the keys that have followed the one
    that sealed it."""

    id: str
    given: int
    expires: int
    choices: tuple[Choice, ...]
    notified: bool = False
    age: int = 0

    @property
    def reference(self) -> str:
        """What `gateway.keys.Subjects` makes the pseudonym of."""
        return f"{self.age}:{self.id}" if self.age else self.id


def terms_of(*words: str) -> str:
    """The fingerprint of the words a purpose is described with: label, family, destinations. 8 characters."""
    hashed = hashlib.sha256()
    for word in words:
        encoded = word.encode("utf-8", "surrogatepass")
        hashed.update(len(encoded).to_bytes(4, "big") + encoded)
    return base64.urlsafe_b64encode(hashed.digest()[:6]).decode()


def seal(record: ConsentRecord, key: bytes, site: str) -> str:
    """The cookie's value, under the first key of a ring. ValueError where the record cannot be written as one."""
    words = [record.id, *(word for choice in record.choices for word in (choice.purpose, choice.terms))]
    if not all(_WORD.match(word) for word in words):
        raise ValueError("record id, purposes and terms are 1 to 64 letters, digits, _ or -")
    if len({choice.purpose for choice in record.choices}) != len(record.choices):
        raise ValueError("a purpose is answered twice")
    times = str(record.given), str(record.expires)
    if not all(_TIME.match(time) for time in times):
        raise ValueError("times are POSIX seconds")
    choices = "!".join(f"{purpose}:{'y' if granted else 'n'}:{terms}" for purpose, granted, terms in record.choices)
    body = ".".join((VERSION, record.id, *times, "n" if record.notified else "-", choices))
    sealed = f"{body}.{_mac(body, keys_of(key)[0], site)}"
    if len(sealed) > MAX_LENGTH:
        raise ValueError(f"longer than a cookie of {MAX_LENGTH} characters")
    return sealed


def open_receipt(text: str, key: bytes, site: str, now: float) -> ConsentRecord | Invalid:
    """What `seal` wrote for this site under a key of the ring, unless forged, expired at `now` or given in the future.

    Never raises.
    """
    body, _, mac = text.rpartition(".")
    if len(text) > MAX_LENGTH or not body:
        return Invalid("not a receipt")
    sealed = [hmac.compare_digest(_bytes(mac), _bytes(_mac(body, each, site))) for each in keys_of(key)]
    if not any(sealed):
        return Invalid("forged, or of another site")
    record = _parse(body, sealed.index(True))
    if isinstance(record, Invalid):
        return record
    if now >= record.expires:
        return Invalid("expired")
    return record if record.given <= now + CLOCK_SKEW else Invalid("given in the future")


def _parse(body: str, age: int) -> ConsentRecord | Invalid:
    """The signed body. Only what `seal` writes can arrive here, of this version or of another one."""
    version, *rest = body.split(".")
    if version != VERSION or len(rest) != 5:
        return Invalid("another version of the receipt")
    id_, given, expires, flags, listed = rest
    choices = [item.split(":") for item in listed.split("!")] if listed else []
    answers = tuple(Choice(purpose, answer == "y", terms) for purpose, answer, terms in choices)
    return ConsentRecord(id_, int(given), int(expires), answers, flags == "n", age)


def _mac(body: str, key: bytes, site: str) -> str:
    message = b"gateway consent receipt\0" + _bytes(site) + b"\0" + _bytes(body)
    return base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
