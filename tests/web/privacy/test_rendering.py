"""The style keeps letters readable in both colour schemes, and the headers keep the page to its own host."""

import re
from itertools import product

import pytest

from gateway.web.privacy.rendering import HEADERS, Renderer, download, onward

RENDERER = Renderer()
STYLE = RENDERER.style().body.decode()
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)
PAIRS = [
    *product(("ink", "soft", "accent", "good", "stop"), ("card",)), *product(("ink", "soft", "accent"), ("paper",)),
    ("on-accent", "accent"), ("on-grave", "grave"), ("good", "good-paper"), ("ink", "good-paper"), ("ink", "code"),
]  # fmt: skip


def luminance(colour):
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, {**LIGHT, **DARK}], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_letters_stand_out_from_what_is_behind_them(colours, pair):
    assert contrast(*(colours[name] for name in pair)) >= 4.5


def test_contrast_is_measured_as_the_guidelines_say():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_a_page_says_texts_of_its_language_and_escapes_what_it_is_given():
    speech = RENDERER.speeches["fr"]
    visit = type("Visit", (), {"path": staticmethod(lambda rest="": "/privacy"), "host": "<b>"})
    page = RENDERER.page("wrong.html", speech, 404, visit=visit, why="wrong_gone")
    assert page.status_code == 404
    assert "&lt;b&gt;" in page.body.decode()
    assert speech.say("wrong_gone") in page.body.decode()


@pytest.mark.parametrize(
    "answer", [download("x", "a.jws", "application/jose"), onward("/privacy")], ids=["file", "onward"]
)
def test_whatever_is_answered_is_kept_by_nobody(answer):
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
