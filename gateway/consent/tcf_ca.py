"""Decode the Canadian section of a GPP string (IAB Canada TCF, `tcfcav1`).

Its consent is express or implied; what an implied one is worth is for a policy to say, and nothing in Quebec.
"""

from dataclasses import dataclass

from gateway.consent.bits import Bits, Malformed
from gateway.consent.fibonacci import read_fibonacci_vendors
from gateway.consent.tcf import (
    MAX_PADDING,
    PURPOSES,
    PublisherTc,
    Restriction,
    read_publisher,
    read_restricted,
    read_restriction_count,
)
from gateway.consent.vendor_ids import Budget, VendorIds

# SegmentType3; 0 is the core, which is the first segment and no other.
DISCLOSED, PUBLISHER = 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TcfCaString:
    """All fields of the section. Times are tenths of seconds since 1970; the two last are None where absent.

    In `publisher`, legitimate interest stands for implied consent.
    """

    created: int
    last_updated: int
    cmp_id: int
    cmp_version: int
    consent_screen: int
    consent_language: str
    vendor_list_version: int
    policy_version: int
    use_non_standard_stacks: bool
    special_features_express: tuple[int, ...]
    purposes_express: tuple[int, ...]
    purposes_implied: tuple[int, ...]
    vendors_express: VendorIds
    vendors_implied: VendorIds
    restrictions: tuple[Restriction, ...]
    publisher: PublisherTc | None
    vendors_disclosed: VendorIds | None


def read_tcf_ca(text: str) -> TcfCaString:
    """The section, read whole. Malformed where it is none."""
    first, *others = text.split(".", 3)
    budget = Budget()
    publisher: PublisherTc | None = None
    disclosed: VendorIds | None = None
    for segment in others:
        bits = Bits(segment)
        kind = bits.number(3)
        if kind == PUBLISHER and publisher is None:
            publisher = read_publisher(bits)
        elif kind == DISCLOSED and disclosed is None:
            disclosed = read_fibonacci_vendors(bits, budget)
        else:
            raise Malformed("a segment given twice, or of an undefined type")
        bits.finish(MAX_PADDING)
    return _core(Bits(first), budget, publisher, disclosed)


def _core(bits: Bits, budget: Budget, publisher: PublisherTc | None, disclosed: VendorIds | None) -> TcfCaString:
    """The core: the fields stand in the order of the specification, each with its width in bits."""
    if bits.number(6) != 1:
        raise Malformed("not of encoding version 1")
    section = TcfCaString(
        created=bits.number(36),
        last_updated=bits.number(36),
        cmp_id=bits.number(12),
        cmp_version=bits.number(12),
        consent_screen=bits.number(6),
        consent_language=bits.letters(12),
        vendor_list_version=bits.number(12),
        policy_version=bits.number(6),
        use_non_standard_stacks=bits.flag(),
        special_features_express=bits.ids(12),
        purposes_express=bits.ids(PURPOSES),
        purposes_implied=bits.ids(PURPOSES),
        vendors_express=read_fibonacci_vendors(bits, budget),
        vendors_implied=read_fibonacci_vendors(bits, budget),
        restrictions=_restrictions(bits, budget),
        publisher=publisher,
        vendors_disclosed=disclosed,
    )
    bits.finish(MAX_PADDING)
    if not (section.created and section.last_updated and section.cmp_id):
        raise Malformed("without a date, or of no CMP")
    return section


def _restrictions(bits: Bits, budget: Budget) -> tuple[Restriction, ...]:
    """NumPubRestrictions12 x [PurposeId6 RestrictionType2 vendors]."""
    found = []
    for _ in range(read_restriction_count(bits)):
        purpose, kind = read_restricted(bits)
        found.append(Restriction(purpose, kind, read_fibonacci_vendors(bits, budget)))
    return tuple(found)
