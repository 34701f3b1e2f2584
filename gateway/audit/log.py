"""Say what a log of evidence promises, whatever it is kept in."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Row(NamedTuple):
    """A leaf as it is kept."""

    place: int
    leaf: bytes
    hash: bytes


class Kept(NamedTuple):
    """Everything that is kept of a log. `checkpoints` are size, signed note and packed edge."""

    origin: str
    rows: Sequence[Row]
    checkpoints: Sequence[tuple[int, str, bytes]]


class Log(Protocol):
    """Leaves in the order they were written, and checkpoints over them. Every method may wait for a disk.

    LogUnavailable from each of them where the log cannot be read or written; then nothing was written.
    """

    def append(self, leaf: bytes) -> int:
        """Return when the leaf is durable; its index."""

    def checkpoint(self) -> str | None:
        """Sign what is there. The signed note; None where the last one covers everything."""

    def last(self, act: str) -> Mapping[str, Any] | None:
        """What the latest leaf of an act says."""

    def close(self) -> None:
        """Let go of it. It opens itself again when it is asked for something."""
