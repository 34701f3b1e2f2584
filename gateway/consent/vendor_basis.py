"""Tell which purposes a TC string lets a vendor process.

IAB Europe TCF, implementation guidelines: publisher restrictions come first, then the bits of purpose and vendor of one
and the same basis. Legitimate interest counts only where `Interest` says what the vendor declared; without it a purpose
rests on consent or on nothing.
"""

from typing import NamedTuple

from gateway.consent.tcf import TcString
from gateway.consent.vendor_list import VendorList

# Purposes that may never rest on legitimate interest (TCF policies: 1 in all versions, 3 to 6 since policy 4).
NEVER_INTEREST = frozenset({1, 3, 4, 5, 6})

# RestrictionType (technical specification, "Publisher restrictions").
NOT_ALLOWED, REQUIRE_CONSENT, REQUIRE_INTEREST = 0, 1, 2
_NOTHING: frozenset[int] = frozenset()


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


def may_process(tc: TcString, vendor: int, interest: Interest | None) -> frozenset[int]:
    """The TCF purposes for which the string lets the vendor process."""
    if tc.disclosed(vendor) is False:
        return _NOTHING
    if interest is not None and vendor not in interest.vendors:
        return _NOTHING  # it left the list, or the list is older than it
    consented = purposes_consented(tc) if tc.vendor_consents(vendor) else _NOTHING
    interested = _interested(tc, vendor, interest) if interest is not None and interest.allowed else _NOTHING
    return _unrestricted(tc, vendor, consented, interested) if tc.restrictions else consented | interested


def _interested(tc: TcString, vendor: int, interest: Interest) -> frozenset[int]:
    """The purposes with legitimate interest, of those the vendor declared for it or lets the publisher ask it for."""
    if not tc.vendor_li(vendor):
        return _NOTHING
    listed = interest.vendors[vendor]
    asked = {each for each in listed.flexible if tc.restriction(each, vendor) == REQUIRE_INTEREST}
    return purposes_of_interest(tc) & (listed.interest | asked)


def _unrestricted(tc: TcString, vendor: int, consented: frozenset[int], interested: frozenset[int]) -> frozenset[int]:
    """The same without what the publisher does not allow on this basis, or on any."""
    restricted = {each: tc.restriction(each, vendor) for each in {item.purpose for item in tc.restrictions}}
    return frozenset(
        purpose
        for purpose in consented | interested
        if (kind := restricted.get(purpose)) is None
        or (kind == REQUIRE_CONSENT and purpose in consented)
        or (kind == REQUIRE_INTEREST and purpose in interested)
    )
