"""End a gateway again and again under load, and start it again at once."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.blackbox.driver import Driver, Entry

SECONDS_A_CRASH = 20.0


class Crashes(NamedTuple):
    """How often, after how many seconds each, and how: `end` returns when all is dead, `begin` when all is ready again."""

    times: int
    gap: tuple[float, float]
    end: Callable[[], object]
    begin: Callable[[], object]


async def crashed(driver: Driver, crashes: Crashes) -> tuple[list[Entry], int]:
    """Drive, and meanwhile end and begin; return the books, and how often that was."""
    load = asyncio.create_task(driver.run())
    began, done = time.monotonic(), 0
    try:
        while done < crashes.times and time.monotonic() - began < crashes.times * SECONDS_A_CRASH:
            await asyncio.sleep(random.uniform(*crashes.gap))
            crashes.end()
            done += 1
            await asyncio.to_thread(crashes.begin)
        await asyncio.sleep(1)  # some load after the last crash
    finally:
        driver.stop()
        entries = await load
    return entries, done
