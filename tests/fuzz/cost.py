"""Measure what a text costs: CPU time and memory."""

import time
import tracemalloc

MILLISECONDS, MEBIBYTES = 5, 8
# A machine that does other things at the same time makes single runs slow; the least of a few is what the text costs.
TRIES = 9


def milliseconds(function, text, limit=MILLISECONDS):
    """The least CPU time of some runs; one run where that is within the limit."""
    least = float("inf")
    for _ in range(TRIES):
        started = time.thread_time()
        function(text)
        least = min(least, (time.thread_time() - started) * 1000)
        if least <= limit:
            break
    return least


def mebibytes(function, text):
    """The most memory that was held at one time, beyond what was held before."""
    tracemalloc.start()
    function(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20
