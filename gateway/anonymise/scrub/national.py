"""Recognise national identity, tax and insurance numbers by their form and check digits.

`FORMS` are so particular that they are looked for anywhere; `BARE` are plain runs of digits, believed only where a word
beside them or the name of the parameter says what they are.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from string import ascii_letters

from gateway.anonymise.scrub.announced import announced, words
from gateway.anonymise.scrub.checksums import is_date, luhn, mod_11_10, verhoeff, weighted
from gateway.anonymise.scrub.runs import Run, starts, within

Check = Callable[[str], bool]

_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_PPS = "WABCDEFGHIJKLMNOPQRSTUV"
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22,
    25, 24, 23,
), strict=True))  # fmt: skip
_LETTER = {letter: number for number, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def us_ssn(text: str) -> bool:
    """SSA's rules since 2011: no area 000, 666 or 9xx, no group 00, no serial 0000."""
    digits = _digits(text)
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def nino(text: str) -> bool:
    """HMRC's rules on the two letters in front."""
    return text[:2].upper() not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def cpf(text: str) -> bool:
    """Brazil, two check digits mod 11."""
    digits = _digits(text)
    first = weighted(digits[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits[:10], range(11, 1, -1)) * 10 % 11 % 10
    return len(set(digits)) > 1 and digits[9:] == f"{first}{second}"


def codice_fiscale(text: str) -> bool:
    """Italy, a letter mod 26."""
    text = text.upper()
    total = sum(
        _ODD[sign] if place % 2 == 0 else (int(sign) if sign.isdigit() else ord(sign) - 65)
        for place, sign in enumerate(text[:15])
    )
    return chr(65 + total % 26) == text[15]


def dni(text: str) -> bool:
    """Spain, DNI and NIE, a letter mod 23."""
    text = text.upper().replace("-", "").replace(" ", "").replace(".", "")
    number = "XYZ".find(text[0])
    return _DNI[int((str(number) if number >= 0 else text[0]) + text[1:8]) % 23] == text[8]


def nir(text: str) -> bool:
    """France, 13 digits and two mod 97; Corsica's departments are written 2A and 2B."""
    plain = re.sub(r"[ .-]", "", text.upper())
    number = plain[:13].replace("2A", "19").replace("2B", "18")
    month = int(plain[3:5])
    return number.isdigit() and (1 <= month <= 12 or month >= 20) and 97 - int(number) % 97 == int(plain[13:15])


def personnummer(text: str) -> bool:
    """Sweden, a date and Luhn over ten digits; day numbers above 60 are coordination numbers."""
    digits = _digits(text)[-10:]
    day = int(digits[4:6])
    return is_date(str(day - 60 if day > 60 else day), digits[2:4]) and luhn(digits)


def hetu(text: str) -> bool:
    """Finland, a date and a sign mod 31."""
    text = text.upper()
    return is_date(text[:2], text[2:4]) and _HETU[int(text[:6] + text[7:10]) % 31] == text[10]


def dated_first(text: str) -> bool:
    """A date as ddmmyy begins it (Denmark, Latvia)."""
    digits = _digits(text)
    return is_date(digits[:2], digits[2:4])


def rodne_cislo(text: str) -> bool:
    """Czechia and Slovakia, a date (women's months have 50 added) and divisible by 11."""
    digits = _digits(text)
    month = int(digits[2:4]) % 50
    month = month - 20 if month > 20 else month
    right = len(digits) == 9 or int(digits) % 11 == 0 or int(digits[:9]) % 11 == 10
    return is_date(digits[4:6], str(month)) and right


def rijksregister(text: str) -> bool:
    """Belgium, 97 minus the rest; births since 2000 have a 2 in front."""
    digits = _digits(text)
    return any(97 - int(century + digits[:9]) % 97 == int(digits[9:]) for century in ("", "2"))


def ahv(text: str) -> bool:
    """Switzerland, an EAN-13 check digit."""
    digits = _digits(text)
    return (-weighted(digits[:12], (1, 3) * 6)) % 10 == int(digits[12])


def pps(text: str) -> bool:
    """Ireland, a letter mod 23."""
    text = text.upper()
    extra = (ord(text[8]) - 64) * 9 if len(text) == 9 and text[8] != "W" else 0
    return _PPS[(weighted(text[:7], range(8, 1, -1)) + extra) % 23] == text[7]


def fodselsnummer(text: str) -> bool:
    """Norway, a date and two check digits mod 11; D numbers have 40 added to the day."""
    digits = _digits(text)
    day = int(digits[:2]) % 40
    first = weighted(digits[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return is_date(str(day), digits[2:4]) and first == 0 and second == 0


def resident_identity(text: str) -> bool:
    """China, GB 11643-1999: a date and a sign mod 11-2."""
    rest = weighted(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return is_date(text[12:14], text[10:12]) and "10X98765432"[rest] == text[17].upper()


def rrn(text: str) -> bool:
    """South Korea, a date; numbers since 2020 have no check digit."""
    return is_date(text[4:6], text[2:4])


def taiwan(text: str) -> bool:
    """Taiwan, a letter of two digits and mod 10."""
    number = _LETTER[text[0].upper()]
    return (number // 10 + number % 10 * 9 + weighted(text[1:9], range(8, 0, -1)) + int(text[9])) % 10 == 0


def hong_kong(text: str) -> bool:
    """Hong Kong, mod 11 with letters from 10."""
    plain = re.sub(r"[()]", "", text.upper())
    values = [36] * (9 - len(plain)) + [int(sign, 36) for sign in plain]
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def nric(text: str) -> bool:
    """Singapore, a letter mod 11."""
    text = text.upper()
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    table = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    rest = 10 - total % 11 if text[0] == "M" else total % 11
    return table[text[0]][rest] == text[8]


def rut(text: str) -> bool:
    """Chile, mod 11 with K for ten."""
    plain = re.sub(r"[.\- ]", "", text.upper())
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(plain[:-1])))
    return "0123456789K0"[11 - total % 11] == plain[-1]


def cuit(text: str) -> bool:
    """Argentina, mod 11 with 9 for ten."""
    digits = _digits(text)
    return "012345678990"[11 - weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11] == digits[10]


def snils(text: str) -> bool:
    """Russia, mod 101."""
    digits = _digits(text)
    return weighted(digits, range(9, 0, -1)) % 101 % 100 == int(digits[9:])


def pesel(text: str) -> bool:
    """Poland, mod 10; the month tells the century."""
    digits = _digits(text)
    total = weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1))
    return is_date(digits[4:6], str(int(digits[2:4]) % 20)) and total % 10 == 0


def bsn(text: str) -> bool:
    """The Netherlands, the test of eleven."""
    return weighted(_digits(text), (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def steuer_id(text: str) -> bool:
    """Germany, MOD 11,10; the first digit is no 0."""
    digits = _digits(text)
    return digits[0] != "0" and mod_11_10(digits)


def aadhaar(text: str) -> bool:
    """India, Verhoeff."""
    return verhoeff(_digits(text))


def nhs(text: str) -> bool:
    """United Kingdom, mod 11."""
    digits = _digits(text)
    return (11 - weighted(digits, range(10, 1, -1)) % 11) % 11 == int(digits[9])


def tc_kimlik(text: str) -> bool:
    """Turkey, two check digits."""
    digits = _digits(text)
    odd, even = sum(map(int, digits[0:9:2])), sum(map(int, digits[1:8:2]))
    tenth, eleventh = (odd * 7 - even) % 10, sum(map(int, digits[:10])) % 10
    return digits[0] != "0" and digits[9:] == f"{tenth}{eleventh}"


def tfn(text: str) -> bool:
    """Australia, mod 11."""
    return weighted(_digits(text), (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def _luhn(text: str) -> bool:
    return luhn(_digits(text))


def _always(text: str) -> bool:
    del text
    return True


Form = tuple[str, Check]


class _Forms:
    """Several forms, looked at together: one match tells all that fit at a place."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._checks = [check for _, check in forms]
        each = "".join(rf"(?:(?=({pattern})(?![\w-]))|)" for pattern, _ in forms)
        self._pattern = re.compile(rf"(?<![\w.+-]){each}", re.IGNORECASE | re.ASCII)

    def at(self, text: str, start: int) -> Iterator[tuple[int, int]]:
        """The first of the forms that begins at a place and is right."""
        found = self._pattern.match(text, start)
        if found is None or found.lastindex is None:
            return
        for fits, check in zip(found.groups(), self._checks, strict=True):
            if fits and check(fits):
                yield start, start + len(fits)
                return


_MONTH = r"[A-EHLMPRST]"
# Those that begin with a letter; one of them may also begin with a digit.
LETTERED = (
    (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", nino),
    (rf"[A-Z]{{6}}[\dL-NP-V]{{2}}{_MONTH}[\dL-NP-V]{{2}}[A-Z][\dL-NP-V]{{3}}[A-Z]", codice_fiscale),
    (r"(?:\d{8}|\d\d\.\d{3}\.\d{3}|[XYZ]-?\d{7})[- ]?[A-HJ-NP-TV-Z]", dni),
    (r"[A-Z][1289]\d{8}", taiwan),
    (r"[A-Z]{1,2}\d{6}\([\dA]\)", hong_kong),
    (r"[STFGM]\d{7}[A-Z]", nric),
    (r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HM][A-Z]{5}[A-Z\d]\d", lambda text: is_date(text[8:10], text[6:8])),
    (r"[A-Z]{3}P[A-Z]\d{4}[A-Z]", _always),
)
# With how many digits may stand in front of the first other sign.
NUMBERED: tuple[tuple[str, Check, tuple[int, ...]], ...] = (
    (r"\d{3}-\d\d-\d{4}", us_ssn, (3,)),
    (r"\d{3}\.\d{3}\.\d{3}-\d\d", cpf, (3,)),
    (r"(?:\d{8}|\d\d\.\d{3}\.\d{3}|[XYZ]-?\d{7})[- ]?[A-HJ-NP-TV-Z]", dni, (2, 8)),
    (r"[12][ .]?\d\d[ .]?\d\d[ .]?(?:\d\d|2[AB])[ .]?\d{3}[ .]?\d{3}[ .-]?\d\d", nir, (1, 3, 5, 6, 7, 10, 13, 15)),
    (r"(?:19|20)?\d{6}[-+]\d{4}", personnummer, (6, 8)),
    (r"\d{6}[-+A-FU-Y]\d{3}[\dA-FHJ-NPR-Y]", hetu, (6,)),
    (r"\d{6}-\d{4,5}", dated_first, (6,)),
    (r"\d{6}/\d{3,4}", rodne_cislo, (6,)),
    (r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", rijksregister, (2,)),
    (r"756\.\d{4}\.\d{4}\.\d\d", ahv, (3,)),
    (r"\d{7}[A-W][A-IW]", pps, (7,)),
    (r"\d{6} ?\d{5}", fodselsnummer, (6, 11)),
    (r"[1-9]\d{5}(?:19|20)\d{9}[\dX]", resident_identity, (17, 18)),
    (r"\d{6}-[1-8]\d{6}", rrn, (6,)),
    (r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", rut, (1, 2)),
    (r"(?:20|23|24|27)-\d{8}-\d", cuit, (2,)),
    (r"\d{3}-\d{3}-\d{3}[ -]\d\d", snils, (3,)),
    (r"[2-9]\d{3} \d{4} \d{4}", aadhaar, (4,)),
)
# Forms whose check alone is too weak to believe a bare number that nothing announces.
BARE = (
    (r"\d{11}", lambda text: any(check(text) for check in (pesel, steuer_id, cpf, fodselsnummer, tc_kimlik))),
    (r"\d\d ?\d{3} ?\d{3} ?\d{3}", steuer_id),
    (r"\d{3}[ -]?\d{3}[ -]?\d{3}", lambda text: any(check(text) for check in (bsn, _luhn, tfn))),
    (r"\d{3} ?\d{3} ?\d{4}", nhs),
    (r"\d{3}-?\d\d-?\d{4}", us_ssn),
    (r"\d{12}", lambda text: text[0] not in "01" and aadhaar(text)),
    (r"\d{13}", lambda text: _luhn(text) or is_date(text[5:7], text[3:5])),
    (r"\d{7}[A-W]", pps),
    (r"\d{10}", lambda text: personnummer(text) or dated_first(text)),
)

_ANNOUNCED = words(
    r"(?:ssn|social security|nino|national insurance|nhs|tax (?:id|number)|steuer|idnr|identifikationsnummer"
    r"|sozialversicherung|sécu|securite sociale|nir|bsn|burgerservice|pesel|cpf|cnp|egn|emb?g|oib|amka|sin|tfn|aadhaar"
    r"|dni|nie|nif|curp|rut|cuil|cuit|rrn|pps|passport|national id|id(?:entity)? (?:number|card)|personn?ummer"
    r"|personal code|isikukood|tc kimlik|kimlik|снилс|инн|паспорт|身份证|身分證"
    r"|マイナンバー|주민등록번호|رقم الهوية)(?!\w)"
)


_LETTERED, _BARE = _Forms(LETTERED), _Forms(BARE)
# How many digits stand in front of the first sign -> the forms that begin so.
_BEGINS = {
    size: _Forms([(pattern, check) for pattern, check, sizes in NUMBERED if size in sizes])
    for size in sorted({size for *_, sizes in NUMBERED for size in sizes})
}
_BEHIND_LETTERS = re.compile(r"[0-9](?:(?<=[A-Za-z][0-9])|(?<=[A-Za-z][ -][0-9]))[0-9LMNPQRSTUVlmnpqrstuv]")
_MOST_LETTERS = 6
_DIGIT_FIRST = re.compile(r"[0-9](?<![\w.+-][0-9])(?:[0-9]++|(?=[ .][0-9]{2}))", re.ASCII)
_ANY_BARE = re.compile(r"[0-9](?<![\w.+-][0-9])(?:[ -]?[0-9]){7,12}(?![\w-])")


def national_ids(text: str, found: list[Run]) -> Iterator[tuple[int, int]]:
    """Where national numbers stand in a text, those that only a word announces too."""
    for place in _BEHIND_LETTERS.finditer(text):
        yield from _LETTERED.at(text, _first_letter(text, place.start()))
    for place in within(_DIGIT_FIRST, text, found, 6):
        forms = _BEGINS.get(len(place[0]))
        if forms is not None:
            yield from forms.at(text, place.start())
    named = announced(_ANNOUNCED, text, starts(found))
    if named is not None:
        for place in within(_ANY_BARE, text, found, 8):
            if named[place.start()]:
                yield from _BARE.at(text, place.start())


def _first_letter(text: str, place: int) -> int:
    """Where the letters begin that end in front of a place, or one sign before it."""
    start = end = place if text[place - 1] in ascii_letters else place - 1
    while start and end - start <= _MOST_LETTERS and text[start - 1] in ascii_letters:
        start -= 1
    return start
