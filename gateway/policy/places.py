"""The codes a region may have: ISO 3166-1 countries, the form of ISO 3166-2 subdivisions, groups of countries."""

import re

_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK
    """
# XK is user-assigned (Kosovo) and what every geolocation database calls it.
COUNTRIES = frozenset(_COUNTRIES.split())

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
GROUPS: dict[str, tuple[str, ...]] = {
    "@EU": tuple(_EU.split()),
    "@EEA": tuple(f"{_EU} IS LI NO".split()),
}

EVERYWHERE_ELSE = "*"
UNKNOWN = "unknown"

# What edges send for a visitor they cannot place: unknown, reserved, Tor. Like every code that is none, it is unknown.
NOWHERE_CODES = ("XX", "ZZ", "T1")

_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}\Z")


def country_of(code: str) -> str | None:
    """The country of a country or subdivision code, or None where the code names no place on earth."""
    match = _SUBDIVISION.match(code)
    country = match[1] if match else code
    return country if country in COUNTRIES else None


def is_match(code: str) -> bool:
    """Whether a region may claim `code`: a country, a subdivision, a group or `*`."""
    return code == EVERYWHERE_ELSE or code in GROUPS or country_of(code) is not None


def expand(code: str) -> tuple[str, ...]:
    """The countries of a group, or the code itself."""
    return GROUPS.get(code, (code,))
