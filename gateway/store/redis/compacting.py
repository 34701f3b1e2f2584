"""Have the servers write their files anew, without what was deleted, and watch until they have.

What a server tells of it: https://redis.io/docs/latest/commands/info/ (persistence). Replicas have files of their own.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from gateway.errors import StoreUnavailable
from gateway.store.protocols import Compaction
from gateway.store.redis.line import Line
from gateway.store.redis.servers import command

# A large file takes its time; after this long nobody watches any more.
LONGEST_SECONDS = 600.0
_LOOK_SECONDS = 0.1


class _File(NamedTuple):
    """A file of a server: what makes it anew, and what INFO calls that while it lasts, while it waits, and its end."""

    name: str
    order: str
    busy: str
    scheduled: str
    status: str


_AOF = _File("aof", "BGREWRITEAOF", "aof_rewrite_in_progress", "aof_rewrite_scheduled", "aof_last_bgrewrite_status")
_RDB = _File("rdb", "BGSAVE", "rdb_bgsave_in_progress", "", "rdb_last_bgsave_status")


async def compact(line: Line) -> Compaction:
    """All of the servers, one after the other. StoreUnavailable where one is away."""
    if line.why:
        raise StoreUnavailable(line.why)
    found = [await _Server(line, client).compact() for client in line.servers.all()]
    return Compaction(all(each.done for each in found), "; ".join(dict.fromkeys(each.evidence for each in found)))


class _Server:
    def __init__(self, line: Line, client: Redis) -> None:
        self._line = line
        self._client = client
        self._until = time.monotonic() + LONGEST_SECONDS

    async def compact(self) -> Compaction:
        about = await self._about()
        files = [_AOF] if about.get("aof_enabled") else []
        if await self._saves():
            files.append(_RDB)
        done = [await self._written(each) for each in files] or [Compaction(True, "the server keeps no files")]
        replicas = int(about.get("connected_slaves", 0))
        if replicas:
            done.append(Compaction(False, f"{replicas} replicas write their files anew at a time of their own"))
        return Compaction(all(each.done for each in done), ", ".join(each.evidence for each in done))

    async def _written(self, file: _File) -> Compaction:
        """Write one file anew, after what already is under way: that may have begun before the deletion."""
        try:
            await self._idle()
            await self._ask(file.order)
            # The answer comes when it has begun, or is to begin when something else has ended.
            about = await self._idle()
        except TimeoutError:
            return Compaction(False, f"{file.name}: not done within {LONGEST_SECONDS:.0f} s")
        except NoPermissionError:
            return Compaction(False, f"{file.name}: the server does not let us ask for {file.order}")
        except ResponseError:
            return Compaction(False, f"{file.name}: the server refuses {file.order}")
        if about.get(file.status) != "ok":
            return Compaction(False, f"{file.name}: the server failed to write it")
        clock = datetime.fromtimestamp(int(about.get("server_time_usec", 0)) // 1_000_000, UTC)
        return Compaction(True, f"{file.name} written anew {clock:%Y-%m-%dT%H:%M:%SZ}")

    async def _idle(self) -> Mapping[str, Any]:
        """What the server tells when it is writing no file anew."""
        while time.monotonic() < self._until:
            about = await self._about()
            words = [word for file in (_AOF, _RDB) for word in (file.busy, file.scheduled) if word]
            if not any(about.get(word) for word in words):
                return about
            await asyncio.sleep(_LOOK_SECONDS)
        raise TimeoutError

    async def _saves(self) -> bool:
        """Whether it writes snapshots; where it does not say, it may."""
        try:
            found: Mapping[Any, Any] = await self._ask("CONFIG GET", "save")
        except (NoPermissionError, ResponseError):
            return True
        return any(found.values())

    async def _about(self) -> Mapping[str, Any]:
        about: Mapping[str, Any] = await self._ask("INFO")
        return about

    async def _ask(self, *words: str) -> Any:
        """What it answers. ResponseError where it refuses, StoreUnavailable where it is away."""
        try:
            return await self._line.reach(partial(command, *words, client=self._client), again=False)
        except StoreUnavailable as error:
            if isinstance(error.__cause__, ResponseError):
                raise error.__cause__ from None
            raise
