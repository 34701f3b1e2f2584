"""Put together the lines of an order that a pixel spreads over several parameters."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from gateway.vendors.decoders import money, text, whole
from gateway.vendors.found import Found, Rule
from gateway.vendors.functions import minor_digits

NUMBER = "{n}"
MOST = 50
TOTAL, DISCOUNT, VALUE = "total", "discount", "value"

COLUMNS = ("item_id", "item_name", "item_brand", "item_category", "item_variant", "price", "quantity", TOTAL)

_WAIT = "lines."


class Lines(NamedTuple):
    """`columns` maps a field of an item to its parameters. A name with `{n}` in it is a series from 0 (`AMT{n}`,
    `products.{n}.price`), any other holds a list with `separator` between, or
    without one a single value. `total` is the price of a whole line;
    `minor` says that amounts are in minor units of the currency. `discount` is what the whole order is cheaper by.
    `value` is the parameter of the order's own value, where that too is in minor units; without a currency it is none.
    """

    columns: Mapping[str, tuple[str, ...]]
    separator: str = ""
    minor: bool = False
    discount: str = ""
    value: str = ""

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """The parameters, each with the place where it waits until the whole event is read."""
        for field, names in self.columns.items():
            for name in names:
                if NUMBER not in name:
                    yield name, Rule((f"{_WAIT}{field}",), str)
                    continue
                for number in range(MOST + 1):
                    yield name.replace(NUMBER, str(number)), Rule((f"{_WAIT}{field}.{number}",), str)
        for name, place in ((self.discount, DISCOUNT), (self.value, VALUE)):
            if name:
                yield name, Rule((_WAIT + place,), money)

    def settle(self, found: Found) -> None:
        """Make the items and, where the page gave none, the value of the order."""
        waiting = {name: value for name in found.under(_WAIT) if (value := found.take(name)) is not None}
        if not waiting:
            return
        discount = Decimal(waiting.pop(_WAIT + DISCOUNT, "0"))
        columns = {field: self._column(field, waiting) for field in self.columns}
        digits = minor_digits(found.get("order.currency", "")) if self.minor else 0
        value = waiting.pop(_WAIT + VALUE, None)
        if value is not None and (found.get("order.currency") or not self.minor):
            found.give("order.value", format(Decimal(value).scaleb(-digits), "f"))
        rows = [{field: column[at] for field, column in columns.items() if at in column} for at in range(MOST + 1)]
        items = [item for row in rows if (item := _item(row, digits))]
        if items:
            found.give("order.items", items)
        total_value(found, discount.scaleb(-digits))

    def _column(self, field: str, waiting: Mapping[str, str]) -> dict[int, str]:
        given = waiting.get(f"{_WAIT}{field}")
        if given is not None:
            return dict(enumerate(given.split(self.separator)[: MOST + 1] if self.separator else [given]))
        before = f"{_WAIT}{field}."
        return {int(name.removeprefix(before)): value for name, value in waiting.items() if name.startswith(before)}


def total_value(found: Found, discount: Decimal = Decimal(0)) -> None:
    """The value of an order whose page gave only its items: what they cost together, if each has a price."""
    items = found.get("order.items") or []
    if "order.value" in found or not items or any("price" not in item for item in items):
        return
    total = sum((Decimal(item["price"]) * item.get("quantity", 1) for item in items), Decimal(0))
    found.give("order.value", format(total - discount, "f"))


def unit_price(total: str, quantity: int) -> str:
    """What one of a line costs, exactly or to six digits more."""
    amount = Decimal(total)
    if quantity < 1:
        return total
    exact = amount / quantity
    for rounded in (exact.quantize(amount), exact):
        if rounded * quantity == amount:
            return format(rounded, "f")
    return format(exact.quantize(Decimal("0.000001")), "f")


def _item(row: Mapping[str, str], digits: int) -> dict[str, Any]:
    item = {field: read for field, given in row.items() if (read := _READ.get(field, text)(given)) is not None}
    for field in item.keys() & {"price", TOTAL}:
        item[field] = format(Decimal(item[field]).scaleb(-digits), "f")
    if TOTAL in item:
        item["price"] = unit_price(item.pop(TOTAL), item.get("quantity", 1))
    return item


_READ: Mapping[str, Any] = {"quantity": whole, "price": money, TOTAL: money}
