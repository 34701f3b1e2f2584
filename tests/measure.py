"""Measure what a piece of work costs, on a machine that does other things at the same time."""

import gc
import time
from collections.abc import Callable

TRIES = 9


def seconds(work: Callable[..., object], *arguments: object, tries: int = TRIES, enough: float = 0.0) -> float:
    """The least CPU time of this thread of some runs; no more runs where one took no longer than what is enough.

    The least, because whatever else a machine does can only make a run slower; without the collector of garbage, whose
    pause belongs to whoever left the garbage.
    """
    least = float("inf")
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(tries):
            started = time.thread_time()
            work(*arguments)
            least = min(least, time.thread_time() - started)
            if least <= enough:
                break
    finally:
        if collecting:
            gc.enable()
    return least
