"""Every language says the same, and a browser is answered in the one it likes best of those that there are."""

import re
from string import Formatter

import pytest

from gateway.dsr.consent_record import STATES
from gateway.dsr.request import Outcome, State, TaskState, Type
from gateway.taxonomy import GROUPS
from gateway.web.privacy.speech import LANGUAGES, preferred, speeches

SPEECHES = speeches()
ENGLISH = SPEECHES["en"].texts
# Names that are the same everywhere.
NAMES = {"gpc_name", "dnt_name"}


def places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_every_text_and_no_other(code):
    texts = SPEECHES[code].texts
    assert texts.keys() == ENGLISH.keys()
    assert [name for name, text in texts.items() if not isinstance(text, str) or not text.strip()] == []
    assert {name: places(text) for name, text in texts.items()} == {n: places(t) for n, t in ENGLISH.items()}


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_a_language_is_not_english(code):
    alike = {name for name, text in SPEECHES[code].texts.items() if text == ENGLISH[name]}
    words = {name for name in alike if len(ENGLISH[name]) > 12}
    assert words == NAMES


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("state", State), ("outcome", Outcome), ("task", TaskState), ("type", Type), ("event", STATES),
        ("group", GROUPS),
        ("signal", ("honoured", "ignored", "absent")), ("choice", ("granted", "denied", "unset", "necessary")),
        ("held", ("queue", "dead", "records")),
        *((kind, ("withdraw", "object", "export", "erase")) for kind in ("act", "confirm")),
    ],
)  # fmt: skip
def test_there_are_words_for_everything_that_can_be_shown(prefix, words):
    assert {f"{prefix}_{word}" for word in words} - ENGLISH.keys() == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_promises_no_anonymity_of_a_hash(code):
    assert [text for text in SPEECHES[code].texts.values() if re.search(r"(?i)anonym|anónim|anonim", text)] == []


@pytest.mark.parametrize(
    ("chosen", "accepted", "code"),
    [
        ("", [], "en"),
        ("", [b"de-CH,de;q=0.9,en;q=0.5"], "de"),
        ("", [b"pt-BR,pt;q=0.9,es;q=0.8,en;q=0.7"], "es"),
        ("", [b"en;q=0.2, it ; q=0.9"], "it"),
        ("", [b"fr;q=0"], "en"),
        ("", [b"fr;q=0, de;q=0.1"], "de"),
        ("", [b"en-GB", b"de;q=0.5"], "en"),
        ("", [b"zh, *;q=0.5"], "en"),
        ("", [b"de;q=9, \xff, ;;;, fr;q=x"], "en"),
        ("", [b"x," * 5000 + b"de"], "en"),
        ("it", [b"de"], "it"),
        ("xx", [b"de"], "de"),
        ("../en", [b"de"], "de"),
    ],
)
def test_a_browser_is_answered_in_the_language_it_likes_best(chosen, accepted, code):
    assert preferred(chosen, accepted) == code


def test_the_fingerprint_is_that_of_all_texts_of_a_language():
    assert len({speech.fingerprint for speech in SPEECHES.values()}) == len(LANGUAGES)
    assert all(re.fullmatch(r"[0-9a-f]{64}", speech.fingerprint) for speech in SPEECHES.values())


def test_values_are_put_where_the_text_has_a_place_for_them():
    assert SPEECHES["de"].say("receipt_get", at="heute") == "Beleg vom heute"
