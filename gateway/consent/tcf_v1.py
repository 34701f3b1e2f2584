"""Decode a TC string of TCF v1.1, withdrawn in 2020, so that `gateway consent decode` can show what it said.

Nothing else may use it: such a string permits nothing (`decode_tcf` refuses it). Format: "Transparency and Consent
String with Global Vendor List Format" v1.1.
"""

from dataclasses import dataclass

from gateway.consent.bits import Bits, Malformed
from gateway.consent.invalid import Invalid
from gateway.consent.tcf import MAX_LENGTH, MAX_PADDING, PURPOSES
from gateway.consent.vendor_ids import MAX_VENDOR_ID, Budget, Ranges, read_intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class TcStringV1:
    """All fields of a version 1 string. Times are tenths of seconds since 1970."""

    created: int
    last_updated: int
    cmp_id: int
    cmp_version: int
    consent_screen: int
    consent_language: str
    vendor_list_version: int
    purposes_consent: tuple[int, ...]
    vendors_consent: tuple[int, ...]


def decode_tcf_v1(text: str) -> TcStringV1 | Invalid:
    """The version 1 string, read whole, or why it is none."""
    if len(text) > MAX_LENGTH:
        return Invalid(f"longer than {MAX_LENGTH} characters")
    try:
        return _decode(Bits(text))
    except Malformed as error:
        return Invalid(str(error))


def _decode(bits: Bits) -> TcStringV1:
    if bits.number(6) != 1:
        raise Malformed("not of encoding version 1")
    tc = TcStringV1(
        created=bits.number(36),
        last_updated=bits.number(36),
        cmp_id=bits.number(12),
        cmp_version=bits.number(12),
        consent_screen=bits.number(6),
        consent_language=bits.letters(12),
        vendor_list_version=bits.number(12),
        purposes_consent=bits.ids(PURPOSES),
        vendors_consent=_vendors(bits),
    )
    bits.finish(MAX_PADDING)
    return tc


def _vendors(bits: Bits) -> tuple[int, ...]:
    """MaxVendorId16 EncodingType1 (bit field | DefaultConsent1 NumEntries12 ranges): ranges except from the default."""
    highest = bits.number(16)
    if highest > MAX_VENDOR_ID:
        raise Malformed(f"vendor ids above {MAX_VENDOR_ID}")
    if not bits.flag():
        return bits.ids(highest)
    default = bits.flag()
    listed = set(Ranges(tuple(read_intervals(bits, Budget(), highest))))
    return tuple(vendor for vendor in range(1, highest + 1) if (vendor in listed) != default)
