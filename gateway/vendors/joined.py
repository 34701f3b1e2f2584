"""Put together a value that a pixel sends in pieces."""

import re
from collections.abc import Callable, Iterator
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
        for name in HOLE.findall(self.template):
            yield name, Rule((_WAIT + name,), str)

    def settle(self, found: Found) -> None:
        """Give the field its value, where every piece is there and the whole can be read."""
        pieces = {name: found.take(_WAIT + name) for name in HOLE.findall(self.template)}
        if None in pieces.values():
            return
        value = self.read(HOLE.sub(lambda hole: pieces[hole[1]], self.template))
        if value is not None:
            found.give(self.field, value)
