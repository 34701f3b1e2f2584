"""The lines of an order are put together from lists, from numbered parameters and from JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.vendors.found import Found
from gateway.vendors.lines import MOST, Lines, unit_price

LISTS = Lines(
    {"item_id": ("skulist",), "item_name": ("names",), "quantity": ("qlist",), "total": ("amtlist",)}, "|", True, "disc"
)
NUMBERED = Lines(
    {"item_id": ("ITEM{n}",), "price": ("AMT{n}", "P.{n}.x"), "quantity": ("QTY{n}",)}, discount="DISCOUNT"
)


def settled(lines, currency="EUR", value=None, **parameters):
    rules = dict(lines.rules())
    found = Found({"order.currency": currency} if value is None else {"order.value": value})
    for name, text in parameters.items():
        if name in rules:
            found.put(rules[name], text)
    lines.settle(found)
    return dict(found)


def test_lists_in_minor_units_become_items_and_their_sum():
    fields = settled(LISTS, skulist="a|b", qlist="1|2", amtlist="1990|3980", names="Shirt|Hose")
    assert fields["order.value"] == "59.70"
    assert fields["order.items"] == [
        {"item_id": "a", "item_name": "Shirt", "quantity": 1, "price": "19.90"},
        {"item_id": "b", "item_name": "Hose", "quantity": 2, "price": "19.90"},
    ]


def test_a_yen_has_no_minor_unit_and_a_discount_counts():
    assert settled(LISTS, "JPY", skulist="a", qlist="1", amtlist="1990", disc="90")["order.value"] == "1900"
    assert settled(LISTS, "KWD", skulist="a", qlist="1", amtlist="1990")["order.value"] == "1.990"


def test_numbered_parameters_count_by_price_and_quantity():
    fields = settled(NUMBERED, ITEM1="a", AMT1="406.97", QTY1="2", ITEM2="b", AMT2="1", DISCOUNT="3.97")
    assert fields["order.value"] == "810.97"
    assert [item["item_id"] for item in fields["order.items"]] == ["a", "b"]


def test_the_value_the_page_gave_stands():
    assert settled(NUMBERED, value="5", ITEM1="a", AMT1="406.97")["order.value"] == "5"


def test_without_a_price_for_each_there_is_no_sum():
    assert "order.value" not in settled(NUMBERED, ITEM1="a", AMT1="1", ITEM2="b")
    assert "order.items" not in settled(NUMBERED, AMT1="x")


def test_what_no_column_names_and_what_is_beyond_the_last_number_is_nothing():
    assert settled(NUMBERED, EMAIL1="ann@mail.example").keys() == {"order.currency"}
    assert f"ITEM{MOST + 1}" not in dict(NUMBERED.rules())
    many = settled(LISTS, skulist="|".join(map(str, range(500))))
    assert len(many["order.items"]) == MOST + 1


@pytest.mark.parametrize(("currency", "value"), [("EUR", "49.90"), ("JPY", "4990"), ("KWD", "4.990"), ("", None)])
def test_the_orders_own_value_may_come_in_minor_units_of_its_currency(currency, value):
    found, lines = Found({"order.currency": currency} if currency else {}), Lines({}, minor=True, value="amount")
    found.put(dict(lines.rules())["amount"], "4990")
    lines.settle(found)
    assert found.get("order.value") == value


@pytest.mark.parametrize(("total", "quantity", "price"), [("10", 3, "3.333333"), ("39.80", 2, "19.90"), ("5", 0, "5")])
def test_a_line_tells_what_one_costs(total, quantity, price):
    assert unit_price(total, quantity) == price


@given(st.dictionaries(st.sampled_from(["skulist", "qlist", "amtlist", "names", "disc"]), st.text(max_size=40)))
def test_any_text_is_read_or_left_out(parameters):
    for item in settled(LISTS, **parameters).get("order.items", []):
        assert set(item) <= {"item_id", "item_name", "quantity", "price"}
