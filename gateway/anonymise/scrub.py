"""Mask what looks personal in free text: strict, linear in its length, and quick on what is clean.

What cannot be judged (too long, encoded too often) is refused, so no reader of a mask has to guess.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import unquote

MAX_TEXT = 2048
ROUNDS = 4

# What is looked for below has one of these signs, more than six digits, three dots, or a word of 16 letters with a
# digit in it. That settles most texts at once; `_SUSPECT`, the union of what is looked for, settles most others.
_WORDS = re.compile(r"[^@%&\\\d:+_=]*+\Z")
_PLAIN = re.compile(r"(?:[^@%&\\\d:+_=]*+\d){1,6}+[^@%&\\\d:+_=]*+\Z")
_LONG = re.compile(r"[A-Za-z0-9-]{16}")
_SUSPECT = re.compile(
    r"[@%&\\]|eyJ|\d(?:[ ()./+-]{0,3}\d){6}|\d{1,3}\.\d{1,3}\.\d|:[0-9A-Fa-f]{0,4}:|-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-"
    r"|[A-Za-z0-9_+]{24}|[sprk]k_|gh[pousr]_|AKIA|AIza|xox|glpat|[A-Za-z]{2}\d\d[ +]?[A-Za-z0-9]{4}"
)
_HIDING = re.compile(r"[@%&\\]")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}|&[#A-Za-z]|\\[ux][0-9A-Fa-f]{2}")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_DIGIT = re.compile(r"[^\W\D]")

_LOCAL = r"[^\s@<>\"'(),;:/?&=\[\]\\|]"
_EMAIL = re.compile(rf"(?:(?<!{_LOCAL}){_LOCAL}+|\"[^\"@]{{1,64}}\")@(\[[0-9A-Fa-f:.]{{3,45}}\]|[\w-]+(?:\.[\w-]+)*)")
_IMAGE = re.compile(r"[0-9]x\.(?:png|jpe?g|gif|webp|svg|avif)", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){0,4}")
_SECRET = re.compile(r"(?:(?:[sprk]k_|gh[pousr]_|glpat-|xox[abprs]-)[\w-]{8,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{20,})")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ +]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<!\d)\d(?:[ +-]?\d){12,18}(?!\d)")
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_V6 = re.compile(r"(?<![\w:])[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])")
_PHONE = re.compile(
    r"(?<![\w.])(?:(?:\+|00)[ (+]{0,2}\d(?:[ ()./+-]{0,3}\d){6,14}|\(?0\d(?:[ ()./+-]{0,3}\d){7,11}"
    r"|\(?\d{3}\)?[ .+-]{1,2}\d{3}[ .+-]\d{4})(?!\d)"
)
_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?:[ T]\d{1,2}.*)?")
_NUMBER = re.compile(r"\d{9,}|(?<!\d)\d{3}-\d\d-\d{4}(?!\d)")
_TOKEN = re.compile(r"(?<![A-Za-z0-9_+])[A-Za-z0-9_+]{24,}={0,2}")
_UUID = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
_HEX = re.compile(r"[0-9A-Fa-f]{24,}")


def scrub(text: str) -> str | None:
    """`text` with what looks personal replaced by `[email]`, `[phone]` and so on; None where it must be dropped.

    Clean text comes back unchanged, encoded or not; text with something in it comes back decoded and masked. Longer
    than 2048 characters, or still encoded after four rounds of decoding, is dropped.
    """
    if len(text) > MAX_TEXT:
        return None
    normal = text if text.isascii() else _normal(text)
    if _is_plain(normal) or not _SUSPECT.search(normal):
        return text
    plain = decode(text)
    if plain is None:
        return None
    masked = _mask(plain)
    return text if masked == plain else masked


def _is_plain(text: str) -> bool:
    if _WORDS.match(text):
        return True
    return bool(_PLAIN.match(text)) and text.count(".") < 3 and not _LONG.search(text)


def has_email(text: str) -> bool:
    """Whether an e-mail address stands in `text`, encoded or not, or might because nobody can tell."""
    if not _HIDING.search(_normal(text)):
        return False
    plain = decode(text)
    return plain is None or _EMAIL.sub(_email, plain) != plain


def decode(text: str) -> str | None:
    """`text` without its percent, HTML and JSON escapes and with plain digits; None if four rounds are not enough."""
    text = _normal(text)
    for _ in range(ROUNDS):
        peeled = _peel(text)
        if peeled == text:
            return text
        text = peeled
    return text if _peel(text) == text else None


def _peel(text: str) -> str:
    if not _ENCODED.search(text):
        return text
    return _normal(_ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), html.unescape(unquote(text))))


def _normal(text: str) -> str:
    """Compatibility forms (`＠`, `４`), invisible characters and other scripts' digits written plainly."""
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)


def _mask(text: str) -> str:
    for pattern, judge in _DETECTORS:
        text = pattern.sub(judge, text)
    return text


def _email(found: re.Match[str]) -> str:
    domain = found[1]
    last = domain.rpartition(".")[2]
    harmless = _IMAGE.fullmatch(domain) or (last.isdigit() and not domain.startswith("["))
    return found[0] if harmless else "[email]"


def _iban(found: re.Match[str]) -> str:
    plain = found[0].replace(" ", "").replace("+", "").upper()
    number = "".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])
    return "[iban]" if int(number) % 97 == 1 else found[0]


def _card(found: re.Match[str]) -> str:
    digits = [int(sign) for sign in found[0] if sign.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    luhn = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return "[card]" if luhn and digits[0] in (2, 3, 4, 5, 6) else found[0]


def _address(found: re.Match[str]) -> str:
    if found[0].count(":") == 1 or len(found[0]) < 3:
        return found[0]
    try:
        ip_address(found[0])
    except ValueError:
        return found[0]
    return "[ip]"


def _phone(found: re.Match[str]) -> str:
    return found[0] if _DATE.fullmatch(found[0]) else "[phone]"


def _token(found: re.Match[str]) -> str:
    text = found[0].rstrip("=")
    mixed = any(map(str.isdigit, text)) and any(map(str.isupper, text)) and any(map(str.islower, text))
    return "[token]" if mixed or _HEX.fullmatch(text) else found[0]


# The order matters: what is certain by its shape goes before what is only a run of digits.
_DETECTORS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str], ...] = (
    (_EMAIL, _email),
    (_JWT, "[jwt]"),
    (_SECRET, "[secret]"),
    (_UUID, "[id]"),
    (_TOKEN, _token),
    (_IBAN, _iban),
    (_CARD, _card),
    (_V4, _address),
    (_V6, _address),
    (_PHONE, _phone),
    (_NUMBER, "[number]"),
)
