"""The country codes of ISO 3166-1, and the subdivisions of the countries whose law differs inside."""

import re

# `UK`, `EU`, `AP`, `XX`, `ZZ`, `T1`, `A1` are not here: edges send them, and they place nobody.
_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())

# A code that is not one of these must not pass for a state without rules of its own.
_SUBDIVISIONS = {
    "US": """
        AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR
        PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI
    """,
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
}
_KNOWN = {country: frozenset(codes.split()) for country, codes in _SUBDIVISIONS.items()}
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,3}")
_NO_SUBDIVISION = frozenset(("XX", "XXX", "ZZ", "ZZZ", "N/A", "NA", "0", "00"))


def country(text: str) -> str:
    """The ISO 3166-1 code that `text` is, in capitals, or nothing."""
    code = text.strip(" \t").upper()
    return code if text.isascii() and code in COUNTRIES else ""


def subdivision(of: str, text: str) -> str:
    """The ISO 3166-2 code (`US-CA`) of a subdivision of the country `of` given as `CA` or `US-CA`, or nothing."""
    code = text.strip(" \t").upper().removeprefix(f"{of}-")
    if not (text.isascii() and _SUBDIVISION.fullmatch(code)):
        return ""
    known = _KNOWN.get(of)
    right = code in known if known else code not in _NO_SUBDIVISION
    return f"{of}-{code}" if right else ""
