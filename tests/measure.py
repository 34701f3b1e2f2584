"""Measure what a piece of work costs, on a machine that does other things at the same time."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

TRIES = 9

T = TypeVar("T")


def best(run: Callable[[int], T], good: Callable[[T], bool], tries: int = 3) -> T:
    """What the first good run shows, given its number, or the last of some: what else a machine does at the same time
    makes a run worse, and does not do so again and again. What must hold whatever happens belongs into the run."""
    shown = run(0)
    for number in range(1, tries):
        if good(shown):
            break
        shown = run(number)
    return shown


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
