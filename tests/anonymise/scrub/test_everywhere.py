import pytest

from gateway.anonymise.scrub.detect import PEOPLE
from gateway.anonymise.scrub.everywhere import Search, Trust

SEARCH = Search(PEOPLE)


def labels(text, trust):
    return sorted({str(label) for *_, label in SEARCH(text, trust)})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4111111111111111", (False, True, True, True)),
        ("4111 1111 1111 1111", (True, True, True, True)),
        ("+49 171 2345678", (True, True, True, True)),
        ("0171 2345678", (False, False, True, True)),
        ("203.0.113.7", (False, False, True, True)),
        ("eva@mail.example", (True, True, True, True)),
        ("Eva Lindholm called", (False, False, False, True)),
        ("700-42-0723", (False, True, True, True)),
    ],
)
def test_trust_decides_what_is_believed(text, found):
    assert tuple(bool(labels(text, trust)) for trust in Trust) == found


def test_short_and_ordinary_texts_have_nothing_in_them():
    assert not any(
        labels(text, Trust.SENTENCE) for text in ("", "a@b", "Blue shirt, size 42", "50% off until 2026-12-24")
    )
