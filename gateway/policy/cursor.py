"""Walk a marked document and report what is wrong at the place where it stands."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path
from gateway.policy.model import Place

_FLAGS = {True: True, False: False, "yes": True, "no": False}


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A hint with the nearest of `candidates`, or nothing."""
    near = difflib.get_close_matches(word, list(candidates), n=1)
    return f'did you mean "{near[0]}"?' if near else ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """One value of a document, with the path to it. What it cannot accept becomes a finding of the document."""

    document: Document
    path: Path
    value: Any

    @property
    def place(self) -> Place:
        """Where the value begins."""
        return Place(self.document.file.rpartition("/")[2], *self.document.at(self.path))

    @property
    def key_place(self) -> Place:
        """Where the key of the value begins."""
        return Place(self.document.file.rpartition("/")[2], *self.document.key_at(self.path))

    def fail(self, code: str, message: str, hint: str = "") -> None:
        """Report an error at the value."""
        self.document.findings.append(Finding(self.document.file, *self.place[1:], code, message, hint))

    def fail_key(self, code: str, message: str, hint: str = "") -> None:
        """Report an error at the key of the value."""
        self.document.findings.append(Finding(self.document.file, *self.key_place[1:], code, message, hint))

    def get(self, key: str) -> "Cursor | None":
        """The value of a key of this mapping, or None where the key is missing."""
        if not isinstance(self.value, dict) or key not in self.value:
            return None
        return Cursor(self.document, (*self.path, key), self.value[key])

    def mapping(self) -> "dict[str, Cursor]":
        """The entries of a mapping; for anything else an error and none."""
        if not isinstance(self.value, dict):
            self.fail("P004", f"{self.called()} must be a mapping", "like  key: value")
            return {}
        return {key: Cursor(self.document, (*self.path, key), value) for key, value in self.value.items()}

    def sequence(self) -> "list[Cursor]":
        """The items of a list; for anything else an error and none."""
        if not isinstance(self.value, list):
            self.fail("P004", f"{self.called()} must be a list", "like  [one, two]")
            return []
        return [Cursor(self.document, (*self.path, index), value) for index, value in enumerate(self.value)]

    def text(self) -> str:
        """A text; for anything else an error and the empty text."""
        if isinstance(self.value, str):
            return self.value
        self.fail("P004", f"{self.called()} must be text", "put it in quotes")
        return ""

    def texts(self) -> "list[tuple[str, Cursor]]":
        """The texts of a list, each with its place."""
        return [(item.value, item) for item in self.sequence() if item.text()]

    def flag(self) -> bool:
        """A yes or no, as true, false, yes or no; for anything else an error and no."""
        if isinstance(self.value, bool | str) and self.value in _FLAGS:
            return _FLAGS[self.value]
        self.fail("P004", f"{self.called()} must be yes or no")
        return False

    def word(self, options: Iterable[str], code: str = "P004") -> str:
        """One of a few words; for anything else an error and the empty text."""
        options = tuple(options)
        if isinstance(self.value, str) and self.value in options:
            return self.value
        hint = did_you_mean(str(self.value), options) or f"one of: {', '.join(options)}"
        self.fail(code, f'"{self.value}" is not a value of {self.called()}', hint)
        return ""

    def called(self) -> str:
        """The key by which the value is known."""
        names = [part for part in self.path if isinstance(part, str)]
        return names[-1] if names else "the document"


def known(cursor: Cursor, keys: Iterable[str], where: str, later: Iterable[str] = ()) -> None:
    """Report keys that are not among `keys` (P001); those among `later` belong to the format but do nothing yet."""
    keys, later = tuple(keys), frozenset(later)
    for name, entry in cursor.mapping().items():
        if name in later:
            hint = "take it out: what it asks for would not be done"
            entry.fail_key("P001", f'key "{name}" in {where} is known, but this version does not act on it', hint)
        elif name not in keys:
            entry.fail_key("P001", f'unknown key "{name}" in {where}', did_you_mean(name, keys))
