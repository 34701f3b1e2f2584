"""See what stands in a policy's file and in its pack's at this moment."""

from pathlib import Path
from typing import NamedTuple

from gateway.bootstrap.shipped import resolver
from gateway.bootstrap.trial import Texts
from gateway.marked_yaml import MAX_BYTES


class Glimpse(NamedTuple):
    """What was seen: the policy's text, None where there is none to be read, and its pack's, or nothing."""

    policy: str | None
    pack: str = ""


class Source:
    """One policy's file. Which pack belongs to it is known once its text was tried: `extends`. A text that nobody can
    read names none, so the one in force is remembered beside it.

    Contents are compared, not times: nothing that a file system does to times can hide a change.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.extends = ""
        self._in_force: Texts | None = None

    def look(self) -> Glimpse:
        """Read both. It blocks."""
        policy = _read(self.path)
        held = self._in_force
        extends = held.extends if held and policy == held.policy else self.extends
        return Glimpse(policy, self._pack(extends) if policy is not None and extends else "")

    def knows(self, texts: Texts) -> Glimpse:
        """What was tried belongs to this file: what must be seen for it to be unchanged."""
        self.extends = texts.extends
        return Glimpse(texts.policy, texts.pack)

    def holds(self, texts: Texts) -> Glimpse:
        """What is in force from here on: what must be seen for it to be there again."""
        self._in_force = texts
        return Glimpse(texts.policy, texts.pack)

    def _pack(self, extends: str) -> str:
        try:
            found = resolver(self.path)(extends)
        except (OSError, UnicodeDecodeError):
            found = None
        return found[0] if found else ""


def _read(path: Path) -> str | None:
    """The text of a file, as far as anybody would read it."""
    try:
        if not path.is_file():
            return None
        with path.open(encoding="utf-8") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, UnicodeDecodeError):
        return None
