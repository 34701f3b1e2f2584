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
_LOOK, _NUMBER, _DIGIT, _READ, _SENTENCE = 30, 60, 4, 2, 4
_NUMBERS = re.compile(r"[0-9]+")


def allowed(text: str) -> int:
    """How much work there is for a text, all its layers and parts together."""
    return max(LEAST, PER_CHARACTER * len(text))


def price(text: str, trust: Trust) -> int:
    """What it costs to look through a text, by its length and by how many numbers and names may stand there."""
    numbers = _NUMBERS.findall(text)
    cost = _LOOK + len(text) * (_SENTENCE if trust is Trust.SENTENCE else _READ)
    return cost + _NUMBER * len(numbers) + _DIGIT * sum(map(len, numbers)) if numbers else cost


def foreign(text: str) -> int:
    """What it costs to write a text in its plain form."""
    return 0 if text.isascii() else _LAYER + 2 * len(text)


def piece(text: str) -> int:
    """What it costs to look what a text is."""
    return PIECE + len(text) + foreign(text)


def layers(text: str) -> int:
    """What it costs to take a layer of escapes off, and to write what comes out in its plain form."""
    escaped = "%" in text or "&" in text or "\\" in text
    return foreign(text) + (_LAYER + 2 * len(text) if escaped else 0)


def values(text: str) -> int:
    """What it costs to take a JSON text apart: one part behind each comma, or one for each text that is no name; and to
    know how deep it stands."""
    parts = max(text.count(","), text.count('"') // 2 - text.count('":'))
    return PART * parts + PIECE * (text.count("[") + text.count("{"))
