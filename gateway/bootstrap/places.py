"""Keep the databases of places in step with their files while hits are placed."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.bootstrap.geo import Unusable, files_of, open_database, unusable
from gateway.region.databases import Databases, Source
from gateway.settings.read import Configured
from gateway.telemetry import found, log


class Sight(NamedTuple):
    """What tells one version of a file from another; the file behind a link, where it is one."""

    inode: int
    size: int
    changed: int


class Refreshing:
    """Looks at the operator's files and puts what is new and whole in the place of what was there.

    A file counts as whole once two looks have seen the same of it. What cannot be used changes nothing, and is told.
    `fault` is told what nobody expected.
    """

    def __init__(self, configured: Configured, databases: Databases, fault: Callable[[BaseException], None]) -> None:
        self._configured = configured
        self._databases = databases
        self._fault = fault
        self._files = files_of(configured)
        self._used = {name: _sight(path) for name, path in self._files.items()}
        self._seen = dict(self._used)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while self._files:
            await asyncio.sleep(self._configured.settings.reload_every)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - a fault ends one look, never the looking
                self._fault(error)

    async def look(self) -> None:
        """Look once."""
        for name, path in self._files.items():
            before, now = self._seen[name], _sight(path)
            self._seen[name] = now
            if now is not None and now == before and now != self._used[name]:
                self._used[name] = now
                await self._take(name)

    async def _take(self, name: Source) -> None:
        try:
            database = await asyncio.to_thread(open_database, self._configured, name)
        except Unusable as error:
            found(unusable(self._configured, name, error))
            return
        sources = self._databases.sources
        for at, each in enumerate(sources):
            if each.name == name and database is not None:
                sources[at] = database
                log("places", file=str(self._files[name]))


def _sight(path: Path) -> Sight | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return Sight(seen.st_ino, seen.st_size, seen.st_mtime_ns)
