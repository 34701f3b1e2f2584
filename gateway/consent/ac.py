"""Decode Google's Additional Consent strings (Additional Consent technical specification, versions 1 and 2).

`1~ids`, or `2~ids~dv.ids`: the providers that have consent, then those that were disclosed and have none. The ids are
Google's, not of the IAB's vendor list. A string counts beside a TC string only.
"""

import re
from typing import NamedTuple

from gateway.consent.invalid import Invalid
from gateway.consent.tcf import MAX_LENGTH

# Providers have four digits at most today.
_ID = r"[1-9][0-9]{0,5}"
_IDS = rf"((?:{_ID}(?:\.{_ID})*)?)"
_STRING = re.compile(rf"(?:1~{_IDS}|2~{_IDS}~dv\.{_IDS})")


class AcString(NamedTuple):
    """Ids in ascending order. `disclosed` is None in version 1, which does not say."""

    version: int
    consented: tuple[int, ...]
    disclosed: tuple[int, ...] | None


def decode_ac(text: str) -> AcString | Invalid:
    """The string, or why it is none. Invalid too where a provider is said to have consent and to have none."""
    if len(text) > MAX_LENGTH:
        return Invalid(f"longer than {MAX_LENGTH} characters")
    match = _STRING.fullmatch(text)
    if match is None:
        return Invalid("not an Additional Consent string")
    if match[1] is not None:
        return AcString(1, _ids(match[1]), None)
    consented, disclosed = _ids(match[2]), _ids(match[3])
    if not set(consented).isdisjoint(disclosed):
        return Invalid("a provider with consent and without")
    return AcString(2, consented, disclosed)


def _ids(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(each) for each in text.split(".")})) if text else ()
