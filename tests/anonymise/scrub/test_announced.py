import re

import pytest

from gateway.anonymise.scrub.announced import is_announced

WORDS = re.compile(r"tel\.?|ring")


@pytest.mark.parametrize("text", ["Tel. 123", "tel 123", "please ring me on 123"])
def test_a_word_announces_what_follows(text):
    assert is_announced(WORDS, text, text.index("1"))


@pytest.mark.parametrize(
    "text", ["hotel 123", "tel 9, 123", "tel? No. 123", "tel [phone], 123", "tel" + " " * 40 + "123", "123"]
)
def test_but_not_within_another_word_nor_from_afar(text):
    assert not is_announced(WORDS, text, text.index("123"))
