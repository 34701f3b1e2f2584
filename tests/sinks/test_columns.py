"""The columns of a table are those of the vocabulary, and each holds its kind or nothing."""

from decimal import Decimal

import pytest

from gateway.sinks.columns import COLUMNS, ITEMS, MONEY, TEXT, TEXTS, WHOLE, read, row
from gateway.taxonomy import GROUPS, OPEN_GROUPS


def test_every_field_of_the_vocabulary_has_its_column():
    fields = {f"{group}_{name}" for group, names in GROUPS.items() if group not in OPEN_GROUPS for name in names}
    assert set(COLUMNS) == fields | OPEN_GROUPS | {"site"}


def test_a_row_has_every_column_and_nothing_else():
    event = {
        "event": {"id": "a", "name": "purchase"},
        "order": {"value": "9.90"},
        "click": {"gclid": "c"},
        "x": 1,
        "site": "shop",
    }
    made = row(event)
    assert list(made) == list(COLUMNS)
    assert {name: value for name, value in made.items() if value is not None} == {
        "site": "shop", "event_id": "a", "event_name": "purchase", "order_value": Decimal("9.900000"),
        "click": {"gclid": "c"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (TEXT, 7, "7"),
        (MONEY, "59.90", Decimal("59.900000")),
        (MONEY, "NaN", None),
        (MONEY, "a lot", None),
        (MONEY, "1e40", None),
        (WHOLE, 3, 3),
        (WHOLE, True, None),
        (WHOLE, "3", None),
        (TEXTS, {"a": 1}, {"a": "1"}),
        (TEXTS, "a", None),
        (ITEMS, "a", None),
        (TEXT, None, None),
    ],
)
def test_a_value_is_of_its_kind_or_missing(kind, value, expected):
    assert read(kind, value) == expected


def test_an_item_has_its_own_columns():
    (item,) = read(ITEMS, [{"item_id": "s", "price": "1.5", "quantity": 2, "note": "x"}, "none"])
    assert (item["item_id"], item["price"], item["quantity"], "note" in item) == ("s", Decimal("1.500000"), 2, False)
