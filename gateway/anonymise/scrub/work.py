"""Say how much work a text may make, and what each look at it costs.

The unit is about ten nanoseconds: 10,000 are one plain loop over 4,096 characters. The prices are fitted to what texts
take, those that were made to be slow and ordinary ones: none takes more than about twice its price.
"""

import re

from gateway.anonymise.scrub.contacts import is_spelled
from gateway.anonymise.scrub.everywhere import Trust

BOUND = 54_000  # for a value of a hit, however long it is
PER_CHARACTER, LEAST = 120, 160_000  # for an operator's own text
ENTRY, OWN = 1, 5
PIECE, PIECE_SIGN = 280, 1
PART, LINE, SEGMENT, NAME, FOUND = 100, 290, 650, 500, 420
BLOB, BLOB_SIGN = 760, 1
_LAYER, _LAYER_SIGN, _ESCAPE, _BACKSLASH = 1300, 14, 25, 90
_FOREIGN, _FOREIGN_SIGN, _FOREIGN_TEXT = 1200, 27, 14
_VALUE, _BRACKET = 100, 480
_SHORT = 24  # signs; what may stand in so few is not counted
_LOOK, _READ, _READ_SENTENCE, _BLANK = 500, 14, 22, 16
_MIXED, _NUMBER, _DIGIT, _LONG, _LETTERED, _MARKED, _ACCOUNT = 3200, 520, 30, 500, 900, 350, 1900
_ADDRESS, _SPELLED, _TOLD, _LINK, _CAPITAL = 400, 120, 250, 2500, 150
_CAPITALS = re.compile(r" [A-Z]")
# Hardly any of the digits in a random word.
_NUMBERS = re.compile(r"[0-9](?<![0-9A-Za-z][0-9])[0-9]*+(?![A-Za-z]{2})")
_SIX = re.compile(r"[0-9]{6}")
_LONG_NUMBERS = re.compile(r"[0-9](?<![0-9A-Za-z][0-9])[0-9]{5}")  # enough for a phone, a card or a person's number
_BEHIND_LETTERS = re.compile(r"[0-9]{6}(?:(?<=[A-Za-z][ -][0-9]{6})|(?<=[A-Za-z][0-9]{6})(?<![0-9A-Za-z]{3}[0-9]{6}))")
_ACCOUNTS = re.compile(r"[0-9](?<=[A-Za-z]{2}[0-9])(?<![0-9A-Za-z]{3}[0-9])[0-9]")  # as an IBAN begins
_MARKS = re.compile(r"[0-9](?<=[A-Za-z][0-9])[0-9LMNPQRSTUVlmnpqrstuv]")


def generous(text: str) -> int:
    """How much work there is for an operator's own text, all its layers and parts together."""
    return max(LEAST, PER_CHARACTER * len(text))


def price(text: str, trust: Trust) -> int:
    """What it costs to look through a text, by its length and by how many numbers may stand there."""
    if len(text) <= _SHORT:
        bare = text.replace(" ", "")
        return _LOOK + (0 if bare.isalpha() else _NUMBER if bare == text else _MIXED)
    cost = _LOOK + len(text) * (_READ_SENTENCE if trust is Trust.SENTENCE else _READ)
    found = _NUMBERS.findall(text)
    numbers = len(found)
    blanks = text.count(" ")
    if blanks:
        cost += blanks * (_BLANK + _SPELLED if is_spelled(text.lower()) else _BLANK)
    if numbers and " " in text:
        cost += _MIXED  # every detector has something to look at
    digits = _NUMBER * numbers + _DIGIT * sum(map(len, found))
    if _SIX.search(text):
        digits += _LONG * len(_LONG_NUMBERS.findall(text)) + _LETTERED * len(_BEHIND_LETTERS.findall(text))
    cost += digits // 2 if trust is Trust.PATH and " " not in text else digits  # what is looked for there has blanks
    marks = len(_MARKS.findall(text))
    if marks:
        cost += _MARKED * marks + _ACCOUNT * len(_ACCOUNTS.findall(text))
    return cost + _ADDRESS * (text.count("@") + text.count("=40"))


def sentence(text: str) -> int:
    """What it costs to look for links, `name: value` and capitalised words that were introduced in a text."""
    signs = text.count(":") + text.count("=")
    return _TOLD * signs + _LINK * text.count("://") + _CAPITAL * len(_CAPITALS.findall(text))


def foreign(text: str) -> int:
    """What it costs to write a text in its plain form."""
    if text.isascii():
        return 0
    return _FOREIGN + len(text) * _FOREIGN_TEXT + _FOREIGN_SIGN * (len(text) - len(text.encode("ascii", "ignore")))


def piece(text: str) -> int:
    """What it costs to look what a text is."""
    return PIECE + len(text) * PIECE_SIGN + foreign(text)


def blob(text: str) -> int:
    """What it costs to read a text as base64."""
    return BLOB + len(text) * BLOB_SIGN


def layers(text: str) -> int:
    """What it costs to take a layer of escapes off, and to write what comes out in its plain form."""
    escapes = _ESCAPE * (text.count("%") + text.count("&")) + _BACKSLASH * text.count("\\")
    return foreign(text) + (_LAYER + len(text) * _LAYER_SIGN + escapes if escapes else 0)


def values(text: str) -> int:
    """What it costs to take a JSON text apart: one part behind each comma, or one for each text that is no name; and to
    know how deep it stands."""
    parts = max(text.count(","), text.count('"') // 2 - text.count('":'))
    return _VALUE * parts + _BRACKET * (text.count("[") + text.count("{"))
