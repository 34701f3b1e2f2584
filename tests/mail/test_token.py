import base64
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.token import MAX_LENGTH, Token, Tokens
from tests.mail.made import CLICKED, OPENED, RING, SENT, SUBJECT, TOKENS, URL, of_somebody

ALL = (OPENED, CLICKED, of_somebody(OPENED), of_somebody(CLICKED, region=""))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def written(contents) -> str:
    """A text that holds anything, under the right key."""
    sealed = AESSIV(RING).encrypt(json.dumps(contents).encode(), [b"gateway mail token 1"])
    return "1" + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


@pytest.mark.parametrize("token", ALL)
def test_what_was_sealed_opens_again_and_is_fit_for_a_url(token):
    text = TOKENS.seal(token)
    assert TOKENS.open(text) == token
    assert set(text) <= set(ALPHABET)
    assert len(TOKENS.seal(OPENED)) < 150


def test_nothing_can_be_read_in_it():
    text = TOKENS.seal(of_somebody(OPENED))
    raw = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    assert not any(part in raw for part in (b"shop", b"newsletter", SUBJECT.encode(), b"FR", str(SENT).encode()))


def test_nobody_in_particular_has_the_very_same_token_as_everybody_else():
    assert TOKENS.seal(OPENED) == Tokens(RING).seal(OPENED)


def test_what_an_older_key_sealed_is_believed_and_what_a_retired_one_sealed_is_not():
    old, new = RING, bytes(range(1, 33))
    text = Tokens(old).seal(OPENED)
    assert Tokens(new + old).open(text) == OPENED
    assert Tokens(new).open(text) is None
    assert Tokens(new + old).seal(OPENED) == Tokens(new).seal(OPENED)


@pytest.mark.parametrize("token", ALL)
def test_no_bit_flip_no_cut_and_no_other_character_is_accepted(token):
    text = TOKENS.seal(token)
    for at in range(len(text)):
        assert TOKENS.open(text[:at]) is None
        assert TOKENS.open(text[at + 1 :]) is None
        for bit in range(7):
            other = text[:at] + chr(ord(text[at]) ^ 1 << bit) + text[at + 1 :]
            assert TOKENS.open(other) is None
    for more in (*ALPHABET, "=", "\n", "%3D", " ", ".gif"):
        assert TOKENS.open(text + more) is None
        assert TOKENS.open(more + text) is None


@given(st.text(max_size=300) | st.text(ALPHABET, min_size=32, max_size=200).map(lambda text: "1" + text))
@settings(max_examples=300, deadline=None)
def test_no_other_text_is_accepted(text):
    assert TOKENS.open(text) is None


@pytest.mark.parametrize(
    "wrong",
    [
        OPENED._replace(act="read"),
        OPENED._replace(site=""),
        OPENED._replace(campaign="Ann"),
        OPENED._replace(campaign="ann@mail.example"),
        OPENED._replace(message="1"),
        OPENED._replace(message="a" * 41),
        OPENED._replace(message=7),
        OPENED._replace(sent=0),
        OPENED._replace(sent=True),
        OPENED._replace(sent=SENT + 0.5),
        OPENED._replace(expires=SENT),
        OPENED._replace(expires=1 << 40),
        OPENED._replace(subject="ann@mail.example"),
        OPENED._replace(subject=SUBJECT.upper()),
        OPENED._replace(subject=SUBJECT + "\n"),
        of_somebody(OPENED, granted=-1),
        of_somebody(OPENED, region="Frankreich"),
        OPENED._replace(granted=20_000),
        of_somebody(OPENED, granted=0),
        OPENED._replace(region="FR"),
        OPENED._replace(url=URL),
        CLICKED._replace(url=""),
        CLICKED._replace(url="http://www.shop.example/"),
        CLICKED._replace(url="https://WWW.shop.example/"),
    ],
)
def test_what_makes_no_sense_is_neither_sealed_nor_believed(wrong):
    with pytest.raises(ValueError, match="not be believed"):
        TOKENS.seal(wrong)
    assert TOKENS.open(written(wrong)) is None


@pytest.mark.parametrize("contents", [{}, [], None, "o", 7, ["open"], [*OPENED, "more"], [[]] * 10, {"act": "open"}])
def test_whoever_has_the_key_and_writes_something_else_is_not_believed(contents):
    assert TOKENS.open(written(contents)) is None


def test_a_token_is_no_longer_than_a_url_may_be():
    longest = CLICKED._replace(url="https://www.shop.example/" + "a" * 1975)
    assert len(TOKENS.seal(longest)) < MAX_LENGTH
    assert Token(*json.loads(json.dumps(longest))) == longest
