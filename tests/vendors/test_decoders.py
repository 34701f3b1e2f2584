"""Each parameter is read as what it should be, or not at all."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.vendors.decoders import DECODERS


@pytest.mark.parametrize(
    ("kind", "given_", "value"),
    [
        ("money", "59.90", "59.90"),
        ("money", "59,90", "59.90"),
        ("money", "1e5", None),
        ("money", "1,000.00", "1000.00"),
        ("money", "-1.234.567,5", "-1234567.5"),
        ("money", "1,00,0.00", None),
        ("money", "1.000,000", "1000.000"),
        ("money", "1,234,567", None),
        ("money", "", None),
        ("currency", "eur", "EUR"),
        ("currency", "EURO", None),
        ("sha256", "A" * 64, "a" * 64),
        ("sha256", "ann@mail.example", None),
        ("sha256", "a" * 63, None),
        ("language", "de-AT", "de"),
        ("language", "en-gb", "en"),
        ("language", "ann@mail.example", None),
        ("screen", "1920x1080", "1920x1080"),
        ("screen", "big", None),
        ("whole", "5043", 5043),
        ("whole", "-1", None),
        ("percent", "90", 90),
        ("percent", "101", None),
        ("url", "https://shop.example/a?b=c", "https://shop.example/a?b=c"),
        ("url", "javascript:alert(1)", None),
        ("url", "https://a.example/\n", None),
        ("text", "Blue Shirt", "Blue Shirt"),
        ("text", "a\r\nb", None),
        ("text", "x" * 501, None),
        ("word", "purchase.9006203", "purchase.9006203"),
        ("word", "two words", None),
        ("item_ids", '["71752", 84088]', [{"item_id": "71752"}, {"item_id": "84088"}]),
        ("item_ids", "A,B", [{"item_id": "A"}, {"item_id": "B"}]),
        ("item_ids", "[", None),
        ("item_contents", '[{"id": "A", "quantity": 2, "item_price": 9.50, "email": "ann@mail.example"}]',
         [{"item_id": "A", "quantity": 2, "price": "9.50"}]),
        ("item_contents", '{"id": 1}', None),
        ("item_contents", "[1]", None),
        ("item_queries", "853160", [{"item_id": "853160"}]),
        ("item_queries", "[1,2]", [{"item_id": "1"}, {"item_id": "2"}]),
        ("item_queries", "[i%3D28249%26pr%3D159.9%26q%3D2%26m%3Dann,i%3D7]",
         [{"item_id": "28249", "price": "159.9", "quantity": 2}, {"item_id": "7"}]),
        ("item_queries", "[x%3D1]", None),
        ("encoded_url", "https%3A%2F%2Fshop.example%2F%3Fq%3D1", "https://shop.example/?q=1"),
        ("encoded_url", "javascript%3Aalert", None),
        ("ga4_item", "id91539~nmBlue Shirt~pr19.90~qt2~zzx", {"item_id": "91539", "item_name": "Blue Shirt", "price": "19.90", "quantity": 2}),
        ("ga4_item", "nmTea ~~ more~br", {"item_name": "Tea ~ more"}),
        ("ga4_item", "zz", None),
    ],
)  # fmt: skip
def test_a_value_is_read(kind, given_, value):
    assert DECODERS[kind](given_) == value


@settings(max_examples=200)
@given(st.sampled_from(sorted(DECODERS)), st.text(max_size=80))
def test_any_text_is_read_or_left_out(kind, text):
    json.dumps(DECODERS[kind](text))


def test_deep_json_is_left_out():
    assert DECODERS["item_ids"]("[" * 100_000) is None
    assert DECODERS["item_contents"]("[" * 100_000) is None
