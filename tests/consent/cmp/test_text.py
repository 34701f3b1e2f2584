import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.cmp.text import MAX_TEXT, MAX_UNPACKED, unpacked, unquoted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a%20b", ("a b", True)),
        ("a%2520b", ("a%20b", True)),
        ("a+b", ("a+b", True)),
        ("%C3%A4", ("ä", True)),
        ("\xc3\xa4", ("ä", True)),
        ("%", ("%", False)),
        ("%4", ("%4", False)),
        ("%zz1", ("%zz1", False)),
        ("%E0%A4%A", ("\ufffd%A", False)),
        ("%ff", ("\ufffd", False)),
    ],
)
def test_percent_signs_are_resolved_once(text, found):
    assert unquoted(text) == found


def packed(raw):
    return base64.urlsafe_b64encode(raw).decode()


def test_base64_is_unpacked_in_either_alphabet_with_or_without_padding():
    raw = '{"a":"??>>~~"}'
    for text in (base64.b64encode(raw.encode()).decode(), packed(raw.encode()), packed(raw.encode()).rstrip("=")):
        assert unpacked(text) == raw
    assert unpacked("gzip:" + packed(gzip.compress(raw.encode(), mtime=0))) == raw


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "ab c", "{}", "gzip:", "gzip:e30=", "e30=e30=", packed(b"\xff\xfe\xfd\xfc"), "A" * (MAX_TEXT + 4),
        "gzip:" + packed(gzip.compress(b"x" * 50, mtime=0)[:-4]),
        "gzip:" + packed(gzip.compress(b"x", mtime=0) + b"y"),
        "gzip:" + packed(gzip.compress(b"0" * (MAX_UNPACKED + 1), mtime=0)),
        packed(gzip.compress(b"{}", mtime=0)),
    ],
)  # fmt: skip
def test_what_is_neither_is_nothing(text):
    assert unpacked(text) is None


def test_as_much_as_is_allowed_is_unpacked():
    assert unpacked("gzip:" + packed(gzip.compress(b"0" * MAX_UNPACKED, mtime=0))) == "0" * MAX_UNPACKED


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_nothing_raises(text):
    assert isinstance(unquoted(text)[0], str)
    unpacked(text)
    unpacked("gzip:" + text)
