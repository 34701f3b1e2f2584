"""Measure what a text costs: CPU time and memory."""

import tracemalloc

from tests.measure import seconds

MILLISECONDS, MEBIBYTES = 5, 8


def milliseconds(function, text, limit=MILLISECONDS):
    """The least CPU time of some runs; one run where that is within the limit."""
    return seconds(function, text, enough=limit / 1000) * 1000


def mebibytes(function, text):
    """The most memory that was held at one time, beyond what was held before."""
    tracemalloc.start()
    function(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20
