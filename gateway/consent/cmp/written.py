"""What stands in the cookies of a platform, and how a place in it is named.

A place is a path such as `purposes.enabled`. A step takes the field of an object, the item of a list, or the part of a
text with commas or bars; `*` takes every field. A path that begins with `@` and the name of a companion looks into that
cookie.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_BETWEEN = re.compile(r"[,|]")


class Twice(tuple[Any, ...]):
    """The values of a field that is given more than once."""

    __slots__ = ()


class Written(NamedTuple):
    """What a cookie holds, as objects, lists and scalars, and the texts of its companions by name (or pattern).

    `whole` is whether all of it could be read.
    """

    tree: Any
    companions: Mapping[str, Sequence[str]] = {}
    whole: bool = True


class Place(NamedTuple):
    """Where something stands: in a companion or, without one, in the cookie itself."""

    companion: str
    steps: tuple[str, ...]

    @classmethod
    def of(cls, path: str) -> "Place":
        """The place a path names."""
        first, *rest = path.split(".") if path else [""]
        if first.startswith("@"):
            return cls(first[1:], tuple(rest))
        return cls("", (first, *rest) if path else ())

    def values(self, written: Written) -> list[Any]:
        """Everything that stands there; nothing where the path leads nowhere."""
        tree = written.tree
        if len(self.steps) == 1 and not self.companion and type(tree) is dict and self.steps[0] != "*":
            # By far the most places are a field of the cookie itself.
            value = tree.get(self.steps[0], _NOTHING)
            return list(value) if type(value) is Twice else [] if value is _NOTHING else [value]
        found: list[Any] = list(written.companions.get(self.companion, ())) if self.companion else [written.tree]
        for step in self.steps:
            found = [inner for value in found for inner in _step(value, step)]
        return [single for value in found for single in (value if isinstance(value, Twice) else (value,))]


_NOTHING = object()


def _step(value: Any, step: str) -> Iterator[Any]:
    if isinstance(value, Twice):
        for each in value:
            yield from _step(each, step)
    elif isinstance(value, Mapping):
        if step == "*":
            yield from value.values()
        elif step in value:
            yield value[step]
    elif step.isdigit() and isinstance(value, str | list):
        parts = _BETWEEN.split(value) if isinstance(value, str) else value
        yield from parts[int(step) : int(step) + 1]


def gathered(pairs: Sequence[tuple[str, Any]]) -> tuple[dict[str, Any], bool]:
    """The pairs as an object, and whether each name was there once; what was there more often is `Twice`."""
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields, True
    listed: dict[str, list[Any]] = {}
    for name, value in pairs:
        listed.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else Twice(values) for name, values in listed.items()}, False
