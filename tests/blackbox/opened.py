"""What a gateway has sealed, for who has its root key: the events in a copy of its directory, or in its server."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from gateway.bootstrap.plan import read_ground
from gateway.bootstrap.storing import store_of, wrapping
from gateway.event import Event
from gateway.store.protocols import Store
from gateway.store.sqlite.engine import SqliteStore

_ALL, _LATE = 1_000_000, 1e10


def opened(config: Path, data: Path) -> list[Event]:
    """Every event, queued or dead, of a gateway with this configuration, which may be running; in a server they are lent
    to nobody else for a second."""
    plan = read_ground(config)
    if plan.configured.store is not None:
        return asyncio.run(_events(store_of(plan)))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data, copy)
        return asyncio.run(_events(SqliteStore(copy, wrapping(plan))))


async def _events(store: Store) -> list[Event]:
    await store.open()
    try:
        bodies = []
        for depth in await store.depths():
            bodies += [lease.body for lease in await store.lease(depth.destination, _ALL, _LATE, 1.0)]
        for destination in {name for name, _ in await store.buried()}:
            bodies += [letter.body for letter in await store.browse(destination, _ALL)]
    finally:
        await store.close()
    return [Event.from_json(body) for body in bodies]
