"""Tell whether a TC string lets a vendor process a purpose.

IAB Europe TCF, implementation guidelines: publisher restrictions come first, then the bits of purpose and vendor of one
and the same basis. Legitimate interest counts only where `Interest` says what the vendor declared; without it a purpose
rests on consent or on nothing.
"""

from collections.abc import Collection
from typing import NamedTuple

from gateway.consent.tcf import TcString
from gateway.consent.vendor_list import VendorList

# Purposes that may never rest on legitimate interest (TCF policies: 1 in all versions, 3 to 6 since policy 4).
NEVER_INTEREST = frozenset({1, 3, 4, 5, 6})

# RestrictionType (technical specification, "Publisher restrictions").
NOT_ALLOWED, REQUIRE_CONSENT, REQUIRE_INTEREST = 0, 1, 2


class Interest(NamedTuple):
    """The vendor list, and whether the policy takes legitimate interest for enough."""

    vendors: VendorList
    allowed: bool


def purposes_consented(tc: TcString) -> frozenset[int]:
    """The purposes with consent. PurposeOneTreatment says that nobody was asked about purpose 1, so nobody agreed."""
    given = frozenset(tc.purposes_consent)
    return given - {1} if tc.purpose_one_treatment else given


def purposes_of_interest(tc: TcString) -> frozenset[int]:
    """The purposes with legitimate interest that may have it."""
    return frozenset(tc.purposes_legitimate_interest) - NEVER_INTEREST


def may_process(tc: TcString, vendor: int, purposes: Collection[int], interest: Interest | None) -> bool:
    """Whether each of `purposes` rests on something for the vendor."""
    if tc.disclosed(vendor) is False:
        return False
    if interest is not None and vendor not in interest.vendors:
        return False  # it left the list, or the list is older than it
    consented = purposes_consented(tc) if tc.vendor_consents(vendor) else frozenset()
    if not tc.restrictions and consented.issuperset(purposes):
        return True
    return all(_rests(tc, vendor, purpose, purpose in consented, interest) for purpose in purposes)


def _rests(tc: TcString, vendor: int, purpose: int, consented: bool, interest: Interest | None) -> bool:
    restriction = tc.restriction(purpose, vendor)
    if restriction == NOT_ALLOWED:
        return False
    if consented and restriction != REQUIRE_INTEREST:
        return True
    return (
        interest is not None
        and interest.allowed
        and restriction != REQUIRE_CONSENT
        and purpose in purposes_of_interest(tc)
        and tc.vendor_li(vendor)
        and _declared(interest.vendors, vendor, purpose, restriction == REQUIRE_INTEREST)
    )


def _declared(vendors: VendorList, vendor: int, purpose: int, asked: bool) -> bool:
    """Whether the vendor declared legitimate interest for a purpose, or lets the publisher ask it to."""
    listed = vendors[vendor]
    return purpose in listed.interest or (asked and purpose in listed.flexible)
