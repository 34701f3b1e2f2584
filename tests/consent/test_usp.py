import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.invalid import Invalid
from gateway.consent.us_votes import ask_usp
from gateway.consent.usp import decode_usp
from tests.consent.strings import strings


@pytest.mark.parametrize("row", strings("usp"), ids=lambda row: row["text"])
def test_a_string_decodes_to_what_the_specification_says(row):
    decoded, says = decode_usp(row["text"]), row["says"]
    if says is None:
        assert isinstance(decoded, Invalid)
    else:
        assert decoded == (says["notice"], says["optOutSale"], says["lspa"])
        assert decoded.applies is says["applies"]


@given(st.text(max_size=6))
def test_no_text_raises_and_nothing_but_four_characters_is_read(text):
    assert isinstance(decode_usp(text), Invalid) or len(text) == 4


def test_a_longer_wrapping_is_read_too():
    assert decode_usp('{"uspString":"1YYN","timestamp":"2026-11-01T00:00:00Z"}') == ("Y", "Y", "N")
    assert isinstance(decode_usp('{"uspString":"1YYN","more":{}}'), Invalid)


@pytest.mark.parametrize(
    ("wrapped", "answers"),
    [('{"a": 1, "uspString": "1YYN"}', ("Y", "Y", "N")), ('{"uspString":"\\u0031YYN"}', ("Y", "Y", "N")),
     ('{"uspString":"1YNN","uspString":"1YYN"}', None), ('{"uspString":"1YNN","more":[]}', None), ('{"uspString":"1YNN"} x', None)],
)  # fmt: skip
def test_a_wrapping_is_read_alike_wherever_a_string_is_shown_or_votes(wrapped, answers):
    decoded = decode_usp(wrapped)
    assert (None if isinstance(decoded, Invalid) else decoded) == answers
    refused = answers is None or answers[1] == "Y"
    assert bool(ask_usp("usp:x", [wrapped], ("sold",)).votes) is refused
