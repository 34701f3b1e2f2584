import json

import pytest

from gateway.consent.invalid import Invalid
from gateway.consent.vendor_list import ListedVendor, parse_vendor_list


def row(vendor=7, purposes=(1, 3), interest=(2, 7), flexible=(7,), **more):
    return {
        "id": vendor, "name": "A vendor", "purposes": list(purposes), "legIntPurposes": list(interest),
        "flexiblePurposes": list(flexible), **more,
    }  # fmt: skip


def listed(*rows, version=3):
    return json.dumps({"gvlSpecificationVersion": version, "vendors": {str(each["id"]): each for each in rows}})


def test_it_knows_what_each_vendor_declared():
    assert parse_vendor_list(listed(row(), row(9, (), (), ()))) == {
        7: ListedVendor(frozenset({1, 3}), frozenset({2, 7}), frozenset({7})),
        9: ListedVendor(frozenset(), frozenset(), frozenset()),
    }


def test_a_vendor_that_was_deleted_is_not_in_it():
    assert set(parse_vendor_list(listed(row(7, deletedDate="2026-01-01T00:00:00Z"), row(9)))) == {9}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[" * 100_000, listed(row(), version=2), listed(row(), version="3"), listed(),
        json.dumps({"gvlSpecificationVersion": 3, "vendors": [row()]}),
        json.dumps({"gvlSpecificationVersion": 3, "vendors": {"8": row()}}),
        json.dumps({"gvlSpecificationVersion": 3, "vendors": {"x": row()}}),
        json.dumps({"gvlSpecificationVersion": 3, "vendors": {"7": None}}),
        listed(row(purposes=(1, True))), listed(row(purposes=(0,))), listed(row(purposes=(25,))),
        listed(row(purposes=("1",))), listed(row(purposes=(2,))), listed(row(flexible=(10,))),
        json.dumps({"gvlSpecificationVersion": 3, "vendors": {"7": {"id": 7, "purposes": [1]}}}),
    ],
)  # fmt: skip
def test_what_is_no_vendor_list_is_refused_as_a_whole(text):
    assert isinstance(parse_vendor_list(text), Invalid)
