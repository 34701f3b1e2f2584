"""Judge what stands behind `/users/` in a path."""

import re

from gateway.anonymise.scrub.keys import Key
from gateway.anonymise.scrub.labels import Label

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_PAGES = frozenset((
    "account", "activate", "add", "address", "admin", "all", "api", "change", "confirm", "create", "data",
    "delete", "details", "edit", "factor", "forgot", "found", "history", "in", "info", "invite", "key", "keys",
    "list", "log", "login", "logout", "manage", "me", "methods", "my", "new", "not", "on", "order", "orders",
    "out", "overview", "page", "pages", "password", "passwort", "payment", "preferences", "privacy", "profile",
    "register", "reset", "search", "security", "settings", "show", "sign", "team", "two", "up", "update",
    "verify", "view", "wish",
))  # fmt: skip

# What the segment in front says about a segment of a path.
BEHIND = {
    **{
        key: key
        for key in (Key.EMAIL, Key.PHONE, Key.IBAN, Key.NATIONAL_ID, Key.CARD, Key.IP, Key.TOKEN, Key.RECIPIENT)
    },
    # `/reset-password/…` is nobody's password, but what lets somebody set one.
    **dict.fromkeys((Key.MAYBE_TOKEN, Key.PASSWORD), Key.MAYBE_TOKEN),
}


def member(text: str) -> Label | None:
    """A name of two words, an identifier, or None for a page of the site."""
    words = [word for word in re.split(r"[-_. +']", text) if word]
    if _UUID.match(text) or (text.isdigit() and len(text) >= 3):
        return Label.USER_ID
    if not 1 <= len(words) <= 4 or any(word.casefold() in _PAGES for word in words):
        return None
    return _identifier(words[0]) if len(words) == 1 else _name(words)


def _name(words: list[str]) -> Label | None:
    named = all(map(str.isalpha, words[:-1])) and any(map(str.isalpha, words[-1]))
    return Label.PERSON_NAME if named else None


def _identifier(word: str) -> Label | None:
    return Label.USER_ID if len(word) >= 4 and "@" not in word and any(map(str.isdigit, word)) else None
