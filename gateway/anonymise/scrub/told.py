"""Find `name: value` in running text."""

import re
from collections.abc import Iterator

from gateway.anonymise.scrub.keys import Key, Names
from gateway.anonymise.scrub.labels import Label
from gateway.anonymise.scrub.verdicts import judge

_TOLD = re.compile(
    r"(?:\A|(?<=[\s,;|(>*-]))((?:[^\W\d_][\w'.-]{0,24} ?){1,3}?) ?[:=：] ?([^\s,;|&:=：][^,;|&\n:=：]{1,63})"
)
# What may stand behind a colon in a sentence and be believed, and of how many words it is at most.
_BELIEVED = {
    Key.EMAIL: 9, Key.PHONE: 9, Key.NAME: 3, Key.DOB: 9, Key.IBAN: 9, Key.NATIONAL_ID: 9, Key.CARD: 9, Key.CVV: 1,
    Key.USERNAME: 1, Key.USER_ID: 1, Key.PASSWORD: 1, Key.ADDRESS: 9, Key.POSTCODE: 2, Key.GEO: 9, Key.IP: 9,
}  # fmt: skip


def told(text: str, names: Names) -> Iterator[tuple[int, int, Label]]:
    """Values whose name in front says that they are personal."""
    for found in _TOLD.finditer(text):
        key = _key(found[1].split(), names)
        if key is None:
            continue
        value = " ".join(found[2].split(" ")[: _BELIEVED[key]]).rstrip(" .)")
        label = judge(key, value)
        if label is not None:
            yield found.start(2), found.start(2) + len(value), label


def _key(words: list[str], names: Names) -> Key | None:
    """What the last of the words are the name of."""
    for first in range(len(words)):
        key = names.of("".join(words[first:]))
        if key in _BELIEVED:
            return key
    return None
