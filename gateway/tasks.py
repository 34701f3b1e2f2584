"""End tasks that would go on for ever."""

import asyncio
from collections.abc import Iterable

# Longer than whatever a task does about its end, which must not be cancelled too.
AGAIN_SECONDS = 5.0


async def end(tasks: Iterable[asyncio.Task[None] | None]) -> None:
    """Cancel tasks, and return when all have ended, whatever they end with.

    They are cancelled until they do: a cancellation that comes at the moment when a time-out expires may be lost on its
    way, in `asyncio.wait_for` before Python 3.12 and in what redis-py takes for its time-outs before 3.11.3.
    """
    left = {task for task in tasks if task}
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled():
                task.exception()  # or Python complains that nobody asked
