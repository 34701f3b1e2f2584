"""Put together a value that a pixel sends in pieces."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from gateway.vendors.found import Found, Rule

HOLE = re.compile(r"\{([^{}]{1,60})\}")

_WAIT = "joined."


class Joined(NamedTuple):
    """`template` holds parameters in braces (`{scheme}//{host}{path}`); `read` checks the whole, `field` is what it is.

    A piece that is missing leaves nothing to join: half an address is none.
    """

    field: str
    template: str
    read: Callable[[str], Any]

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """The pieces, each with the place where it waits."""
        for name in _cut(self.template)[1::2]:
            yield name, Rule((_WAIT + name,), str)

    def settle(self, found: Found) -> None:
        """Give the field its value, where every piece is there and the whole can be read."""
        between, *rest = _cut(self.template)
        pieces = [found.take(_WAIT + name) for name in rest[::2]]
        if None in pieces:
            return
        value = self.read(between + "".join(f"{piece}{text}" for piece, text in zip(pieces, rest[1::2], strict=True)))
        if value is not None:
            found.give(self.field, value)


@cache
def _cut(template: str) -> list[str]:
    """What stands between the holes, and their names, in turns."""
    return HOLE.split(template)
