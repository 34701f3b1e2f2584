"""Judge a whole value by what its name says it is: an address under `email`, digits under `phone`."""

import re
from collections.abc import Callable
from ipaddress import ip_address

from gateway.anonymise.scrub.checksums import is_iban
from gateway.anonymise.scrub.keys import Key
from gateway.anonymise.scrub.labels import KINDS, Label

_DIGEST = re.compile(
    r"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96,128}|[A-Za-z0-9+/_-]{43}=?)\Z"
)
_NOTHING = frozenset((
    "true", "false", "yes", "no", "null", "none", "undefined", "nan", "na", "n/a", "on", "off", "guest", "anonymous",
    "unknown", "test", "default", "empty", "oui", "non", "ja", "nein", "si", "not-set", "(not set)", "0", "1",
))  # fmt: skip
_PHONE = re.compile(
    r"(?:tel:)?[ (]{0,2}\+?[\d ().\u00a0/+*#-]{5,32}(?:(?:x|ext|app|int)\.? ?\d{1,5})?\Z", re.IGNORECASE
)
_DATE = re.compile(
    r"[\d ./:TZ年月日년월일,+-]{4,32}\Z|\d{1,2}(?:st|nd|rd|th)?[ .-]{1,2}[^\W\d_]{3,12}\.?[ ,.-]{1,2}\d{2,4}\Z"
    r"|[^\W\d_]{3,12}\.? \d{1,2},? \d{4}\Z"
)
_POSTCODE = re.compile(r"[^\W_](?:[ -]?[^\W_]){2,9}\Z")
_CARD = re.compile(r"[\d -]{12,32}\Z")
_CVV = re.compile(r"\d{3,4}\Z")
_IBAN = re.compile(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}\Z|\d{6,18}\Z")
_NATIONAL = re.compile(r"[^\W_](?:[ ./()-]{0,2}[^\W_]){5,22}\)?\Z")
_GEO = re.compile(
    r"[\[(]?[-+]?\d{1,3}[.,]\d{2,18}[°]?(?:[ ,;/|]{1,2}[-+]?\d{1,3}[.,]\d{2,18}[°]?)?[\])]?(?:[,;]\d{1,6}[a-z]?)?\Z"
)
_RANDOM = re.compile(r"[\w.~+/=|:%-]{16,4096}\Z")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_BROWSER = re.compile(r"[0-9A-Fa-f]{16}(?:\.\d{1,12}){0,6}\.?\Z")
_HEX = re.compile(r"[0-9A-Fa-f]{24,}\Z")
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,4}\Z")
_MASKED = frozenset(f"[{kind}]" for kind in KINDS)
_PROPERTY = re.compile(r"(?:UA|G|GTM|AW|DC)-[\w-]{4,14}\Z")


def judge(key: Key, text: str) -> Label | None:
    """The label of a value under a name of that kind; None where its form says it is something else.

    Whatever is told by its form alone is not looked for here.
    """
    verdict = _VERDICTS.get(key)
    if verdict is None:
        return None
    text = text.strip()
    if not text or text.lower() in _NOTHING or text in _MASKED:
        return None
    return Label.JWT if _JWT.match(text) else verdict(text)


def _email(text: str) -> Label | None:
    if "@" in text:
        return Label.EMAIL
    return Label.EMAIL_HASH if _DIGEST.match(text) or _is_random(text) else None


def _recipient(text: str) -> Label | None:
    text = text.strip("[]'\" ")
    return Label.EMAIL_HASH if _DIGEST.match(text) and not _PROPERTY.match(text) else None


def _phone(text: str) -> Label | None:
    if _DIGEST.match(text):
        return Label.PHONE_HASH
    return Label.PHONE if _PHONE.match(text) and 5 <= _count(text) <= 18 else None


def _name(text: str) -> Label | None:
    if _DIGEST.match(text):
        return Label.NAME_HASH
    return Label.PERSON_NAME if len(text) <= 160 and any(map(str.isalpha, text)) else None


def _username(text: str) -> Label | None:
    return Label.USER_ID if len(text) >= 2 else None


def _address(text: str) -> Label | None:
    return Label.ADDRESS if len(text) >= 3 and any(map(str.isalpha, text)) else None


def _postcode(text: str) -> Label | None:
    digest = _DIGEST.match(text)
    return Label.POSTCODE if digest or (_POSTCODE.match(text) and _count(text)) else None


def _birth(text: str) -> Label | None:
    return Label.DOB if _DIGEST.match(text) or (_DATE.match(text) and _count(text) >= 4) else None


def _card(text: str) -> Label | None:
    return Label.CREDIT_CARD if _CARD.match(text) and 12 <= _count(text) <= 19 else None


def _cvv(text: str) -> Label | None:
    return Label.CREDIT_CARD if _CVV.match(text) else None


def _iban(text: str) -> Label | None:
    compact = re.sub(r"[ .-]", "", text).upper()
    return Label.IBAN if is_iban(compact) or _IBAN.match(compact) else None


def _national(text: str) -> Label | None:
    return Label.NATIONAL_ID if _DIGEST.match(text) or (_NATIONAL.match(text) and _count(text) >= 4) else None


def _ip(text: str) -> Label | None:
    first = text.partition(",")[0].strip().removeprefix("for=").strip('"[] ')
    host, _, port = first.rpartition(":")
    for candidate in (first, host.strip("[]") if port.isdigit() else first):
        try:
            ip_address(candidate.partition("%")[0].partition("/")[0])
        except ValueError:
            continue
        return Label.IP
    return None


def _geo(text: str) -> Label | None:
    return Label.GEO_COORD if _GEO.match(text) else None


def _password(text: str) -> Label | None:
    return Label.PASSWORD if len(text) >= 3 else None


def _token(text: str) -> Label | None:
    return Label.AUTH_TOKEN if len(text) >= 12 or (len(text) >= 4 and _count(text)) else None


def _maybe_token(text: str) -> Label | None:
    return Label.AUTH_TOKEN if _is_random(text) else None


def _user_id(text: str) -> Label | None:
    return Label.USER_ID if len(text) >= 3 else None


def _online_id(text: str) -> Label | None:
    known = len(text) >= 8 and (_count(text) >= 4 or len(text) >= 20)
    return Label.ONLINE_ID if known and " " not in text and not _PROPERTY.match(text) else None


def _maybe_id(text: str) -> Label | None:
    known = _is_random(text) or (_BROWSER.match(text) and not text.isdecimal())
    return Label.ONLINE_ID if known else None


def _is_random(text: str) -> bool:
    """Whether a word looks like drawn by a machine: long, letters and digits in no order."""
    if not _RANDOM.match(text):
        return False
    if _HEX.match(text) or _UUID.match(text):
        return True
    digits = _count(text)
    letters = sum(map(str.isalpha, text))
    mixed = any(map(str.isupper, text)) and any(map(str.islower, text))
    if mixed and letters >= 6:
        return digits >= 2 or (len(text) >= 32 and text.isalnum())
    return len(text) >= 20 and digits >= 4 and letters >= 4 and text.isalnum()


def _count(text: str) -> int:
    return sum(map(str.isdigit, text))


_VERDICTS: dict[Key, Callable[[str], Label | None]] = {
    Key.EMAIL: _email,
    Key.RECIPIENT: _recipient,
    Key.PHONE: _phone,
    Key.NAME: _name,
    Key.USERNAME: _username,
    Key.ADDRESS: _address,
    Key.POSTCODE: _postcode,
    Key.DOB: _birth,
    Key.CARD: _card,
    Key.CVV: _cvv,
    Key.IBAN: _iban,
    Key.NATIONAL_ID: _national,
    Key.IP: _ip,
    Key.GEO: _geo,
    Key.PASSWORD: _password,
    Key.TOKEN: _token,
    Key.MAYBE_TOKEN: _maybe_token,
    Key.USER_ID: _user_id,
    Key.ONLINE_ID: _online_id,
    Key.MAYBE_ID: _maybe_id,
}
