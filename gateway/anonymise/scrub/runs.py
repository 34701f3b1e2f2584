"""Find the stretches of a text that are mostly digits, once for all who look for numbers there."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.anonymise.scrub.announced import BESIDE

BEHIND = 24  # how far behind its last digit a number may reach: an extension, and what must not follow
_RUN = re.compile(r"[0-9](?>(?:[ ()./:+\u00a0-]{0,4}[0-9]){5,})")
_GROUP = re.compile(r"[0-9]+")


class Run(NamedTuple):
    """Six digits or more with no more than four signs of writing between two of them."""

    start: int
    end: int
    digits: int


def runs(text: str) -> list[Run]:
    """All of them, from left to right. No number of six digits or more stands anywhere else."""
    return [Run(*found.span(), _digits(found[0])) for found in _RUN.finditer(text)]


def _digits(run: str) -> int:
    return len(run) if run.isdecimal() else sum(map(len, _GROUP.findall(run)))


def starts(found: list[Run]) -> list[int]:
    """Where they begin, if a word stands before one of them."""
    return [run.start for run in found if run.start]


def within(pattern: re.Pattern[str], text: str, found: list[Run], fewest: int) -> Iterator[re.Match[str]]:
    """Where `pattern` matches in the stretches of at least so many digits, from left to right, without overlaps."""
    for run in found:
        if run.digits >= fewest:
            for match in pattern.finditer(text, max(0, run.start - BESIDE), run.end + BEHIND):
                if match.start() >= run.end:
                    break
                yield match
