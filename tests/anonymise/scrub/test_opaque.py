import pytest

from gateway.anonymise.scrub.detect import PEOPLE
from gateway.anonymise.scrub.everywhere import Trust
from gateway.anonymise.scrub.opaque import StrictSearch

SEARCH = StrictSearch(PEOPLE)


@pytest.mark.parametrize(
    "text",
    [
        "123456789012",
        "2bd961d9-ca1f-4053-8840-a8adef09376d",
        "q8Kd02LmXz71PqRs5TuVw3Yz",
        "5d41402abc4b2a76b9719d911017c592",
    ],
)
def test_what_may_be_anybodys_is_found_where_its_name_says_nothing(text):
    assert list(SEARCH(text, Trust.VALUE))
    assert not list(SEARCH(text, Trust.SAFE))


@pytest.mark.parametrize(
    "text", ["12345678", "thank-you-for-your-order", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "2026-11-26T10:00:00Z"]
)
def test_ordinary_words_and_small_numbers_are_not(text):
    assert not list(SEARCH(text, Trust.VALUE))


def test_a_path_is_trusted_no_more_than_a_value():
    assert list(SEARCH("203.0.113.7", Trust.PATH))
