"""Say which typed columns an event has in a table: those of the vocabulary, and no others."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.taxonomy import GROUPS, OPEN_GROUPS

# Kinds of columns. Money is decimal with six digits; a group that is open holds texts by name.
TEXT, TIME, MONEY, WHOLE, TEXTS, ITEMS = "text", "time", "money", "whole", "texts", "items"
SCALE, PRECISION = 6, 18
_LARGEST = 1 << 63

_MONEY = ("order_value", "order_tax", "order_shipping")
_WHOLE = ("engagement_time_on_page", "engagement_scroll")

COLUMNS: Mapping[str, str] = {
    "site": TEXT,
    **{f"{group}_{name}": TEXT for group, names in GROUPS.items() if group not in OPEN_GROUPS for name in names},
    **dict.fromkeys(_MONEY, MONEY),
    **dict.fromkeys(_WHOLE, WHOLE),
    "event_time": TIME,
    "order_items": ITEMS,
    **dict.fromkeys(sorted(OPEN_GROUPS), TEXTS),
}

# What an item of an order has.
ITEM: Mapping[str, str] = {
    **dict.fromkeys(("item_id", "item_name", "item_brand", "item_category", "item_variant"), TEXT),
    "price": MONEY,
    "quantity": WHOLE,
}


def row(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event, nested by group as `fields` of a manifest is, with a value for each column; what cannot be read as its
    kind is None."""
    return {column: read(kind, _found(event, column)) for column, kind in COLUMNS.items()}


def read(kind: str, value: Any) -> Any:
    """A value as its kind, or None."""
    return None if value is None else _READ[kind](value)


def _found(event: Mapping[str, Any], column: str) -> Any:
    group, _, name = column.partition("_")
    if group not in GROUPS or not name:
        return event.get(column)
    inside = event.get(group)
    return inside.get(name) if isinstance(inside, Mapping) else None


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: read(kind, item.get(name)) for name, kind in ITEM.items()}


def _money(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value)).quantize(Decimal(1).scaleb(-SCALE))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and len(amount.as_tuple().digits) <= PRECISION else None


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST else None


def _texts(value: Any) -> dict[str, str] | None:
    return {name: str(inner) for name, inner in value.items()} if isinstance(value, Mapping) else None


def _items(value: Any) -> list[dict[str, Any]] | None:
    return [_item(item) for item in value if isinstance(item, Mapping)] if isinstance(value, list) else None


_READ: Mapping[str, Callable[[Any], Any]] = {
    TEXT: str,
    TIME: _moment,
    MONEY: _money,
    WHOLE: _whole,
    TEXTS: _texts,
    ITEMS: _items,
}
