"""Open the store of a gateway that does not run, for as long as one command needs it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from gateway.bootstrap.plan import Plan, read_ground
from gateway.bootstrap.storing import open_store, store_of
from gateway.cli.ending import NOT_EVIDENCED, fail, well_configured
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.settings.read import Configured
from gateway.store.protocols import Store

Made = TypeVar("Made")


def in_the_store(configured: Configured, why: Exception, work: Callable[[Plan, Store], Awaitable[Made]]) -> Made:
    """What `work` makes of the store that `gateway.yaml` names. `why` no gateway answers is told where there is none.

    Ends the command where the store cannot be read, or where what is to be evidenced cannot be.
    """
    directory = configured.beside(configured.settings.data_dir)
    if configured.store is None and not directory.is_dir():
        fail(f"no gateway answers ({type(why).__name__}), and there is no {directory}")
    with well_configured():
        try:
            return asyncio.run(_opened(Path(configured.document.file), work))
        except StoreUnavailable:
            fail("the store cannot be read")
        except LogUnavailable:
            fail(NOT_EVIDENCED)


async def _opened(config: Path, work: Callable[[Plan, Store], Awaitable[Made]]) -> Made:
    plan = read_ground(config)
    store = store_of(plan)
    await open_store(store, plan)
    try:
        return await work(plan, store)
    finally:
        await store.close()
