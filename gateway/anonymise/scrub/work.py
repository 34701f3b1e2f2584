"""Say how much work a text may make, and what each look at it costs.

The unit is about a tenth of a microsecond. Ordinary lines make three quarters of what they may at most, as a test says;
what makes more was written to make it.
"""

import re

from gateway.anonymise.scrub.everywhere import Trust

PER_CHARACTER = 11
LEAST = 16_384  # however short the text is
PIECE, PART, SEGMENT, NAME, FOUND = 16, 32, 64, 30, 20
_LAYER = 64
_LOOK, _NUMBER, _LONG, _READ, _SENTENCE, _CAPITAL = 30, 60, 30, 2, 4, 20
_SHORT = 8
_CAPITALS = re.compile(r" [^\W\d_a-z]")
_NUMBERS = re.compile(r"[0-9]+")
_LONG_NUMBERS = re.compile(r"[0-9]{8}")  # long enough for a phone, a card or the number of a person


def allowed(text: str) -> int:
    """How much work there is for a text, all its layers and parts together."""
    return max(LEAST, PER_CHARACTER * len(text))


def price(text: str, trust: Trust) -> int:
    """What it costs to look through a text, by its length and by how many numbers and names may stand there."""
    if trust is Trust.SENTENCE:
        cost = len(text) * _SENTENCE + _CAPITAL * len(_CAPITALS.findall(text))
    else:
        cost = len(text) * _READ
    cost += _LONG * len(_LONG_NUMBERS.findall(text))
    return cost + (_LOOK if len(text) > _SHORT else 0) + _NUMBER * len(_NUMBERS.findall(text))


def foreign(text: str) -> int:
    """What it costs to write a text in its plain form."""
    return 0 if text.isascii() else _LAYER + 2 * len(text)


def layers(text: str) -> int:
    """What it costs to take a layer of escapes off, and to write what comes out in its plain form."""
    escaped = "%" in text or "&" in text or "\\" in text
    return foreign(text) + (_LAYER + 2 * len(text) if escaped else 0)


def values(text: str) -> int:
    """What it costs to take a JSON text apart: one part behind each comma, or one for each text that is no name; and to
    know how deep it stands."""
    parts = max(text.count(","), text.count('"') // 2 - text.count('":'))
    return PART * parts + PIECE * (text.count("[") + text.count("{"))
