"""Read country and subdivision codes as edges write them; what is no such code is nothing."""

import re

from gateway.iso3166 import COUNTRIES

# A code that is not one of these must not pass for a state without rules of its own.
_SUBDIVISIONS = {
    "US": """
        AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR
        PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI
    """,
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
}
# Subdivisions that are countries of ISO 3166-1 as well (ISO 3166-2), and those of them that go by another code there.
_TERRITORIES = {
    "CN": "HK MO TW",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "NL": "AW CW SX",
    "US": "AS GU MP PR UM VI",
}
_ELSEWHERE = {
    "FI-01": "AX", "FR-971": "GP", "FR-972": "MQ", "FR-973": "GF", "FR-974": "RE", "FR-976": "YT",
    "NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ", "NO-21": "SJ", "NO-22": "SJ",
}  # fmt: skip
_COUNTRY_TOO = {f"{of}-{code}": code for of, codes in _TERRITORIES.items() for code in codes.split()} | _ELSEWHERE
_KNOWN = {country: frozenset(codes.split()) for country, codes in _SUBDIVISIONS.items()}
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
_NO_SUBDIVISION = frozenset(("XX", "XXX", "ZZ", "ZZZ", "N/A", "NA", "0", "00"))


def country(text: str) -> str:
    """The ISO 3166-1 code that `text` is, in capitals, or nothing."""
    code = text.strip(" \t").upper()
    return code if text.isascii() and code in COUNTRIES else ""


def place(text: str) -> str:
    """The ISO code of a country (`FR`) or of a country and its subdivision (`US-CA`), or nothing."""
    of, dash, _ = text.partition("-")
    code = country(of)
    return (subdivision(code, text) if dash else code) if code else ""


def subdivision(of: str, text: str) -> str:
    """The ISO 3166-2 code (`US-CA`) of a subdivision of the country `of` given as `CA` or `US-CA`, or nothing."""
    code = text.strip(" \t").upper().removeprefix(f"{of}-")
    if not (text.isascii() and _SUBDIVISION.fullmatch(code)):
        return ""
    known = _KNOWN.get(of)
    right = code in known if known else code not in _NO_SUBDIVISION
    return f"{of}-{code}" if right else ""


def evidence(code: str) -> tuple[str, ...]:
    """What a code is evidence of: of Puerto Rico as `US-PR` also of `PR`, since a policy may name a place by either."""
    own = _COUNTRY_TOO.get(code)
    return (code, own) if own else (code,)
