"""Read what a purpose asks in the words of others: TCF purposes, Google consent types, categories of platforms.

A family asks for all that may be in it; a purpose may ask for the part it needs, and for nothing outside its family.
"""

from typing import NamedTuple, TypeVar

from gateway.policy.cursor import Cursor

Word = TypeVar("Word")


class Words(NamedTuple):
    """The words of others that a family may use."""

    tcf: tuple[int, ...] = ()
    google: tuple[str, ...] = ()
    cmp: tuple[str, ...] = ()


# Family -> what its purposes may ask for. TCF purpose 1 (storing and reading on the device) cannot be left out where a
# family has it: every pixel does that.
WORDS: dict[str, Words] = {
    "functional": Words((1,), ("functionality_storage",), ("functional",)),
    "audience_measurement": Words((1, 8, 9, 10), ("analytics_storage",), ("analytics",)),
    "analytics": Words((1, 7, 8, 9, 10), ("analytics_storage",), ("analytics",)),
    "advertising": Words(
        (1, 2, 3, 4, 7, 9, 10), ("ad_storage", "ad_user_data", "ad_personalization"), ("advertising", "social")
    ),
    "personalization": Words(
        (1, 5, 6, 8, 11), ("personalization_storage", "functionality_storage"), ("personalization", "advertising")
    ),
}


def read_words(purpose: Cursor, family: str) -> Words:
    """What a purpose says of itself; nothing where it leaves that to its family. Findings are P025."""
    allowed = WORDS.get(family, Words())
    words = Words(
        _read(purpose.get("tcf"), allowed.tcf),
        _read(purpose.get("google"), allowed.google),
        _read(purpose.get("cmp"), allowed.cmp),
    )
    if words.tcf and 1 in allowed.tcf and 1 not in words.tcf:
        place = purpose.get("tcf")
        if place is not None:
            place.fail("P025", "a purpose rests on TCF purpose 1 too", "add 1: storing and reading on the device")
    return words


def _read(cursor: Cursor | None, allowed: tuple[Word, ...]) -> tuple[Word, ...]:
    if cursor is None:
        return ()
    if not isinstance(cursor.value, list) or not cursor.value:
        cursor.fail("P025", f"{cursor.called()} is a list of at least one", _listed(allowed))
        return ()
    known = {repr(word): word for word in allowed}
    for entry in cursor.sequence():
        if repr(entry.value) not in known:
            entry.fail("P025", f'"{entry.value}" is not what this family may ask for', _listed(allowed))
    return tuple(known[form] for form in dict.fromkeys(map(repr, cursor.value)) if form in known)


def _listed(allowed: tuple[object, ...]) -> str:
    return f"one of: {', '.join(map(str, allowed))}" if allowed else "leave it out"
