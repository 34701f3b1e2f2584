"""Compute the check digits that tell a real number from one that only looks like it."""

from collections.abc import Sequence
from itertools import cycle

# How long the IBANs of a country are: the registry of ISO 13616.
IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip

SHORTEST_IBAN = min(IBAN_LENGTH.values())

# ISO/IEC 7812 issuer ranges that are in use: prefix from, prefix to, lengths.
_ISSUERS = (
    (4, 4, (16, 19)), (51, 55, (16,)), (2221, 2720, (16,)), (34, 34, (15,)), (37, 37, (15,)),
    (6011, 6011, (16, 19)), (644, 649, (16, 19)), (65, 65, (16, 19)), (35, 35, (16, 19)), (1800, 1800, (15,)),
    (2131, 2131, (15,)), (36, 36, (14,)), (38, 39, (14,)), (300, 305, (14,)), (62, 62, (16, 17, 18, 19)),
    (2200, 2205, (16, 19)), (6304, 6304, (16, 18, 19)), (5018, 5020, (16, 18, 19)), (5038, 5038, (16, 18, 19)),
    (5893, 5893, (16, 18, 19)), (508, 508, (16,)), (6060, 6069, (16,)), (81, 82, (16,)), (9792, 9792, (16,)),
    (5061, 5061, (16, 18, 19)), (67, 67, (16, 18, 19)),
)  # fmt: skip
# The first four digits -> the lengths of the cards that begin so.
_LENGTHS: dict[str, tuple[int, ...]] = {}
for _low, _high, _lengths in _ISSUERS:
    for _prefix in range(_low, _high + 1):
        _rest = 4 - len(str(_prefix))
        for _more in range(10**_rest):
            _four = f"{_prefix}{_more:0{_rest}d}" if _rest else str(_prefix)
            _LENGTHS[_four] = (*_LENGTHS.get(_four, ()), *_lengths)
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")


def luhn(digits: str) -> bool:
    """The check digit of cards and of several national numbers (ISO/IEC 7812-1, annex B)."""
    codes = digits.encode("ascii")
    total = sum(codes[-1::-2]) + sum(codes[-2::-2].translate(_DOUBLED))
    return (total - 48 * len(codes)) % 10 == 0


def is_card(digits: str) -> bool:
    """Whether an issuer gives out such numbers, and the check digit is right."""
    return len(digits) in _LENGTHS.get(digits[:4], ()) and luhn(digits)


def may_be_card(digits: str) -> bool:
    """Whether a number that is called a card may be one, of whatever issuer; the usual lengths also with a slip."""
    return len(set(digits)) > 1 and (len(digits) in (15, 16) or (12 <= len(digits) <= 19 and luhn(digits)))


def iban_length(country: str) -> int:
    """How long the IBANs of a country are (ISO 13616 registry), 0 for a country without."""
    return IBAN_LENGTH.get(country, 0)


def is_iban(text: str) -> bool:
    """Whether a compact IBAN in capitals has its country's length and the right check digits."""
    return (
        len(text) == iban_length(text[:2]) and text.isascii() and text.isalnum() and _mod_97(text[4:] + text[:4]) == 1
    )


_BASE_36 = {ord(sign): str(int(sign, 36)) for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _mod_97(text: str) -> int:
    return int(text.translate(_BASE_36)) % 97


def weighted(digits: str, weights: Sequence[int]) -> int:
    """The sum of the digits, each times its weight."""
    return sum((ord(digit) - 48) * weight for digit, weight in zip(digits, weights, strict=False))


_VERHOEFF_D = tuple(
    tuple(map(int, row))
    for row in (
        "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
        "8765932104", "9876543210",
    )
)  # fmt: skip
_VERHOEFF_P = tuple(
    tuple(map(int, row))
    for row in (
        "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
    )
)  # fmt: skip


_VERHOEFF = tuple(dict(zip("0123456789", row, strict=True)) for row in _VERHOEFF_P)


def verhoeff(digits: str) -> bool:
    """The check digit of Aadhaar numbers (Verhoeff 1969)."""
    state = 0
    for row, digit in zip(cycle(_VERHOEFF), reversed(digits), strict=False):
        state = _VERHOEFF_D[state][row[digit]]
    return state == 0


def mod_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10, as German tax numbers and Croatian OIBs have it."""
    rest = 10
    for digit in digits[:-1]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (11 - rest) % 10 == int(digits[-1])


def is_date(day: str, month: str) -> bool:
    """Whether two pairs of digits may be a day and a month."""
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12
