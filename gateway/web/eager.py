"""Run a coroutine at once and without a task of its own, which costs more than most hits do.

It may wait for nothing but futures of this loop: what needs a task around it (a time-out does) is given one where it is
called, by `asyncio.ensure_future`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Running(Generic[T]):
    """A coroutine on its way; `done` is told what it returned, or what it raised. It ends with the last future."""

    __slots__ = ("_coroutine", "_done")

    def __init__(self, coroutine: Coroutine[Any, None, T], done: Callable[[T | BaseException], None]) -> None:
        self._coroutine = coroutine
        self._done = done
        self._step()

    def _step(self, waited: "asyncio.Future[Any] | None" = None) -> None:
        """Go on to the next future, or to the end. What a future raised, the coroutine finds out for itself."""
        try:
            future = self._coroutine.send(None)
        except StopIteration as end:
            self._done(end.value)
        except BaseException as error:  # noqa: BLE001  whoever is told decides what becomes of it
            self._done(error)
        else:
            # What says to a future that somebody has begun to wait (asyncio's own tasks do the same).
            future._asyncio_future_blocking = False
            future.add_done_callback(self._step)
