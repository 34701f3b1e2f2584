import pytest

from gateway.consent.cmp.config import DATES, MEANINGS, ONLY, VERSIONS, CmpConfig, WrongConfig, read_config

COMMON = ("necessary", "analytics", "advertising")


@pytest.mark.parametrize("word", MEANINGS)
def test_categories_stand_under_any_of_their_words_or_under_none(word):
    meant = {"1": "analytics", "2": ["necessary", "advertising"]}
    expected = CmpConfig(categories={"1": ("analytics",), "2": ("necessary", "advertising")})
    assert read_config({word: meant}, COMMON) == read_config(meant, COMMON) == expected


def test_all_the_other_words_are_read():
    for word in VERSIONS:
        assert read_config({word: 24}, COMMON).version == "24"
    for word in ONLY:
        assert read_config({word: "1"}, COMMON).only == "1"
    for word in DATES:
        assert read_config({word: "1970-01-11"}, COMMON).min_day == 10
    assert read_config({"cookie": "Mine-#", "version": None}, COMMON) == CmpConfig(cookie="Mine-#")


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"cookie": "a b"}, "cookie"), ({"cookie": 1}, "cookie"), ({"categories": {"a": "fun"}}, "a"), ({"categories": []}, "categories"),
        ({"categories": {"a": []}}, "a"), ({"a": "fun"}, "a"), ({"a": 1}, "a"), ({"version": [1]}, "version"),
        ({"min_date": "soon"}, "min_date"), ({"min_date": "2026-02-30"}, "min_date"), ({"min_date": 3}, "min_date"),
        ({"website_id": {}}, "website_id"),
    ],
)  # fmt: skip
def test_a_word_that_means_nothing_is_named(config, key):
    with pytest.raises(WrongConfig) as caught:
        read_config(config, COMMON)
    assert caught.value.key == key


def test_a_lenient_reader_passes_over_what_it_does_not_know():
    config = {"a": "fun", "b": "analytics", "categories": {"c": "fun", "d": "analytics"}, "x": {"y": 1}}
    assert read_config(config, COMMON, lenient=True) == CmpConfig(categories={"b": ("analytics",), "d": ("analytics",)})
