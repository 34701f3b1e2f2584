"""Hash an e-mail address or a phone number on arrival, in each way in which some vendor normalises it.

| field | normalised as | for |
| --- | --- | --- |
| `contact.email_sha256` | trimmed, lower case | Meta, TikTok, X, Pinterest, Snap |
| `contact.email_sha256_google` | the same, at gmail.com and googlemail.com without dots | Google |
| `contact.email_sha256_nodots_noplus` | the same, everywhere without dots and plus part | Reddit, Microsoft |
| `contact.phone_sha256`, `…_digits` | digits with the country code, no zero in front | Meta, Pinterest, Snap |
| `contact.phone_sha256_e164` | E.164, with the plus | Google, TikTok, X, Reddit |

What is already hashed stays what it is, in the one field it was sent as. What is neither is nothing: no guess is made.
"""

import hashlib
import re
from collections.abc import Mapping

EMAIL, PHONE = "email", "phone"

_MOST = 320
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_EMAIL = re.compile(
    r"[^@\s\x00-\x1f\x7f,;<>()\[\]\\\"]{1,64}@(?:[^@\s\x00-\x1f\x7f,;<>()\[\]\\\"._-][^@\s,;<>()\[\]\\\"]{0,252})"
)
_PHONE = re.compile(r"\+?[0-9 ().\-/\u00a0\u2010\u2011]{6,32}")
_NO_DIGIT = re.compile(r"[^0-9]")
_GMAIL = frozenset(("gmail.com", "googlemail.com"))
_FEWEST, _MOST_DIGITS = 7, 15  # E.164, and the shortest numbers in use


def fields(kind: str, value: object, hashed: str = "") -> Mapping[str, str]:
    """The contact fields that a value of `kind` (`email` or `phone`) gives; none where it is neither clear nor hashed.

    `hashed` is the field that a hash stands for, without it the first of its kind.
    """
    if not isinstance(value, str) or len(value) > _MOST:
        return {}
    text = value.strip()
    if _SHA256.fullmatch(text):
        return {hashed or f"contact.{kind}_sha256": text.lower()}
    ways = (_email if kind == EMAIL else _phone)(text)
    return {f"contact.{kind}_sha256{way}": _digest(plain) for way, plain in ways.items()}


def fields_of(kind: str) -> tuple[str, ...]:
    """Every field of a kind."""
    return _FIELDS[kind]


def _email(text: str) -> dict[str, str]:
    plain = text.lower()
    local, _, domain = plain.partition("@")
    if not _EMAIL.fullmatch(plain) or "." not in domain or ".." in domain or domain.endswith("."):
        return {}
    dotless = local.replace(".", "")
    bare = local.partition("+")[0].replace(".", "")
    google = f"{dotless}@{domain}" if domain in _GMAIL else plain
    return {"": plain, "_google": google, "_nodots_noplus": f"{bare}@{domain}"} if bare and dotless else {"": plain}


def _phone(text: str) -> dict[str, str]:
    """A number without its country code cannot be written as E.164; its digits alone are what a vendor may know."""
    if not _PHONE.fullmatch(text):
        return {}
    if text.startswith(("+", "00")):
        text = text.replace("(0)", "")  # `+49 (0)30 …`: dialled within the country only
    digits = _NO_DIGIT.sub("", text)
    national = not text.startswith("+") and digits.startswith("0") and not digits.startswith("00")
    digits = digits.lstrip("0")
    if not _FEWEST <= len(digits) <= _MOST_DIGITS:
        return {}
    ways = {"": digits, "_digits": digits}
    return ways if national else {**ways, "_e164": f"+{digits}"}


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


_FIELDS = {
    EMAIL: ("contact.email_sha256", "contact.email_sha256_google", "contact.email_sha256_nodots_noplus"),
    PHONE: ("contact.phone_sha256", "contact.phone_sha256_digits", "contact.phone_sha256_e164"),
}
