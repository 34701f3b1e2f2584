"""Decode US Privacy strings (IAB CCPA Compliance Framework, "U.S. Privacy String", version 1).

Four characters: the version, then notice given, opted out of sale and LSPA covered, each Y, N or `-`. A string carries
an opt-out at most, never a consent; `1---` says that the law does not apply.
"""

import re
from typing import NamedTuple

from gateway.consent.cmp.usp_text import bare_usp
from gateway.consent.invalid import Invalid

COOKIE = "usprivacy"

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

    @property
    def opted_out(self) -> bool:
        """Whether it is an opt-out of sale. Where the law applies, no answer is one."""
        return self.applies and self.opt_out_sale != "N"


def parse_usp(text: str) -> UsPrivacy | None:
    """The answers in the four characters; None where it is no such text."""
    match = _STRING.fullmatch(text)
    return UsPrivacy(*match.groups()) if match else None


def decode_usp(text: str) -> UsPrivacy | Invalid:
    """The string, bare or in the object that a platform wraps it in, or why it is none.

    Where the law applies, the answer about sale must be Y or N.
    """
    decoded = parse_usp(bare_usp(text))
    if decoded is None:
        return Invalid("not a US Privacy string")
    if decoded.applies and decoded.opt_out_sale == "-":
        return Invalid("a US Privacy string without an answer about sale")
    return decoded
