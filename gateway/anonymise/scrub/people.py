"""Find the names of people, their street addresses and their birthdays in sentences."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from operator import itemgetter

from gateway.anonymise.scrub.announced import announced, near, small, words
from gateway.anonymise.scrub.keys import folded

Found = Iterator[tuple[int, int]]

_WORD = r"[^\W\d_]++(?:['’.-][^\W\d_]++){0,4}"  # bounded, lest a chain be read again from each of its links
_BETWEEN = r"(?:(?:[A-Z]\.|van|von|de|der|den|da|di|del|la|le|ten|zu|bin|al) ){0,2}"
_PAIR = re.compile(rf"(?<![\w@.])((?>{_WORD}))[ +]{{1,2}}{_BETWEEN}(?=({_WORD})(?![@\w]))")
_WORDS = re.compile(_WORD)
_BESIDE_WORDS = ".,:;!?'\"()[]-"
_NEXT_WORDS = 4  # to the second name, with what may stand between, and one
_LONG = 160  # signs; the words of a shorter text are sooner looked at one by one
_MANY = 16  # different names in a text; more are sooner found by looking at each of its words
_CAPITAL = re.compile(r"[^\W\d_a-z](?<=\s[^\W\d_a-z])")
_SLUG = re.compile(r"(?<![^\W_])([^\W\d_]{2,})[-_.]([^\W\d_]{2,})(?![^\W_])")

_NUMBER = re.compile(
    r"[0-9](?<![\w.,-][0-9])"
    r"(?:(?<=[^\W\d_] [0-9])|(?<=[.,:º°] [0-9])|(?=[0-9]{0,4} ?(?i:[a-z]|bis|ter)?,? [^\W\d_]))"
    r"[0-9]{0,4}(?: ?(?i:[a-z]|bis|ter))?(?![\w-])"
)
_AFTER = re.compile(
    r",? (?:(?:[^\W\d_][\w.'-]{1,24} ){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct"
    r"|close|square|terrace|place|pl|crescent|highway|parkway|gardens|mews|row|hill|grove)\b\.?"
    r"|(?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|route|cours) [\w.' -]{2,40})",
    re.IGNORECASE,
)
_KIND_AFTER = words(
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct|close|square|terrace|place|pl|crescent"
    r"|highway|parkway|gardens|mews|row|hill|grove|rue|av|bd|chemin|allée|impasse|quai|route|cours)\b"
)
_LONGEST_NAME = 38  # of a street, with what may stand between it and the number
_FARTHEST = 80  # from a house number to the kind of street behind it
_KIND = (
    r"(?:via|viale|piazza|corso|vicolo|calle|c/|avenida|avda\.?|paseo|plaza|rua|travessa|largo|praça|alameda"
    r"|ulica|ul\.|aleja|al\.|ulitsa|ул\.?|улица|проспект|strada|bulevardul) (?=[^\W\d_])"
)
_KIND_BEFORE = re.compile(rf"[^\w-](?=({_KIND}))")
_BEFORE = re.compile(rf"{_KIND}[\w.' -]{{2,31}},? ?(?:n[.º°]? ?|д\.? ?|nr\.? ?)?\Z", re.IGNORECASE)
_KIND_LAST = re.compile(
    r" (?:sokak|sok\.|caddesi|cad\.|mahallesi|mah\.|utca|út|náměstí|ulice) (?:no[:. ]{0,2})?\Z", re.IGNORECASE
)
_LONGEST_KIND = 16
_NAME_FIRST = re.compile(r"(?<![\w-])[^\W\d_][\w.' -]{1,30}\Z")
_LAST = re.compile(r"[^\W\d_][\w.-]*\Z")
_ENDINGS = (
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer", "straat", "laan", "gracht",
    "plein", "kade", "gatan", "vägen", "vej", "gade", "gata", "veien", "katu", "tie",
)  # fmt: skip
SHORTEST_STREET = 7  # `Straße 7` is none
_REACH = 56
_EAST = re.compile(r"[\u4e00-\u9fff가-힣]")
_EASTERN = re.compile(
    r"[\u4e00-\u9fff]{2,12}[路街道巷]\d{1,5}[号號]|[가-힣]{2,10}[로길] ?\d{1,4}(?:-\d{1,4})?"
    r"|[\u4e00-\u9fff]{2,4}[都道府県][\u3040-\u9fff]{1,12}[市区町村][\u3040-\u9fff]{0,12}\d[-丁目番地号\d]{0,12}"
)
_DIGITS = re.compile(r"[0-9]+")
_DATE = re.compile(
    r"(?:(?:19|20)\d\d[-/.年] ?\d{1,2}[-/.月] ?\d{1,2}日?"
    r"|\d{1,2}[-/. ](?:\d{1,2}|[^\W\d_]{3,9})[-/., ]{1,2}(?:19|20)?\d\d)(?!\d)"
)
_BORN = words(
    r"(?:born(?: on)?|date of birth|d\.?o\.?b\.?|birth(?:day|date)|geboren(?: am)?|geb\.|geburtsdatum|née? le"
    r"|date de naissance|nacid[oa] el|fecha de nacimiento|nat[oa] il|data di nascita|nascid[oa] em|data de nascimento"
    r"|geboortedatum|urodzon[ya]|data urodzenia|född|født|syntynyt|narozen[áý]?|doğum tarihi|дата рождения"
    r"|родил(?:ся|ась)|出生|生年月日|생년월일)"
)


MOST_OF_NAME = 60
_BEFORE_NAME = 32
_ODD_BLANK = re.compile(r"[^\S ]")
_NEXT = re.compile(r"[^\W\d_](?:[\w'’.-]*[^\W_])?\.?")
_PARTICLES = frozenset((
    "van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "ten", "zu", "bin", "al", "do", "dos", "das", "af",
    "av",
))  # fmt: skip


def _found(said: str, text: str) -> Iterator[int]:
    """Where words stand in a text, not behind other letters."""
    start = text.find(said)
    while start >= 0:
        if not start or not text[start - 1].isalpha():
            yield start
        start = text.find(said, start + len(said))


def _with_blanks(text: str) -> str:
    """The text with a blank for whatever else is empty."""
    return text if text.isprintable() else _ODD_BLANK.sub(" ", text)


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
        self._common = self._given | self._surnames
        self._brands = frozenset(map(folded, table["brands"].split()))
        self._introductions: dict[str, tuple[str, ...]] = {}
        for phrase in map(str.strip, table["introductions"].split("|")):
            last = phrase.rpartition(" ")[2]
            self._introductions[last] = (*self._introductions.get(last, ()), phrase)
        self._presented = tuple(map(str.strip, table["presentations"].split("|")))

    def names(self, text: str, sentence: bool) -> Found:
        """Where a given name stands in front of a surname; in a `sentence` that is any capitalised word."""
        lowered = small(text)
        plain = _with_blanks(lowered) if sentence else ""
        known: dict[str, str] = {}  # words come again, also as the first one of the next two
        for found in _PAIR.finditer(text) if len(text) < _LONG else self._pairs(text, lowered, plain):
            one, other = (known.get(word) or known.setdefault(word, folded(word)) for word in found.groups())
            if one in self._common and self._is_pair(one, other):
                yield found.start(1), found.end(2)
            elif sentence and found[1][0].isupper() and found[2][0].isupper() and len(found[2]) > 1:
                named = one in self._given or self._is_introduced(plain, found.start())
                if named and one + other not in self._brands:
                    yield found.start(1), found.end(2)
        if sentence:
            yield from self._presentations(text, lowered)

    def _pairs(self, text: str, lowered: str, plain: str) -> Iterator[re.Match[str]]:
        """Two words of which the first is a common name or introduced: the others are not looked at one by one."""
        common = self._beginnings(text, lowered)
        if len(common) > _MANY:
            yield from _PAIR.finditer(text)
            return
        starts = {start for word in common for start in _found(word, lowered)}
        if plain:
            capitals = (found.start() for found in _CAPITAL.finditer(text) if found[0].isupper())
            starts.update(place for place in capitals if self._is_introduced(plain, place))
        yield from filter(None, (_PAIR.match(text, start) for start in sorted(starts)))

    def _beginnings(self, text: str, lowered: str) -> set[str]:
        """The common names behind which another one stands, or any capitalised word if they are capitalised too."""
        words, written = lowered.replace("+", " ").split(), text.replace("+", " ").split()
        names: dict[str, list[str]] = {}
        for word in set(words):
            bare = word if word.isalpha() else word.strip(_BESIDE_WORDS)
            if not (bare.isascii() and bare.isalpha()):
                names[word] = [part for part in _WORDS.findall(word) if folded(part) in self._common]
            elif bare in self._common:
                names[word] = [bare]
        names = {word: common for word, common in names.items() if common}
        found: set[str] = set()
        for at in [at for at, word in enumerate(words) if word in names]:
            behind = slice(at + 1, at + _NEXT_WORDS)
            beside = not names.keys().isdisjoint(words[behind])
            if beside or not (written[at].islower() or all(map(str.islower, written[behind]))):
                found.update(names[words[at]])
        return found

    def _presentations(self, text: str, lowered: str) -> Found:
        """What follows `my name is`: every capitalised word, or a few signs of a script without capitals."""
        phrases = [said for said in self._presented if said in lowered]
        for place in sorted({start + len(said) for said in phrases for start in _found(said, lowered)}):
            after = text[place : place + 4]
            start = end = place + len(after) - len(after.lstrip(" ,:!\n\t"))
            for word in _NEXT.finditer(text, start, start + MOST_OF_NAME):
                if text[end : word.start()].strip(" ") or not _is_part(word[0]):
                    break
                end = word.end()
            if text[start:end].strip():
                yield start, end

    def is_person(self, first: str, last: str) -> bool:
        """Whether both are common names, in either order, and the two together are no brand."""
        return self._is_pair(folded(first), folded(last))

    def _is_pair(self, one: str, other: str) -> bool:
        known = (one in self._given and other in self._surnames) or (one in self._surnames and other in self._given)
        return known and one + other not in self._brands

    def _is_introduced(self, text: str, place: int) -> bool:
        """Whether a phrase like `dear` ends in front of a place of a text in small letters."""
        before = text[max(0, place - _BEFORE_NAME) : place]
        bare = before.rstrip(" ")
        if bare == before:
            return False
        bare = bare[:-1] if bare[-1:] in (",", ":") else bare
        phrases = self._introductions.get(bare.rpartition(" ")[2])
        if phrases is None or not bare.endswith(phrases):
            return False
        return any(f" {bare}".endswith(f" {phrase}") for phrase in phrases)

    def slugs(self, text: str) -> Found:
        """Where two common names stand with a dash, dot or underscore between them."""
        for found in _SLUG.finditer(text):
            if self.is_person(found[1], found[2]):
                yield found.span()


def streets(text: str) -> Found:
    """Where a street stands with a house number, as many countries write it."""
    houses = list(_NUMBER.finditer(text))
    if houses:
        yield from _houses(text, houses)
    if not text.isascii() and _EAST.search(text):
        for found in _EASTERN.finditer(text):
            yield found.span()


def _houses(text: str, houses: list[re.Match[str]]) -> Found:
    """The numbers among `houses` that stand beside a street."""
    lowered = small(text)
    behind = bytearray(len(text) + 1)
    for start, _ in near(_KIND_AFTER, lowered, (number.end() for number in houses), 0, _FARTHEST + 1):
        first = max(0, start - _FARTHEST)
        behind[first:start] = b"\1" * (start - first)
    starts = (number.start() for number in houses)
    kinds = list(near(_KIND_BEFORE, lowered, starts, _LONGEST_NAME + _LONGEST_KIND, 0))
    for number in houses:
        after = _AFTER.match(text, number.end()) if behind[number.end()] else None
        if after:
            yield number.start(), after.end()
            continue
        before = _street_before(text, number.start(), kinds)
        if before is not None:
            yield before, number.end()


def _street_before(text: str, place: int, kinds: list[tuple[int, int]]) -> int | None:
    """Where the street begins whose number stands at `place`; `kinds` is where words like `via` do."""
    first = max(0, place - _REACH)
    before = text[first:place]
    if not before[-2:-1].isalpha() and before[-2:-1] not in (".", ",", ":", "º", "°"):
        return None
    bare = before.rstrip(" ")
    if bare.lower().endswith(_ENDINGS):
        last = _LAST.search(bare)
        named = last is not None and len(last[0]) > SHORTEST_STREET
        return first + last.start() if last and named else None
    for start, _ in kinds[bisect_left(kinds, place - _LONGEST_NAME, key=itemgetter(1)) :]:
        if start >= place:
            break
        if _BEFORE.match(text, start, place):
            return start
    kind = _KIND_LAST.search(before, max(0, len(before) - _LONGEST_KIND))
    named_first = _NAME_FIRST.search(before, 0, kind.start()) if kind else None
    return None if named_first is None else first + named_first.start()


def birthdays(text: str) -> Found:
    """Where a date follows a word for birth."""
    dates = [date for number in _DIGITS.finditer(text) if (date := _DATE.match(text, number.start()))]
    born = announced(_BORN, text, (date.start() for date in dates))
    if born is not None:
        yield from (date.span() for date in dates if born[date.start()])
