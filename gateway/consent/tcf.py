"""Decode a TC string (IAB Europe TCF v2.0 to 2.4, "Consent string and vendor list formats v2").

Rule 1: never raise, never answer in part. What cannot be read to its last field is Invalid as a whole.
Rule 2: say what is written, not whether it still counts; dates and policies are judged in `tcf_validity.py`.
Rule 3: the caps of `vendor_ids.py` and MAX_LENGTH come before anything is expanded.
"""

from typing import NamedTuple

from gateway.consent.bits import Bits, Malformed, letters, positions
from gateway.consent.invalid import Invalid
from gateway.consent.vendor_ids import (
    MAX_VENDOR_ID,
    Budget,
    Interval,
    Ranges,
    VendorIds,
    read_intervals,
    read_vendors,
)

# No header or URL that servers accept carries more.
MAX_LENGTH = 8000
PURPOSES = 24
# Eleven purposes and three kinds make 33; encoders may split one of them into several.
MAX_RESTRICTIONS = 256
# The bits of the core before its vendors, and the version that begins it.
FIXED, VERSION = 213, "000010"
# Encoders pad a segment to 6, 8 or 24 bits. More than that is left only where a length was read wrong.
MAX_PADDING = 23

# SegmentType3 -> name (section "Segment Types"). 0 is the core, which is the first segment and no other.
SEGMENTS = {1: "disclosedVendors", 2: "allowedVendors", 3: "publisherTC"}


class Restriction(NamedTuple):
    """A publisher restriction. `kind` 0: not allowed; 1: consent required; 2: legitimate interest required."""

    purpose: int
    kind: int
    vendors: VendorIds


class PublisherTc(NamedTuple):
    """What the publisher's own purposes may rest on (section "Publisher Purposes Transparency and Consent")."""

    purposes_consent: tuple[int, ...]
    purposes_legitimate_interest: tuple[int, ...]
    custom_purposes: int
    custom_purposes_consent: tuple[int, ...]
    custom_purposes_legitimate_interest: tuple[int, ...]


class TcString(NamedTuple):
    """All fields of a TC string. Times are tenths of seconds since 1970; ids ascend.

    The three last are None where their segment is absent. `segments` are the names in the order they came.
    """

    created: int
    last_updated: int
    cmp_id: int
    cmp_version: int
    consent_screen: int
    consent_language: str
    vendor_list_version: int
    policy_version: int
    is_service_specific: bool
    use_non_standard_texts: bool
    special_feature_optins: tuple[int, ...]
    purposes_consent: tuple[int, ...]
    purposes_legitimate_interest: tuple[int, ...]
    purpose_one_treatment: bool
    publisher_cc: str
    vendors_consent: VendorIds
    vendors_legitimate_interest: VendorIds
    restrictions: tuple[Restriction, ...]
    segments: tuple[str, ...]
    vendors_disclosed: VendorIds | None
    vendors_allowed: VendorIds | None
    publisher: PublisherTc | None

    def vendor_consents(self, vendor: int) -> bool:
        """Whether the visitor consented to the vendor."""
        return vendor in self.vendors_consent

    def vendor_li(self, vendor: int) -> bool:
        """Whether the vendor's legitimate interest was shown and not objected to."""
        return vendor in self.vendors_legitimate_interest

    def disclosed(self, vendor: int) -> bool | None:
        """Whether the visitor was shown the vendor; None where the string does not say."""
        return None if self.vendors_disclosed is None else vendor in self.vendors_disclosed

    def restriction(self, purpose: int, vendor: int) -> int | None:
        """What the publisher demands of a vendor for a purpose, as in Restriction.kind; None where nothing.

        Two that contradict each other allow nothing.
        """
        kinds = {item.kind for item in self.restrictions if item.purpose == purpose and vendor in item.vendors}
        return 0 if len(kinds) > 1 else next(iter(kinds), None)


def decode_tcf(text: str) -> TcString | Invalid:
    """The TC string, read whole, or why it is none."""
    if len(text) > MAX_LENGTH:
        return Invalid(f"longer than {MAX_LENGTH} characters")
    try:
        return read_tcf(text)
    except Malformed as error:
        return Invalid(str(error))


class _Segments:
    """What the segments after the core say, while they are being read."""

    __slots__ = ("allowed", "disclosed", "names", "publisher")

    def __init__(self) -> None:
        self.names = ["core"]
        self.disclosed: VendorIds | None = None
        self.allowed: VendorIds | None = None
        self.publisher: PublisherTc | None = None

    def read(self, bits: Bits, budget: Budget) -> None:
        """One segment, told by its first three bits."""
        name = SEGMENTS.get(bits.number(3))
        if name is None:
            raise Malformed("a segment of an undefined type")
        if name in self.names:
            raise Malformed("a segment given twice")
        self.names.append(name)
        if name == "publisherTC":
            self.publisher = read_publisher(bits)
        elif name == "disclosedVendors":
            self.disclosed = read_vendors(bits, budget)
        else:
            self.allowed = read_vendors(bits, budget)
        bits.finish(MAX_PADDING)


def read_tcf(text: str) -> TcString:
    """As `decode_tcf`, for a text that is short enough; Malformed where it is no TC string."""
    first, *others = text.split(".", len(SEGMENTS) + 1)
    if len(others) > len(SEGMENTS):
        raise Malformed("more segments than there are kinds of them")
    budget = Budget()
    segments = _Segments()
    for segment in others:
        segments.read(Bits(segment), budget)
    return _core(Bits(first), budget, segments)


def _core(bits: Bits, budget: Budget, segments: _Segments) -> TcString:
    """The core string, section "The Core String": what stands at a fixed place, then the vendors."""
    if bits.peek(0, 6) != VERSION:
        raise Malformed("not of encoding version 2")
    fixed = bits.skip(FIXED)
    tc = TcString(
        created=int(fixed[6:42], 2),
        last_updated=int(fixed[42:78], 2),
        cmp_id=int(fixed[78:90], 2),
        cmp_version=int(fixed[90:102], 2),
        consent_screen=int(fixed[102:108], 2),
        consent_language=letters(fixed[108:120]),
        vendor_list_version=int(fixed[120:132], 2),
        policy_version=int(fixed[132:138], 2),
        is_service_specific=fixed[138] == "1",
        use_non_standard_texts=fixed[139] == "1",
        special_feature_optins=positions(fixed[140:152]),
        purposes_consent=positions(fixed[152:176]),
        purposes_legitimate_interest=positions(fixed[176:200]),
        purpose_one_treatment=fixed[200] == "1",
        publisher_cc=letters(fixed[201:213]),
        vendors_consent=read_vendors(bits, budget),
        vendors_legitimate_interest=read_vendors(bits, budget),
        restrictions=_restrictions(bits, budget),
        segments=tuple(segments.names),
        vendors_disclosed=segments.disclosed,
        vendors_allowed=segments.allowed,
        publisher=segments.publisher,
    )
    bits.finish(MAX_PADDING)
    if not (tc.created and tc.last_updated):
        raise Malformed("without a date")
    if not tc.cmp_id:
        raise Malformed("of no CMP")
    return tc


def _restrictions(bits: Bits, budget: Budget) -> tuple[Restriction, ...]:
    """NumPubRestrictions12 x [PurposeId6 RestrictionType2 ranges]; entries of one kind are one restriction."""
    found: dict[tuple[int, int], list[Interval]] = {}
    for _ in range(read_restriction_count(bits)):
        purpose, kind = read_restricted(bits)
        found.setdefault((purpose, kind), []).extend(read_intervals(bits, budget, MAX_VENDOR_ID))
    return tuple(
        Restriction(purpose, kind, Ranges(tuple(intervals)))
        for (purpose, kind), intervals in found.items()
        if intervals
    )


def read_restriction_count(bits: Bits) -> int:
    """NumPubRestrictions12. Malformed where there are more than MAX_RESTRICTIONS."""
    count = bits.number(12)
    if count > MAX_RESTRICTIONS:
        raise Malformed(f"more than {MAX_RESTRICTIONS} restrictions")
    return count


def read_restricted(bits: Bits) -> tuple[int, int]:
    """PurposeId6 RestrictionType2. Malformed where the standard defines no such purpose or type."""
    purpose, kind = bits.number(6), bits.number(2)
    if not 0 < purpose <= PURPOSES or kind == 3:
        raise Malformed("a restriction of no purpose, or of an undefined type")
    return purpose, kind


def read_publisher(bits: Bits) -> PublisherTc:
    """PubPurposesConsent24 PubPurposesLITransparency24 NumCustomPurposes6, then as many bits for each of the two."""
    consent, interest = bits.ids(PURPOSES), bits.ids(PURPOSES)
    custom = bits.number(6)
    return PublisherTc(consent, interest, custom, bits.ids(custom), bits.ids(custom))
