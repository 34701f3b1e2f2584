"""Compact the store's files once for all erasures that wait for it, and never while one of them is at work."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.store.protocols import Compaction

# What else is about to be erased may come along.
_COMPANY_SECONDS = 0.25


class Compacting:
    """Whoever erases holds `alone`, and asks for `done` when it has."""

    def __init__(self, compact: Callable[[], Awaitable[Compaction]]) -> None:
        self.alone = asyncio.Lock()
        self._compact = compact
        self._next: asyncio.Task[Compaction] | None = None

    async def done(self) -> Compaction:
        """What came of a compaction that began after this was asked."""
        if self._next is None:
            self._next = asyncio.create_task(self._run(), name="compaction")
            self._next.add_done_callback(_seen)
        return await asyncio.shield(self._next)

    async def _run(self) -> Compaction:
        await asyncio.sleep(_COMPANY_SECONDS)
        async with self.alone:
            self._next = None  # who asks from now on has perhaps erased something meanwhile
            return await self._compact()


def _seen(task: asyncio.Task[Compaction]) -> None:
    """Where everybody who waited has given up, nobody need be told what came of it."""
    if not task.cancelled():
        task.exception()
