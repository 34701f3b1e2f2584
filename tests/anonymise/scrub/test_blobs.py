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
