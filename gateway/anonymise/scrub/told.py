"""Find `name: value` in running text."""

import re
from collections.abc import Callable, Iterator

from gateway.anonymise.scrub.keys import Key
from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.verdicts import judge

_SIGN = re.compile(r"[:=：] ?([^\s,;|&:=：][^,;|&\n:=：]{1,63})")
_WORD = re.compile(r"(?:\A|(?<=[\s,;|(>*-]))[^\W\d_][\w'.-]*+\Z")
_REACH = 78  # of a name in front of its sign
_MOST_WORDS = 3
# What may stand behind a colon in a sentence and be believed, and of how many words it is at most.
_BELIEVED = {
    Key.EMAIL: 9, Key.PHONE: 9, Key.NAME: 3, Key.DOB: 9, Key.IBAN: 9, Key.NATIONAL_ID: 9, Key.CARD: 9, Key.CVV: 1,
    Key.USERNAME: 1, Key.USER_ID: 1, Key.PASSWORD: 1, Key.ADDRESS: 9, Key.POSTCODE: 2, Key.GEO: 9, Key.IP: 9,
}  # fmt: skip


KeyOf = Callable[[str], Key | None]


def told(text: str, key_of: KeyOf) -> Iterator[tuple[int, int, Label]]:
    """Values whose name in front says that they are personal; `key_of` tells what a name means."""
    last = 0
    for found in _SIGN.finditer(text):
        words = _words_before(text, last, found.start())
        last = found.start()  # no name reaches over another sign
        key = _key(words, key_of) if words else None
        if key is None:
            continue
        value = " ".join(found[1].split(" ")[: _BELIEVED[key]]).rstrip(" .)")
        label = judge(key, value)
        if label is not None:
            yield found.start(1), found.start(1) + len(value), label


def _words_before(text: str, first: int, place: int) -> list[str]:
    """The one to three words behind `first` that end at a place, or two blanks before it."""
    before = text[max(first, place - _REACH) : place]
    bare = before.rstrip(" ")
    words: list[str] = []
    if len(before) - len(bare) > 2:
        return words
    for word in reversed(bare.rsplit(" ", _MOST_WORDS)[-_MOST_WORDS:]):
        found = _WORD.search(word)
        if found is None:
            break
        words.insert(0, found[0])
        if found.start():
            break
    return words


def _key(words: list[str], key_of: KeyOf) -> Key | None:
    """What the last of the words are the name of."""
    for first in range(len(words)):
        key = key_of("".join(words[first:]))
        if key in _BELIEVED:
            return key
    return None
