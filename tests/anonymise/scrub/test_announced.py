import pytest

from gateway.anonymise.scrub.announced import announced, small, words
from tests.measure import seconds

WORDS = words(r"tel\.?|ring")


def digits(text):
    return [place for place, sign in enumerate(text) if sign.isdigit()]


def is_announced(text):
    places = announced(WORDS, text, digits(text))
    return places is not None and bool(places[text.index("1")])


@pytest.mark.parametrize(
    "text", ["Tel. 123", "tel 123", "please ring me on 123", "tel. İ 123", "(tel 123", "x_tel 123"]
)
def test_a_word_announces_what_follows(text):
    assert is_announced(text)


@pytest.mark.parametrize(
    "text",
    ["hotel 123", "tel 9, 123", "tel? No. 123", "tel [phone], 123", "tel" + " " * 40 + "123", "123", "123 tel", "a" * 40 + "tel 123"],
)  # fmt: skip
def test_but_not_within_another_word_nor_from_afar(text):
    assert not is_announced(text)


def test_the_last_word_in_front_counts():
    text = "tel 9 tel 1"
    places = announced(WORDS, text, digits(text))
    assert [place for place, sign in enumerate(text) if places[place] and sign.isdigit()] == [4, 10]


@pytest.mark.parametrize("text", ["İSTANBUL", "Straße", "ΣΑΣ", ""])
def test_small_letters_stand_where_the_capitals_stood(text):
    assert len(small(text)) == len(text)


def test_a_text_of_nothing_but_words_and_numbers_is_read_once():
    once, often = ("tel 1 " * times for times in (1000, 8000))
    assert seconds(announced, WORDS, often, digits(often)) < 8 * 4 * seconds(announced, WORDS, once, digits(once))
