"""Say what is known of a value from around it."""

from typing import NamedTuple

from gateway.anonymise.scrub.keys import Key


class Context(NamedTuple):
    """What is known of a value from around it. `around` are the names it stands under, the nearest last.

    `written` says that a value without a name is what somebody wrote.
    """

    name: str = ""
    around: tuple[str, ...] = ()
    personal: bool = False
    depth: int = 0
    written: bool = False

    def deeper(self) -> "Context":
        """The same, one level further in."""
        return Context(self.name, self.around, self.personal, self.depth + 1, self.written)


class Named(NamedTuple):
    """What the name of a pair says: without its layers, what its value is, and what it is a part of."""

    name: str
    key: Key | None
    thing: str
    is_personal: bool
    is_suspicious: bool
