"""Decode US Privacy strings (IAB CCPA Compliance Framework, "U.S. Privacy String", version 1).

Four characters: the version, then notice given, opted out of sale and LSPA covered, each Y, N or `-`. A string carries
an opt-out at most, never a consent; `1---` says that the law does not apply.
"""

import re
from typing import NamedTuple

from gateway.consent.invalid import Invalid

COOKIE = "usprivacy"

# One platform (iubenda) wraps the string in JSON.
_WRAPPED = re.compile(r'\{"uspString":"([^"]{0,8})"[^{}]{0,512}\}')
_STRING = re.compile(r"1([YN-])([YN-])([YN-])")


class UsPrivacy(NamedTuple):
    """A string's answers: `Y`, `N` or `-` each."""

    notice: str
    opt_out_sale: str
    lspa: str

    @property
    def applies(self) -> bool:
        """Whether the string says that the law applies to this visitor."""
        return self != ("-", "-", "-")


def decode_usp(text: str) -> UsPrivacy | Invalid:
    """The string, or why it is none. Where the law applies, the answer about sale must be Y or N."""
    wrapped = _WRAPPED.fullmatch(text)
    match = _STRING.fullmatch(wrapped[1] if wrapped else text)
    if match is None:
        return Invalid("not a US Privacy string")
    decoded = UsPrivacy(*match.groups())
    if decoded.applies and decoded.opt_out_sale == "-":
        return Invalid("a US Privacy string without an answer about sale")
    return decoded
