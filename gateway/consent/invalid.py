"""What a decoder hands back instead of raising: a signal that is there, but cannot be read."""

from typing import NamedTuple


class Invalid(NamedTuple):
    """Why a signal could not be read, in a few words of our own; nothing of the signal itself is repeated."""

    reason: str
