from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.anonymise.scrub.layers import is_escaped, normal, peel, unpercent, unplus
from gateway.anonymise.scrub.piece import piece_of


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("a%40b", "a@b"), ("%C3%A9", "é"), ("%E9", "é"), ("%u0040", "@"), ("&#64;", "@"), ("&#x40", "@"), ("&commat;", "@"),
        (r"\u0040", "@"), (r"\x40", "@"), (r"a\/b", "a/b"), (r"\\\"\n\f\/a", "\\\"\n /a"), (r"\ud83d\ude00", "😀"), ("%f0%9f%98%80", "😀"), ("&unheard;", "&unheard;"),
        ("100%", "100%"), ("%zz", "%zz"),
    ],
)  # fmt: skip
def test_one_round_takes_one_layer_off(escaped, plain):
    assert peel(piece_of(escaped)).text == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [("ａ＠ｂ．ｃ", "a@b.c"), ("٠١٢", "012"), ("a\u200b@b", "a@b"), ("𝟏𝟐", "12"), ("1‑2", "1-2"), ("é", "é")],
)
def test_other_forms_of_signs_are_written_plainly(text, plain):
    assert normal(piece_of(text)).text == plain


def test_escapes_in_a_row_know_where_each_of_them_stood():
    piece = peel(piece_of(r"a\"\\\x40b\/"))
    assert piece.text == 'a"\\@b/'
    assert list(piece.places()) == [0, 1, 3, 5, 9, 10, 12]


def test_a_plus_is_a_blank_unless_it_belongs_to_an_address():
    assert unplus(piece_of("a+b")).text == "a b"
    assert unplus(piece_of("eva+news%40mail.example")).text == "eva+news%40mail.example"


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_every_sign_knows_where_it_stood(text):
    escaped = quote(text, safe="")
    piece = unpercent(piece_of(escaped))
    assert piece.text == text
    assert len(piece.places()) == len(text) + 1
    assert [quote(sign, safe="") for sign in text] == [
        escaped[slice(*piece.span(at, at + 1))] for at in range(len(text))
    ]


@given(st.text(st.sampled_from("%4&#x;\\u0a@ü０\u200b"), max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_a_layer(text):
    piece = peel(normal(piece_of(text)))
    assert len(piece.places()) == len(piece.text) + 1
    assert list(piece.places()) == sorted(piece.places())
    assert is_escaped(piece) in (True, False)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("a%40b", True), ("a&amp;b", True), ("a&#64;b", True), (r"a\u0040b", True), ("a&bc;d", False), ("100%", False)],
)
def test_escaped_is_what_another_round_would_change(text, escaped):
    assert is_escaped(piece_of(text)) is escaped
