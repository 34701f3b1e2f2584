import base64
import random

import pytest

from gateway.anonymise.scrub.blobs import text_of

TEXT = "eva.lind@mail.example"


@pytest.mark.parametrize(
    "blob",
    [
        base64.b64encode(TEXT.encode()).decode(),
        base64.urlsafe_b64encode(b'{"email":"eva@x.example?>"}').decode().rstrip("="),
        base64.b64encode(b"eva+lind@mail.example?>~").decode().replace("+", " "),
        TEXT.encode().hex(),
    ],
)
def test_text_in_a_blob_is_read(blob):
    assert "@" in text_of(blob)


@pytest.mark.parametrize(
    "blob", ["", "aGVsbG8=", "thank-you-for-your-order", "1234567890123456", "not base64!!", "A" * 9000]
)
def test_what_holds_no_telling_text_is_no_blob(blob):
    assert text_of(blob) is None


def test_random_words_hardly_ever_look_like_text():
    dice = random.Random(7)
    words = [base64.b64encode(dice.randbytes(24)).decode() for _ in range(2000)]
    assert sum(text_of(word) is not None for word in words) == 0


@pytest.mark.parametrize("inner", ["203.0.113.77", "4111+1111+1111+1111", "eva%40mail.example"])
def test_blobs_of_blobs_and_of_what_only_has_separators_are_read(inner):
    once = base64.b64encode(inner.encode()).decode()
    assert text_of(once) == inner
    assert text_of(once.encode().hex()) == once


def test_hexadecimal_of_digits_alone_is_read_but_no_number_is():
    assert text_of(b"DE89 3704 0044 0532 0130 00".hex()) == "DE89 3704 0044 0532 0130 00"
    assert text_of("4444383920333730") is None
