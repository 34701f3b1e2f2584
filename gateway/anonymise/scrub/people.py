"""Find the names of people, their street addresses and their birthdays in sentences."""

import re
from collections.abc import Iterator, Mapping

from gateway.anonymise.scrub.announced import is_announced
from gateway.anonymise.scrub.keys import folded

Found = Iterator[tuple[int, int]]

_WORD = r"[^\W\d_]+(?:['’.-][^\W\d_]+)*"
_BETWEEN = r"(?:(?:[A-Z]\.|van|von|de|der|den|da|di|del|la|le|ten|zu|bin|al) ){0,2}"
_PAIR = re.compile(rf"(?<![\w@.])({_WORD})[ +]{{1,2}}{_BETWEEN}(?=({_WORD})(?![@\w]))")
_SLUG = re.compile(r"(?<![^\W_])([^\W\d_]{2,})[-_.]([^\W\d_]{2,})(?![^\W_])")

_NUMBER = re.compile(
    r"(?<![\w.,-])(?:(?<=[^\W\d_] )|(?<=[.,:º°] )|(?=\d{1,5} ?(?:[a-z]|bis|ter)?,? [^\W\d_]))"
    r"\d{1,5}(?: ?(?:[a-z]|bis|ter))?(?![\w-])",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r",? (?:(?:[^\W\d_][\w.'-]{1,24} ){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct"
    r"|close|square|terrace|place|pl|crescent|highway|parkway|gardens|mews|row|hill|grove)\b\.?"
    r"|(?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|route|cours) [\w.' -]{2,40})",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?<![\w-])(?:(?:via|viale|piazza|corso|vicolo|calle|c/|avenida|avda\.?|paseo|plaza|rua|travessa|largo|praça|alameda"
    r"|ulica|ul\.|aleja|al\.|ulitsa|ул\.?|улица|проспект|strada|bulevardul) [^\W\d_][\w.' -]{1,30}?,? ?(?:n[.º°]? ?"
    r"|д\.? ?|nr\.? ?)?|[^\W\d_][\w.' -]{1,30}? (?:sokak|sok\.|caddesi|cad\.|mahallesi|mah\.|utca|út|náměstí|ulice) "
    r"(?:no[:. ]{0,2})?)\Z",
    re.IGNORECASE,
)
_LAST = re.compile(r"[^\W\d_][\w.-]*\Z")
_ENDINGS = (
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer", "straat", "laan", "gracht",
    "plein", "kade", "gatan", "vägen", "vej", "gade", "gata", "veien", "katu", "tie",
)  # fmt: skip
SHORTEST_STREET = 7  # `Straße 7` is none
_REACH = 56
_EASTERN = re.compile(
    r"[\u4e00-\u9fff]{2,12}[路街道巷]\d{1,5}[号號]|[가-힣]{2,10}[로길] ?\d{1,4}(?:-\d{1,4})?"
    r"|[\u4e00-\u9fff]{2,4}[都道府県][\u3040-\u9fff]{1,12}[市区町村][\u3040-\u9fff]{0,12}\d[-丁目番地号\d]{0,12}"
)
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-/.年] ?\d{1,2}[-/.月] ?\d{1,2}日?"
    r"|\d{1,2}[-/. ](?:\d{1,2}|[^\W\d_]{3,9})[-/., ]{1,2}(?:19|20)?\d\d)(?!\d)"
)
_BORN = re.compile(
    r"(?:born(?: on)?|date of birth|d\.?o\.?b\.?|birth(?:day|date)|geboren(?: am)?|geb\.|geburtsdatum|née? le"
    r"|date de naissance|nacid[oa] el|fecha de nacimiento|nat[oa] il|data di nascita|nascid[oa] em|data de nascimento"
    r"|geboortedatum|urodzon[ya]|data urodzenia|född|født|syntynyt|narozen[áý]?|doğum tarihi|дата рождения"
    r"|родил(?:ся|ась)|出生|生年月日|생년월일)"
)


MOST_OF_NAME = 60
_NEXT = re.compile(r"[^\W\d_](?:[\w'’.-]*[^\W_])?\.?")
_PARTICLES = frozenset((
    "van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "ten", "zu", "bin", "al", "do", "dos", "das", "af",
    "av",
))  # fmt: skip


def _any(words: str) -> str:
    """An alternation of the phrases between bars."""
    return "|".join(re.escape(phrase.strip()) for phrase in words.split("|"))


def _is_part(word: str) -> bool:
    """Whether a word may be part of a name that was announced."""
    if word[0].isupper() or word in _PARTICLES:
        return True
    return not word[0].islower() and len(word) <= 6  # a script without capitals


class People:
    """The table of common names, ready to be asked."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._given = frozenset(map(folded, table["given"].split()))
        self._surnames = frozenset(map(folded, table["surnames"].split()))
        self._brands = frozenset(map(folded, table["brands"].split()))
        self._introduced = re.compile(rf"(?:(?<=\s)|\A)(?:{_any(table['introductions'])})[,:]?\s+\Z", re.IGNORECASE)
        self._presented = re.compile(_any(table["presentations"]))

    def names(self, text: str, sentence: bool) -> Found:
        """Where a given name stands in front of a surname; in a `sentence` that is any capitalised word."""
        for found in _PAIR.finditer(text):
            first, last = found[1], found[2]
            if self.is_person(first, last) or (sentence and self._is_named(text, found)):
                yield found.start(1), found.end(2)
        if sentence:
            yield from self._presentations(text)

    def _presentations(self, text: str) -> Found:
        """What follows `my name is`: every capitalised word, or a few signs of a script without capitals."""
        lowered = text.lower()
        for found in self._presented.finditer(lowered if len(lowered) == len(text) else text):
            if text[max(0, found.start() - 1) : found.start()].isalpha():
                continue
            after = text[found.end() : found.end() + 4]
            start = end = found.end() + len(after) - len(after.lstrip(" ,:!\n\t"))
            for word in _NEXT.finditer(text, start, start + MOST_OF_NAME):
                if text[end : word.start()].strip(" ") or not _is_part(word[0]):
                    break
                end = word.end()
            if text[start:end].strip():
                yield start, end

    def is_person(self, first: str, last: str) -> bool:
        """Whether both are common names, in either order, and the two together are no brand."""
        one, other = folded(first), folded(last)
        known = (one in self._given and other in self._surnames) or (one in self._surnames and other in self._given)
        return known and one + other not in self._brands

    def _is_named(self, text: str, found: re.Match[str]) -> bool:
        first, last = found[1], found[2]
        if not (first[0].isupper() and last[0].isupper()) or len(last) < 2:
            return False
        if folded(first) + folded(last) in self._brands:
            return False
        given = folded(first) in self._given
        return given or bool(self._introduced.search(text, max(0, found.start() - 32), found.start()))

    def slugs(self, text: str) -> Found:
        """Where two common names stand with a dash, dot or underscore between them."""
        for found in _SLUG.finditer(text):
            if self.is_person(found[1], found[2]):
                yield found.span()


def streets(text: str) -> Found:
    """Where a street stands with a house number, as many countries write it."""
    for number in _NUMBER.finditer(text):
        after = _AFTER.match(text, number.end())
        if after:
            yield number.start(), after.end()
            continue
        before = _street_before(text, number.start())
        if before is not None:
            yield before, number.end()
    if not text.isascii():
        for found in _EASTERN.finditer(text):
            yield found.span()


def _street_before(text: str, place: int) -> int | None:
    """Where the street begins whose number stands at `place`."""
    first = max(0, place - _REACH)
    before = text[first:place]
    if not before[-2:-1].isalpha() and before[-2:-1] not in (".", ",", ":", "º", "°"):
        return None
    bare = before.rstrip(" ")
    if bare.lower().endswith(_ENDINGS):
        last = _LAST.search(bare)
        named = last is not None and len(last[0]) > SHORTEST_STREET
        return first + last.start() if last and named else None
    found = _BEFORE.search(before)
    return None if found is None else first + found.start()


def birthdays(text: str) -> Found:
    """Where a date follows a word for birth."""
    for found in _DATE.finditer(text):
        if is_announced(_BORN, text, found.start()):
            yield found.span()
