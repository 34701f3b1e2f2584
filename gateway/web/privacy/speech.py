"""Speak to visitors in their language: texts by name, in every language there is, and which one a browser asks for."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import NamedTuple

from gateway.marked_yaml import load

LANGUAGES = ("en", "de", "fr", "es", "it")
_DEFAULT = LANGUAGES[0]
_MOST_CHARACTERS = 512
_RANGE = re.compile(r"([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]{1,40})?(?:\s*;\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?")


class Speech(NamedTuple):
    """One language: its code, its texts by name, and the fingerprint of all of them (SHA-256)."""

    code: str
    texts: Mapping[str, str]
    fingerprint: str

    def say(self, name: str, **values: object) -> str:
        """A text, with the values in their places."""
        return self.texts[name].format(**values)


def speeches() -> dict[str, Speech]:
    """Every language, by its code."""
    return {code: _read(code) for code in LANGUAGES}


def preferred(chosen: str, accepted: Iterable[bytes]) -> str:
    """The code of the language to speak: the one chosen on the page, else the one the browser likes best
    (`Accept-Language`, RFC 9110, section 12.5.4), else English."""
    if chosen in LANGUAGES:
        return chosen
    text = b",".join(accepted)[:_MOST_CHARACTERS].decode("latin-1")
    liked = sorted(_ranges(text), key=lambda pair: -pair[1])
    return next((code for code, weight in liked if weight and code in LANGUAGES), _DEFAULT)


def _ranges(text: str) -> Iterator[tuple[str, float]]:
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found:
            yield found[1].lower(), float(found[2] or 1)


def _read(code: str) -> Speech:
    text = (files("gateway.web.privacy") / "words" / f"{code}.yaml").read_text("utf-8")
    return Speech(code, load(text, code).value, hashlib.sha256(text.encode()).hexdigest())
