"""Look in plain text for what is personal by its form, wherever it stands."""

import re
from collections.abc import Iterator
from enum import IntEnum

from gateway.anonymise.scrub import contacts, credentials, national, numbers, people
from gateway.anonymise.scrub.checksums import SHORTEST_IBAN
from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.people import People
from gateway.anonymise.scrub.runs import Run, runs

Labelled = Iterator[tuple[int, int, Label]]

_DIGIT = re.compile(r"[0-9]")
_FOUR = re.compile(r"(?:[^0-9]*[0-9]){4}")
# Short values under a name that says nothing: in these no detector finds anything, nor may anything be nested in them.
_SHORTEST_NEST = 12
_FEW_DIGITS = re.compile(r"[A-Za-z._-]*(?:[0-9][A-Za-z._-]*){0,3}\Z")
_SMALL_NUMBER = re.compile(r"[0-9]{1,8}\Z|[1-9][0-9]{0,5}[.x-][0-9]{1,2}\Z|0\.[0-9]{1,4}\Z|[0-9]{3,5}x[0-9]{3,5}\Z")
# Of so many digits, and without a zero in front, there is no card, no number of a person and none of a telephone.
_TIMESTAMP = re.compile(r"[1-9][0-9]{8}(?:[0-9]|[0-9]{3,4})?\Z")


class Trust(IntEnum):
    """How much a text is trusted to be harmless, from most to least."""

    SAFE = 0  # its name says that it is a number of the shop's own
    PATH = 1  # a segment of a path
    VALUE = 2  # anything
    SENTENCE = 3  # where people write


def is_harmless(text: str) -> bool:
    """Whether a text is too short to be personal by its form: a word, a number of fewer than nine digits."""
    size = len(text)
    return size < 5 or (size < 16 and text.isalpha()) or (size < 9 and text.isdecimal())


class Search:
    """The detectors in their order, for one table of names."""

    def __init__(self, names: People) -> None:
        self._names = names

    def is_nothing(self, text: str) -> bool:
        """Whether a value that nobody wrote as a sentence is known at first sight to hold nothing."""
        if len(text) < _SHORTEST_NEST and _FEW_DIGITS.match(text):
            return True
        return text[:1].isdigit() and bool(_SMALL_NUMBER.match(text) or _TIMESTAMP.match(text))

    def __call__(self, text: str, trust: Trust) -> Labelled:
        """What is found in `text`, in no order and with overlaps."""
        if is_harmless(text):
            return
        if "@" in text or "=40" in text or (" " in text and trust >= Trust.VALUE):
            yield from ((*span, Label.EMAIL) for span in contacts.emails(text))
        if len(text) >= 16 and not text.isdecimal():
            yield from self._credentials(text)
        if _FOUR.match(text):
            yield from self._digits(text, trust)
        if trust >= Trust.VALUE:
            yield from self._words(text, trust)
        elif trust is Trust.PATH:
            yield from ((*span, Label.PERSON_NAME) for span in self._names.slugs(text))

    def _credentials(self, text: str) -> Labelled:
        if "eyJ" in text:
            yield from ((*span, Label.JWT) for span in credentials.jwts(text))
        if "-----" in text:
            yield from ((*span, Label.AUTH_TOKEN) for span in credentials.private_keys(text))
        yield from ((*span, Label.AUTH_TOKEN) for span in credentials.secrets(text))

    def _digits(self, text: str, trust: Trust) -> Labelled:
        """What has four digits at least."""
        if len(text) < 6:
            return
        if not text.isdecimal():
            yield from self._written(text, trust)
        elif len(text) >= 38:
            yield from ((*span, Label.ONLINE_ID) for span in credentials.browser_ids(text))
        found = runs(text)
        if trust is not Trust.SAFE:
            yield from ((*span, Label.NATIONAL_ID) for span in national.national_ids(text, found))
        if found:
            yield from self._runs(text, found, trust)

    def _written(self, text: str, trust: Trust) -> Labelled:
        """What has other signs beside its digits."""
        if len(text) >= 16:
            yield from ((*span, Label.ONLINE_ID) for span in credentials.browser_ids(text))
        if len(text) >= SHORTEST_IBAN:
            yield from ((*span, Label.IBAN) for span in numbers.ibans(text))
        if trust >= Trust.VALUE and ("." in text or ":" in text):
            yield from ((*span, Label.IP) for span in numbers.addresses(text))

    def _runs(self, text: str, found: list[Run], trust: Trust) -> Labelled:
        """What is a run of six digits at least."""
        if "+" in text:
            yield from ((*span, Label.PHONE) for span in contacts.international(text, found))
        if trust is Trust.SAFE:
            yield from ((*span, Label.CREDIT_CARD) for span in numbers.grouped_cards(text, found))
            return
        yield from ((*span, Label.CREDIT_CARD) for span in numbers.cards(text, found))
        if "." in text:
            yield from ((*span, Label.GEO_COORD) for span in numbers.coordinates(text))
        if trust >= Trust.VALUE:
            yield from ((*span, Label.PHONE) for span in contacts.phones(text, found))

    def _words(self, text: str, trust: Trust) -> Labelled:
        if " " in text or "+" in text:
            yield from ((*span, Label.PERSON_NAME) for span in self._names.names(text, trust is Trust.SENTENCE))
            yield from ((*span, Label.ADDRESS) for span in people.streets(text))
        if trust is Trust.SENTENCE and _DIGIT.search(text):
            yield from ((*span, Label.DOB) for span in people.birthdays(text))
