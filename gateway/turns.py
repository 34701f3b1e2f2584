"""Work through many things without keeping the event loop to oneself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")

# A millisecond's work at most: whoever waits for an answer meanwhile waits no longer than that.
_AT_ONCE = 16
_PIECE = 64


async def by_turns(things: Sequence[T]) -> AsyncIterator[T]:
    """One after the other; after every few of them it is somebody else's turn."""
    for at, thing in enumerate(things):
        if at % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(0)
        yield thing


async def pieces(things: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """Some of them after others, for what is little work for each; between two pieces it is somebody else's turn."""
    for at in range(0, len(things), _PIECE):
        if at:
            await asyncio.sleep(0)
        yield things[at : at + _PIECE]
