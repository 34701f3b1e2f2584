"""Turn identifiers into pseudonyms that no two destinations share, and event ids into ids that carry nothing.

The strength of a pseudonym is its key: one per destination and per kind of identifier, or one per day.
"""

import hashlib
import hmac
import re

from gateway.anonymise.scrub import SHIPPED, Scrubber
from gateway.keys import Keys, Mac

MIN_SALT = 16  # bytes; with less, a keyed hash could be as good as none

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)
_LENGTHS = (36, 26)  # of the two
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_PRINTABLE = re.compile(r"[^\x00-\x20\x7f-\xa0]{1,256}")


def mac_of(keys: Keys, kind: str, destination: str) -> Mac:
    """The keyed digest of one kind of pseudonym (`id.visitor`, `event-id`) for one destination."""
    # The length keeps a kind and a destination that share a slash from meeting in one label.
    return Mac(keys.derive(f"pseudonym/{len(kind)}:{kind}/{destination}"))


def day_key(salt: bytes | bytearray, kind: str, destination: str) -> bytes | None:
    """The key of one day for one kind and destination; None where there is no salt to speak of."""
    if len(salt) < MIN_SALT:
        return None
    return hmac.digest(salt, f"{len(kind)}:{kind}/{destination}".encode(), hashlib.sha256)


def text_of(value: object) -> str | None:
    """An identifier as text: 1 to 256 visible characters or a number; None for everything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 1e20 else ""
    return value if isinstance(value, str) and _PRINTABLE.fullmatch(value) else None


def raw(value: object, scrubber: Scrubber = SHIPPED) -> str | None:
    """The identifier itself, unless it is an address, a telephone number, a card or anything else of somebody's."""
    text = text_of(value)
    return None if text is None or scrubber.betrays(text) else text


def keyed(value: object, mac: Mac) -> str | None:
    """The pseudonym of an identifier, as 32 hexadecimal digits."""
    text = text_of(value)
    return None if text is None else mac.digest(text)


def event_id(carried: str, mac: Mac, scope: str) -> str:
    """`carried` where it is a UUID or ULID, else a UUID made of its keyed digest within `scope`.

    The same id carried twice gives the same id, so that a retry is no second event.
    """
    if len(carried) in _LENGTHS and (_UUID.fullmatch(carried) or _ULID.fullmatch(carried)):
        return carried
    # Version 8 is the one RFC 9562 leaves to whoever makes the id.
    return uuid_of(mac.digest(f"{len(scope)}:{scope}/{carried}"), 8)


def uuid_of(digits: str, version: int) -> str:
    """A UUID of 32 hexadecimal digits, but for the six bits that tell its version and its variant (RFC 9562)."""
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"
