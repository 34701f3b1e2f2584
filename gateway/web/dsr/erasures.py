"""Tell where the journal of erasures ends, and have all of it applied again after a backup was restored."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.responses import Response

from gateway.dsr.journal import Told
from gateway.web.dsr.answers import JournalHead, Replayed
from gateway.web.dsr.endpoint import Act, said
from gateway.web.dsr.operation import Call
from gateway.web.dsr.scalars import shown


class Erasures(NamedTuple):
    """The acts. `read` waits for the disk, `replay` applies each erasure again and says how many there were."""

    read: Callable[[], Told]
    replay: Callable[[], Awaitable[int]]

    def acts(self) -> Mapping[str, Act]:
        """All of them, by the names of their operations."""
        return {"journal": self.head, "replay": self.again}

    async def head(self, call: Call) -> Response:
        """Where the journal ends."""
        told = await asyncio.to_thread(self.read)
        last = shown(told.entries[-1].at) if told.entries else None
        return said(JournalHead(journal=told.name, entries=len(told.entries), last_at=last))

    async def again(self, call: Call) -> Response:
        """Apply it."""
        return said(Replayed(replayed=await self.replay()))
