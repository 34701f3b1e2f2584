"""Hold the operator's own patterns."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.anonymise.scrub.labels import Label


class OwnPattern(NamedTuple):
    """A pattern of the operator's, and what it finds. `name` is for people."""

    name: str
    pattern: re.Pattern[str]
    label: Label


class OwnPatterns(NamedTuple):
    """All of them. Mostly there are none, and looking costs nothing."""

    patterns: tuple[OwnPattern, ...] = ()

    def find(self, text: str) -> Iterator[tuple[int, int, Label]]:
        """Where they match; empty matches do not count."""
        for own in self.patterns:
            for found in own.pattern.finditer(text):
                if found.end() > found.start():
                    yield *found.span(), own.label
