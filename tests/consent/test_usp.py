import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.invalid import Invalid
from gateway.consent.usp import decode_usp

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "data" / "usp_vectors.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_string_decodes_to_what_the_specification_says(row):
    decoded, expect = decode_usp(row["usp"]), row["expect"]
    assert isinstance(decoded, Invalid) is not row["valid"]
    if not isinstance(decoded, Invalid):
        assert decoded == (expect["notice"], expect["optOutSale"], expect["lspa"])
        assert decoded.applies is expect["applies"]


@given(st.text(max_size=6))
def test_no_text_raises_and_nothing_but_four_characters_is_read(text):
    assert isinstance(decode_usp(text), Invalid) or len(text) == 4


def test_a_longer_wrapping_is_read_too():
    assert decode_usp('{"uspString":"1YYN","timestamp":"2026-11-01T00:00:00Z"}') == ("Y", "Y", "N")
    assert isinstance(decode_usp('{"uspString":"1YYN","more":{}}'), Invalid)
