"""Find any of many values in bytes, in every form, wherever they begin.

There are tens of thousands of forms, and looking for each in turn would take hours. The first eight bytes of each form
are kept as a number; every eight bytes of the data, read as numbers at each of the eight alignments, are held against
all of them at once. Only what agrees is looked for as a whole.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.canary.forms import SHORTEST, forms_of
from gateway.canary.marks import Mark

_MOST_PLACES = 3  # of the same form in the same bytes; more of it tells nothing new
_WORD = 8
assert SHORTEST >= _WORD  # noqa: S101 - a shorter form would never be found


class Match(NamedTuple):
    """A form of a mark, and the byte at which it begins."""

    mark: Mark
    form: str
    at: int


class Index:
    """The forms of all marks, ready to be looked for."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._needles: defaultdict[int, list[tuple[bytes, Mark, str]]] = defaultdict(list)
        self.marks = self.forms = self.longest = 0
        for mark in marks:
            self.marks += 1
            for name, form in forms_of(mark.value, mark.wholes).items():
                self.forms += 1
                self.longest = max(self.longest, len(form))
                self._needles[_number(form)].append((form, mark, name))
        self._words = frozenset(self._needles)

    def matches(self, data: bytes) -> Iterator[Match]:
        """Every mark in the bytes, up to _MOST_PLACES of the same form."""
        for word in self._present(data):
            for form, mark, name in self._needles[word]:
                at, places = data.find(form), 0
                while at >= 0 and places < _MOST_PLACES:
                    yield Match(mark, name, at)
                    at, places = data.find(form, at + 1), places + 1

    def _present(self, data: bytes) -> set[int]:
        """The words that are anywhere in the bytes."""
        view, present = memoryview(data), set[int]()
        for start in range(min(_WORD, len(data))):
            end = start + (len(data) - start) // _WORD * _WORD
            present |= self._words.intersection(view[start:end].cast("Q"))
        return present


def _number(form: bytes) -> int:
    """The first eight bytes as this machine reads them."""
    return int.from_bytes(form[:_WORD], sys.byteorder)
