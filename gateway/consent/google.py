"""Decode what Google's tags say of consent in a request: `gcs`, `gcd`, `npa`, `dma` and `dma_cps`.

Google publishes none of the formats; these are what independent readers of live traffic agree on. So a value may
refuse, and never grants by itself.
"""

import re
from typing import NamedTuple

from gateway.consent.invalid import Invalid

TYPES = ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")

_GCS = re.compile(r"G1([01-])([01-])")
_GCS_STATES = {"1": "granted", "0": "denied", "-": "unset"}
# `1`, four pairs of [whether it was implied][state], and a tail that varies.
_GCD = re.compile(r"1" + r"[0-9]([0-9a-zA-Z_-])" * len(TYPES) + r"[0-9a-zA-Z_-]{1,8}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
# Bits 3-2 of a state are the default, bits 1-0 the update. 0 is never written.
_STATES = {1: "unset", 2: "denied", 3: "granted"}
_CORE_SERVICES = re.compile(r"-|[a-z]{1,26}")


class GcdState(NamedTuple):
    """One consent type: `granted`, `denied` or `unset` each. An update stands above the default."""

    default: str
    update: str

    @property
    def effective(self) -> str:
        """What holds."""
        return self.default if self.update == "unset" else self.update


def decode_gcs(text: str) -> dict[str, str] | Invalid:
    """Consent type -> `granted`, `denied` or `unset`, for the first two types."""
    match = _GCS.fullmatch(text)
    if match is None:
        return Invalid("not a gcs value of a running consent mode")
    return {name: _GCS_STATES[state] for name, state in zip(TYPES, match.groups(), strict=False)}


def decode_gcd(text: str) -> dict[str, GcdState] | Invalid:
    """Consent type -> its state, for all four types."""
    match = _GCD.fullmatch(text)
    if match is None:
        return Invalid("not a gcd value")
    codes = [_DIGITS.index(letter) for letter in match.groups()]
    if not all(code >> 2 & 3 and code & 3 for code in codes):
        return Invalid("a gcd state that is not defined")
    states = (GcdState(_STATES[code >> 2 & 3], _STATES[code & 3]) for code in codes)
    return dict(zip(TYPES, states, strict=True))


def decode_npa(text: str) -> bool | Invalid:
    """Whether personalised ads are refused."""
    return _switch("npa", text)


def decode_dma(text: str) -> bool | Invalid:
    """Whether the page says that the Digital Markets Act applies to its visitor."""
    return _switch("dma", text)


def decode_dma_cps(text: str) -> tuple[str, ...] | Invalid:
    """The letters of Google's core platform services that may be linked, in the order given."""
    if not _CORE_SERVICES.fullmatch(text):
        return Invalid("not a dma_cps value")
    return () if text == "-" else tuple(dict.fromkeys(text))


def _switch(name: str, text: str) -> bool | Invalid:
    return (
        text == "1" if text in {"0", "1"} else Invalid(f"not an {name} value" if name == "npa" else "not a dma value")
    )
