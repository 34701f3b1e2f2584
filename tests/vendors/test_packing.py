"""Parameters within a value are found as the vendor packed them, and what is broken tells nothing."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.vendors.packing import PACKINGS
from gateway.vendors.query import MAX_PARAMETERS, MAX_VALUES


@pytest.mark.parametrize(
    ("packing", "text", "within"),
    [
        ("query", "em=ann%40mail.example&ph=1", {"em": "ann@mail.example", "ph": "1"}),
        ("semicolons", "src=1;cost=5.90;u1=a=b;flag", {"src": "1", "cost": "5.90", "u1": "a=b"}),
        ("tildes", "tv.1~em.0a~pn.2c", {"tv": "1", "em": "0a", "pn": "2c"}),
        ("json", '[["purchase", {"value": 1.50, "x": null}]]', {"0.0": "purchase", "0.1.value": "1.50"}),
        ("base64_json", "eyJhIjogMX0", {"a": "1"}),
        ("base64_json", "eyJhIjogMX0=", {"a": "1"}),
        ("base64_json", '{"a": 1}', {"a": "1"}),
        ("query", "?a=1", {"a": "1"}),
        ("base64_query", "ZXZlbnQ9cGFnZSZ0b2tlbj1hJTIwYg==", {"event": "page", "token": "a b"}),
        ("base64_query", "YT0x", {"a": "1"}),
        ("underscores", "pr_Acc_offer_A-1", {"0": "pr", "1": "Acc", "2": "offer", "3": "A-1"}),
        (
            "segments",
            "a:1/b:x:y/[c:3/d:4]/[c:5]/e",
            {"a": "1", "b": "x:y", "items.0.c": "3", "items.0.d": "4", "items.1.c": "5"},
        ),
        ("bars", "AW:P|1\r\nAW:P|2", {"0.0": "AW:P", "0.1": "1", "1.0": "AW:P", "1.1": "2"}),
        ("products", ";a;1;9.95,c;b", {"0.0": "", "0.1": "a", "0.2": "1", "0.3": "9.95", "1.0": "c", "1.1": "b"}),
    ],
)
def test_each_packing_is_read(packing, text, within):
    assert dict(PACKINGS[packing](text)) == within


@pytest.mark.parametrize(
    ("packing", "text"),
    [
        ("query", "a=%zz"), ("query", "a=%ff"), ("json", "{"), ("json", "[" * 5000), ("base64_json", "!"),
        ("base64_json", "AAAA"), ("semicolons", ";".join(["a=1"] * (MAX_PARAMETERS + 1))),
        ("json", json.dumps(list(range(MAX_VALUES + 1)))),
    ],
)  # fmt: skip
def test_what_is_broken_tells_nothing(packing, text):
    assert PACKINGS[packing](text) == []


@given(st.sampled_from(sorted(PACKINGS)), st.text(max_size=60))
def test_no_text_makes_a_packing_fail(packing, text):
    assert all(isinstance(name, str) and isinstance(value, str) for name, value in PACKINGS[packing](text))


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3),
        st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20),
        max_size=5,
    )
)
def test_both_alphabets_of_base64_are_read(values):
    text = json.dumps(values).encode()
    assert dict(PACKINGS["base64_json"](base64.b64encode(text).decode())) == values
    assert dict(PACKINGS["base64_json"](base64.urlsafe_b64encode(text).decode().rstrip("="))) == values
