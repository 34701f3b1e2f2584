"""Have every record of consent in the log of evidence by its digest, many at a time: a choice waits for no log."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from gateway.audit.leaf import canonical

# So many digests stand in one leaf.
MOST = 64


class Consented:
    """Gathers digests. `note` is told those of one leaf."""

    def __init__(self, note: Callable[[list[str]], None]) -> None:
        self._note = note
        self._waiting: list[str] = []

    def add(self, record: Mapping[str, Any]) -> None:
        """A record that is durable now."""
        self._waiting.append(digest_of(record))
        if len(self._waiting) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Have written what was gathered."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._note(waiting)


def digest_of(record: Mapping[str, Any]) -> str:
    """What the log holds of a record: the SHA-256 of its one spelling (RFC 8785), 64 hexadecimal digits. Ids and salt
    of a record are random, so that it tells nothing to whoever does not have the record."""
    return hashlib.sha256(canonical(record)).hexdigest()
