"""Find a platform's yes and no in what it wrote; `READERS` is the closed set of ways.

Rule 1: never raise. What is there and is neither yes nor no makes the answer garbled, and then nothing is granted.
Rule 2: a refusal that can be read stands, whatever the rest looks like.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from gateway.consent.cmp.forms import Separators, split_pairs
from gateway.consent.cmp.json_text import parse
from gateway.consent.cmp.words import Words
from gateway.consent.cmp.written import Place, Twice, Written

MAX_CATEGORY = 128
# Some sites write `_` and `|` for the blank and the comma, which not every server takes in a cookie.
_PERMIT = re.compile(r"permit[ _]([0-9]{1,2}(?:[,|][0-9]{1,2})*)(?:[ _]required)?\Z")
_LEVELS = re.compile(r"((?:[0-9]{1,2}(?:[,|][0-9]{1,2})*)?):")
_LEVEL = re.compile(r"([0-9]{1,2}):")
_NUMBER = re.compile(r"[0-9]+")


class Expected(NamedTuple):
    """What could be answered. `meanings` are the categories somebody gave a meaning.

    `categories` are those of them that are more than necessary; where the `site` listed its own, just these. The
    table lists what sites usually have, under several names for one thing: one of them is enough.
    """

    meanings: Mapping[str, tuple[str, ...]] = {}
    categories: frozenset[str] = frozenset()
    site: bool = False

    def missing(self, accepted: frozenset[str]) -> frozenset[str]:
        """What was not accepted, neither as such nor by another name."""
        others = self.categories - accepted
        if self.site:
            return others
        meant = {self.meanings.get(category) for category in accepted}
        return frozenset(category for category in others if self.meanings[category] not in meant)


@dataclass(slots=True)
class Said:
    """What is found as it is found. `acted` is false where the answers themselves tell that nobody acted."""

    expected: Expected
    states: dict[str, bool] = field(default_factory=dict)
    whole: bool = True
    acted: bool = True

    def say(self, category: Any, yes: bool) -> None:
        """One category's answer; said twice, no holds."""
        name = str(category) if type(category) is int else category
        if type(name) is not str or not 0 < len(name) <= MAX_CATEGORY:
            self.whole = False
        elif name not in self.states or not yes:
            self.states[name] = yes

    def refuse(self, categories: Iterable[str]) -> None:
        """A no to each."""
        for category in categories:
            self.say(category, yes=False)


class Reader(Protocol):
    """One way of finding answers."""

    def read(self, written: Written, said: Said) -> None:
        """Put what is found into `said`."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A word for each category. In a `mixed` object other fields stand beside them; `member` holds the word."""

    place: Place
    yes: Words
    no: Words
    none: Words
    separators: Separators | None = None
    member: str = ""
    mixed: bool = False

    def read(self, written: Written, said: Said) -> None:
        """Every field by its word."""
        for value in self.place.values(written):
            for category, word in self._fields(value, said):
                self._word(category, word, said)

    def _fields(self, value: Any, said: Said) -> Iterable[tuple[str, Any]]:
        if isinstance(value, Mapping):
            return value.items()
        if self.separators and isinstance(value, str):
            pairs, whole = split_pairs(value, self.separators)
            said.whole = said.whole and whole
            return pairs
        said.whole = said.whole and value is None
        return ()

    def _word(self, category: str, word: Any, said: Said) -> None:
        if isinstance(word, Twice):
            for each in word:
                self._word(category, each, said)
            return
        if self.member:
            word = word.get(self.member) if isinstance(word, Mapping) else "?"
        if self.yes.has(word):
            said.say(category, yes=True)
        elif self.no.resembles(word):
            said.say(category, yes=False)
        elif not self.none.has(word) and not (self.mixed and category not in said.expected.meanings):
            said.whole = False


@dataclass(frozen=True, slots=True)
class Switch:
    """One word that answers one category."""

    place: Place
    category: str
    yes: Words
    no: Words
    none: Words

    def read(self, written: Written, said: Said) -> None:
        """The word, if it is there."""
        for word in self.place.values(written):
            if self.yes.has(word):
                said.say(self.category, yes=True)
            elif self.no.resembles(word):
                said.say(self.category, yes=False)
            elif word is not None and not self.none.has(word):
                said.whole = False


@dataclass(frozen=True, slots=True)
class Listed:
    """Lists of what is accepted and refused.

    Of `absent` and of what the `universe` names, what is not accepted is refused; with `every`, so is whatever else was
    given a meaning. Where there is no list, `instead` answers, unless the site has categories that should be in one.
    """

    accepted: Place
    refused: Place | None
    universe: Place | None
    instead: Switch | None = None
    absent: frozenset[str] = frozenset()
    every: bool = False

    def read(self, written: Written, said: Said) -> None:
        """Both lists, and what is missing from the first. Of several lists, what is in each is accepted."""
        lists = self._lists(self.accepted, written, said)
        named = {category: None for listed in lists for category in listed}
        for category in named:
            said.say(category, yes=all(category in listed for listed in lists))
        for listed in self._lists(self.refused, written, said):
            said.refuse(listed)
        if lists:
            given = frozenset(named)
            said.refuse((self.absent | self._universe(written)) - given)
            said.refuse(self._missing(frozenset(name for name in given if said.states.get(name)), said))
        elif self.instead is not None and not said.expected.site:
            self.instead.read(written, said)

    def _missing(self, accepted: frozenset[str], said: Said) -> frozenset[str]:
        alone = {self.instead.category} if self.instead else set()
        return said.expected.missing(accepted) - alone if self.every else frozenset()

    @staticmethod
    def _lists(place: Place | None, written: Written, said: Said) -> list[list[str]]:
        found: list[list[str]] = []
        for value in place.values(written) if place else ():
            listed = [] if value is None else _list(value)
            words = [str(each) for each in listed or () if isinstance(each, str | int) and not isinstance(each, bool)]
            said.whole = said.whole and listed is not None and len(words) == len(listed)
            if value is not None and listed is not None:
                found.append(words)
        return found

    def _universe(self, written: Written) -> frozenset[str]:
        values = self.universe.values(written) if self.universe else ()
        named = [value if isinstance(value, Mapping) else _list(value) or () for value in values]
        return frozenset(key for keys in named for key in keys if isinstance(key, str))


def _list(value: Any) -> list[Any] | None:
    """A list as such, as JSON in a text, or as a text with commas; None where it is none."""
    if isinstance(value, str):
        if not value.startswith("["):
            return [part for part in value.split(",") if part]
        found = parse(value)
        value = found.value if found and found.whole else None
    return value if isinstance(value, list) else None


@dataclass(frozen=True, slots=True)
class Grouped:
    """An object of what was accepted in each category: an empty list is a no, a missing one as in `Listed`."""

    place: Place
    absent: frozenset[str] = frozenset()
    every: bool = False

    def read(self, written: Written, said: Said) -> None:
        """Every category with its list."""
        for value in self.place.values(written):
            if not isinstance(value, Mapping):
                said.whole = said.whole and value is None
                continue
            for category, members in value.items():
                said.whole = said.whole and isinstance(members, list)
                said.say(category, yes=isinstance(members, list) and bool(members))
            given = frozenset(value)
            said.refuse(self.absent - given)
            said.refuse(said.expected.missing(given) if self.every else ())


@dataclass(frozen=True, slots=True)
class Itemised:
    """A list of objects, each with a category and its word."""

    place: Place
    key: str
    value: str
    yes: Words
    no: Words

    def read(self, written: Written, said: Said) -> None:
        """Every object of the list."""
        for listed in self.place.values(written):
            for item in listed if isinstance(listed, list) else ("?",):
                self._item(item if isinstance(item, Mapping) else {}, said)

    def _item(self, item: Mapping[str, Any], said: Said) -> None:
        word = item.get(self.value, "?")
        for each in word if isinstance(word, Twice) else (word,):
            if self.yes.has(each):
                said.say(item.get(self.key), yes=True)
            elif self.no.resembles(each):
                said.say(item.get(self.key), yes=False)
            else:
                said.whole = False


@dataclass(frozen=True, slots=True)
class Bits:
    """A number whose bits are refusals, the lowest first."""

    place: Place
    categories: tuple[str, ...]

    def read(self, written: Written, said: Said) -> None:
        """Every bit of every number; null is none yet."""
        for number in self.place.values(written):
            if number is None:
                continue
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << len(self.categories):
                said.whole = False
                continue
            for index, category in enumerate(self.categories):
                said.say(category, yes=not number >> index & 1)


@dataclass(frozen=True, slots=True)
class Levels:
    """TrustArc's levels, from 1 up, written in three cookies in three ways; the strictest of them holds."""

    permit: Place
    levels: Place
    level: Place

    def read(self, written: Written, said: Said) -> None:
        """The levels that all of the cookies accept."""
        found: list[set[int]] = []
        for text in self.permit.values(written):
            found.append(self._numbers(_PERMIT.match(str(text)), said, 0))
        for text in self.levels.values(written):
            said.acted = said.acted and ":implied" not in str(text)
            found.append(self._numbers(_LEVELS.match(str(text)), said, 1))
        for text in self.level.values(written):
            highest = self._numbers(_LEVEL.match(str(text)), said, 1)
            found.append({each for top in highest for each in range(1, top + 1)})
        accepted = {str(level) for level in set.intersection(*found)} if found else set()
        for level in accepted:
            said.say(level, yes=True)
        if found:
            said.refuse({str(level) for levels in found for level in levels} - accepted)
            said.refuse(said.expected.categories - accepted)

    @staticmethod
    def _numbers(match: re.Match[str] | None, said: Said, add: int) -> set[int]:
        said.whole = said.whole and match is not None
        return {int(part) + add for part in _NUMBER.findall(match[1])} if match else set()


def read_all(readers: Sequence[Reader], written: Written, expected: Expected) -> Said:
    """What all of the readers find."""
    said = Said(expected, whole=written.whole)
    for reader in readers:
        reader.read(written, said)
    return said
