"""Read a global vendor list (IAB Europe, GVL specification 3): what each vendor declared its purposes to rest on.

The list comes from a file of the operator's. It is only needed for legitimate interest, and to know who has left.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.consent.invalid import Invalid

SPECIFICATION = 3
MAX_BYTES = 16 << 20
_PURPOSES = range(1, 25)


class ListedVendor(NamedTuple):
    """A vendor's purposes by what they rest on; for the flexible ones a publisher may ask for the other basis."""

    consent: frozenset[int]
    interest: frozenset[int]
    flexible: frozenset[int]


# Vendor id -> what it declared. Vendors that were deleted are not in it.
VendorList = Mapping[int, ListedVendor]


def parse_vendor_list(text: str) -> VendorList | Invalid:
    """The vendors of a `vendor-list.json`, or why it is none. Read whole or not at all; never raises."""
    if len(text) > MAX_BYTES:
        return Invalid(f"longer than {MAX_BYTES} characters")
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        return Invalid("not JSON")
    if not isinstance(root, dict) or root.get("gvlSpecificationVersion") != SPECIFICATION:
        return Invalid(f"not a vendor list of specification {SPECIFICATION}")
    vendors = root.get("vendors")
    if not isinstance(vendors, dict) or not vendors:
        return Invalid("without vendors")
    found: dict[int, ListedVendor] = {}
    for key, row in vendors.items():
        vendor = _vendor(key, row)
        if vendor is None:
            return Invalid("a vendor that cannot be read")
        if "deletedDate" not in row:
            found[int(key)] = vendor
    return found


def _vendor(key: str, row: Any) -> ListedVendor | None:
    """One entry; its id must be the key it stands under."""
    if not isinstance(row, dict) or not key.isascii() or not key.isdigit() or row.get("id") != int(key):
        return None
    sets = [_purposes(row.get(name)) for name in ("purposes", "legIntPurposes", "flexiblePurposes")]
    consent, interest, flexible = sets
    if consent is None or interest is None or flexible is None:
        return None
    if consent & interest or not flexible <= consent | interest:
        return None  # a purpose rests on one of the two, and only what it rests on can be flexible
    return ListedVendor(consent, interest, flexible)


def _purposes(value: Any) -> frozenset[int] | None:
    if not isinstance(value, list) or not all(type(item) is int and item in _PURPOSES for item in value):
        return None
    return frozenset(value)
