"""Write consent strings that refuse everything and are yet like no other: the vendors they name are drawn by lot.

TCF: "Transparency and Consent String with Global Vendor & CMP List Formats", version 2. GPP: "Consent String
Specification" of the Global Privacy Platform, with the sections 2 (`tcfeuv2`) and 6 (`uspv1`).
"""

import secrets

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VENDORS = 400
_TENTHS_A_DAY = 864_000
# The specification's own header for these two sections, and a US section that opts out of sale.
_GPP_HEADER, _OPTED_OUT = "DBACNYA", "1YYN"
_AC_PROVIDERS = 12


def refusing_tc_string(day: int) -> str:
    """No purpose is consented to, and none rests on legitimate interest. Some vendors are, which alone means nothing.

    `day` is that of the answer, in days since 1970-01-01.
    """
    moment = _bits(day * _TENTHS_A_DAY, 36)
    core = [
        _bits(2, 6), moment, moment, _bits(31, 12), _bits(1, 12), _bits(1, 6), _letters("EN"), _bits(150, 12),
        _bits(5, 6), "1", "0", "0" * 12, "0" * 24, "0" * 24, "0", _letters("DE"),
        _bits(_VENDORS, 16), "0", _bits(secrets.randbits(_VENDORS) | 1, _VENDORS), _bits(0, 16), "0", _bits(0, 12),
    ]  # fmt: skip
    disclosed = ["001", _bits(_VENDORS, 16), "0", "1" * _VENDORS]
    return f"{_base64url(core)}.{_base64url(disclosed)}"


def refusing_gpp_string(day: int) -> str:
    """A TC string as above, and an opt-out of sale."""
    return f"{_GPP_HEADER}~{refusing_tc_string(day)}~{_OPTED_OUT}"


def unlike_ac_string() -> str:
    """An Additional Consent string. What it says counts beside a TC string alone, and that refuses."""
    providers: set[int] = set()
    while len(providers) < _AC_PROVIDERS:
        providers.add(1 + secrets.randbelow(9999))
    return f"2~{'.'.join(map(str, sorted(providers)))}~dv."


def _bits(value: int, width: int) -> str:
    return f"{value:0{width}b}"


def _letters(text: str) -> str:
    return "".join(_bits(ord(letter) - ord("A"), 6) for letter in text)


def _base64url(fields: list[str]) -> str:
    bits = "".join(fields)
    bits += "0" * (-len(bits) % 6)
    return "".join(_ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
