"""Tell from the name of a parameter, and from the names around it, what its value is likely to be."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

MAX_NAME = 80
MAX_WORDS = 6
MAX_REMEMBERED = 4096


class Key(StrEnum):
    """What a value is likely to be. The members are the headings of the table of names."""

    EMAIL = "email"
    RECIPIENT = "recipient"
    PHONE = "phone"
    NAME = "name"
    MAYBE_NAME = "maybe_name"
    USERNAME = "username"
    ADDRESS = "address"
    POSTCODE = "postcode"
    DOB = "dob"
    CARD = "card"
    CVV = "cvv"
    IBAN = "iban"
    NATIONAL_ID = "national_id"
    IP = "ip"
    GEO = "geo"
    PASSWORD = "password"  # noqa: S105 - a heading of the table
    TOKEN = "token"  # noqa: S105 - a heading of the table
    MAYBE_TOKEN = "maybe_token"  # noqa: S105 - a heading of the table
    USER_ID = "user_id"
    ONLINE_ID = "online_id"
    MAYBE_ID = "maybe_id"
    SAFE = "safe"
    PERSON = "person"
    DEVICE = "device"
    FREE_TEXT = "free_text"


# Kinds of value that are checked by their form as well, so that a name that only begins with theirs is enough.
_CHECKED = frozenset((
    Key.EMAIL, Key.PHONE, Key.CARD, Key.NATIONAL_ID, Key.IP, Key.DOB, Key.GEO, Key.POSTCODE,
))  # fmt: skip
_ALONE = frozenset((
    Key.RECIPIENT, Key.PERSON, Key.DEVICE, Key.MAYBE_NAME, Key.MAYBE_TOKEN, Key.MAYBE_ID, Key.FREE_TEXT,
))  # fmt: skip
# Short words mean what they mean only where they stand alone.
_SHORTEST = 3
SHORTEST_BARE = 2  # `v12` is no `v`, but `em_sha256` is `em`

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|\d+")
_STROKES = str.maketrans({"ı": "i", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "æ": "ae", "œ": "oe"})
_NUMBERING = re.compile(r"\d+|(?=[a-f]*\d)[0-9a-f]{3,8}")  # `_pk_id.3.1fff`
_PARTS = re.compile(r"[\[\].>/:$]+")


class Names:
    """The table of names, ready to be asked. `own` holds before it; values under `safe` are nobody's business."""

    def __init__(
        self, table: Mapping[str, Any], own: Mapping[str, str] = MappingProxyType({}), safe: Iterable[str] = ()
    ) -> None:
        self._words: dict[str, Key] = {}
        self._people: set[str] = set()
        self._devices: set[str] = set()
        for heading in Key:
            self._enter(heading, own.get(heading.value, "").split())
        for heading in Key:
            self._enter(heading, str(table.get(heading.value) or "").split())
        self._adornments = frozenset(str(table.get("adornments") or "").split())
        self._allowed = frozenset(map(folded, safe))
        self._known: dict[int, Key | None] = {}

    def _enter(self, heading: Key, words: list[str]) -> None:
        if heading is Key.PERSON:
            self._people.update(map(folded, words))
        elif heading is Key.DEVICE:
            self._devices.update(map(folded, words))
        else:
            for word in words:  # `_id` is not `id`
                self._words.setdefault(word if word.startswith("_") else folded(word), heading)

    def of(self, name: str, around: Sequence[str] = ()) -> Key | None:
        """What a value under `name` is likely to be. `around` are the names it stands under, the nearest last."""
        if len(name) > MAX_NAME:
            return None
        # A hash under a key of this process: names come again and again, and one may be somebody's.
        asked = hash((name, *around))
        if asked not in self._known:
            if len(self._known) >= MAX_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[asked] = self._of(name, around)
        return self._known[asked]

    def _of(self, name: str, around: Sequence[str]) -> Key | None:
        parts = [part for part in _PARTS.split(name) if part and not part.isdigit()]
        if not parts:
            return self._of(around[-1], around[:-1]) if around else None
        above = [*around, *parts[:-1]]
        key = self._one(parts[-1])
        if key in (Key.MAYBE_NAME, Key.SAFE, None) and above:
            key = self._under(parts[-1], above, key)
        return key

    def is_allowed(self, name: str) -> bool:
        """Whether the operator has called values of this name harmless."""
        return bool(self._allowed) and folded(_PARTS.split(name.rstrip("]"))[-1]) in self._allowed

    def is_person(self, name: str) -> bool:
        """Whether a thing of this name is a person (`users`, `customer`)."""
        return folded(name) in self._people

    def _under(self, name: str, above: Sequence[str], key: Key | None) -> Key | None:
        nearest = folded(above[-1])
        person = nearest in self._people or any(word in self._people for word in map(folded, words_of(above[-1])))
        if key is Key.MAYBE_NAME:
            return Key.NAME if person else key
        if folded(name) in ("id", "uuid", "key", "number", "no", "ref"):
            if person:
                return Key.USER_ID
            return Key.ONLINE_ID if nearest in self._devices else key
        if key is None and _NUMBERING.fullmatch(name):
            return self._one(above[-1])
        return key

    def _one(self, name: str) -> Key | None:
        if name.isascii() and name.isalpha() and name.islower():
            return self._words.get(name)  # one word, which has no parts to look at
        found = self._words.get(name) or self._words.get(folded(name))
        if found is not None:
            return found
        words = [folded(word) for word in words_of(name)[:MAX_WORDS]]
        bare = self._bare(words)
        return self._compound(words) or (self._compound(bare) if sum(map(len, bare)) >= SHORTEST_BARE else None)

    def _bare(self, words: list[str]) -> list[str]:
        """The words without those that say nothing of what it is, and without numbers."""
        kept = [word for word in words if word not in self._adornments and not word.isdigit()]
        return kept if kept != words else []

    def _compound(self, words: list[str]) -> Key | None:
        """The longest end of the words that is known; else the longest beginning, where the value is checked too."""
        for first in range(len(words)):
            end = "".join(words[first:])
            found = self._words.get(end)
            if found is not None and (first == 0 or (len(end) >= _SHORTEST and found not in _ALONE) or end == "id"):
                return found
        for last in range(len(words) - 1, 0, -1):
            beginning = "".join(words[:last])
            found = self._words.get(beginning)
            if found in _CHECKED and len(beginning) >= _SHORTEST:
                return found
        return None


def thing(name: str) -> str:
    """What a name is a part of: `order[customer]` for `order[customer][email]`."""
    return name.rpartition("[")[0] or name.rpartition(".")[0]


def is_suspicious(name: str) -> bool:
    """Whether a name may itself be somebody's address or number."""
    return not name.isalpha() and ("@" in name or sum(map(str.isdigit, name)) >= 6)


def words_of(name: str) -> list[str]:
    """The words of `firstName`, `first_name` or `FIRST-NAME`."""
    return _WORD.findall(name)


def folded(name: str) -> str:
    """A name without case, accents of the Latin script and anything between its words."""
    if not name.isascii():
        decomposed = unicodedata.normalize("NFKD", name)
        bare = "".join(sign for sign in decomposed if not "\u0300" <= sign <= "\u036f")
        name = unicodedata.normalize("NFC", bare).translate(_STROKES)
    return "".join(filter(str.isalnum, name)).casefold() if not name.isalnum() else name.casefold()
