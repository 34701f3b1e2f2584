"""Say how much work a text may make, and what each look at it costs.

The unit is about a tenth of a microsecond. Ordinary lines make three quarters of what they may at most, as a test says;
what makes more was written to make it.
"""

import re

from gateway.anonymise.scrub.everywhere import Trust

PER_CHARACTER = 8
LEAST = 16_384  # however short the text is
PIECE, PART, SEGMENT, NAME, FOUND, BLOB = 26, 18, 40, 30, 45, 70
_LAYER, _ESCAPE, _FOREIGN = 64, 9, 3
_LOOK, _MIXED, _NUMBER, _LONG, _LETTERED, _ACCOUNT, _NETWORK, _READ, _SENTENCE = 30, 120, 55, 70, 180, 60, 80, 1, 3
# None of the digits in a random word.
_NUMBERS = re.compile(r"[0-9](?<![0-9A-Za-z][0-9])[0-9]*+(?![A-Za-z])")
_LONG_NUMBERS = re.compile(r"[0-9](?<![0-9A-Za-z][0-9])[0-9]{5}")  # enough for a phone, a card or a person's number
_BEHIND_LETTERS = re.compile(r"[0-9]{6}(?:(?<=[A-Za-z][ -][0-9]{6})|(?<=[A-Za-z][0-9]{6})(?<![0-9A-Za-z]{3}[0-9]{6}))")
_ACCOUNTS = re.compile(r"[0-9](?<=[A-Za-z]{2}[0-9])(?<![0-9A-Za-z]{3}[0-9])[0-9]")  # as an IBAN begins


def allowed(text: str) -> int:
    """How much work there is for a text, all its layers and parts together."""
    return max(LEAST, PER_CHARACTER * len(text))


def price(text: str, trust: Trust) -> int:
    """What it costs to look through a text, by its length and by how many numbers may stand there."""
    cost = _LOOK + len(text) * (_SENTENCE if trust is Trust.SENTENCE else _READ)
    numbers = len(_NUMBERS.findall(text))
    if numbers and " " in text:
        cost += _MIXED  # every detector has something to look at
    digits = _LONG * len(_LONG_NUMBERS.findall(text)) + _NUMBER * numbers
    cost += digits // 2 if trust is Trust.PATH and " " not in text else digits  # what is looked for there has blanks
    cost += _LETTERED * len(_BEHIND_LETTERS.findall(text)) + _ACCOUNT * len(_ACCOUNTS.findall(text))
    return cost + _NETWORK * text.count("::")


def foreign(text: str) -> int:
    """What it costs to write a text in its plain form."""
    if text.isascii():
        return 0
    return _LAYER + len(text) // 2 + _FOREIGN * (len(text) - len(text.encode("ascii", "ignore")))


def piece(text: str) -> int:
    """What it costs to look what a text is."""
    return PIECE + len(text) // 2 + foreign(text)


def layers(text: str) -> int:
    """What it costs to take a layer of escapes off, and to write what comes out in its plain form."""
    escapes = text.count("%") + text.count("&") + text.count("\\")
    return foreign(text) + (_LAYER + len(text) // 2 + _ESCAPE * escapes if escapes else 0)


def values(text: str) -> int:
    """What it costs to take a JSON text apart: one part behind each comma, or one for each text that is no name; and to
    know how deep it stands."""
    parts = max(text.count(","), text.count('"') // 2 - text.count('":'))
    return PART * parts + PIECE * (text.count("[") + text.count("{"))
