"""Name what a process does, and which secrets it may hold for that."""

from enum import StrEnum


class Role(StrEnum):
    """A collector takes hits and leaves their events in the store; a worker delivers what is there."""

    ALL = "all"
    COLLECTOR = "collector"
    WORKER = "worker"

    @property
    def collects(self) -> bool:
        """Whether it meets visitors: it needs the keys of cookies and pseudonyms, and the salt of the day."""
        return self is not Role.WORKER

    @property
    def delivers(self) -> bool:
        """Whether it speaks to vendors: it needs their tokens."""
        return self is not Role.COLLECTOR
