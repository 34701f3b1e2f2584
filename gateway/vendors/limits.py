"""Keep an event within what its vendor takes: cut what is too long, leave out what may not be cut, and so many of each.

A limit belongs to a place of the event as the manifest maps it (`out.params.*`): `cut` is the most characters of a
text, `omit_over` the same for one that must stay whole or stay away, `most` the most elements of a list or keys.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Limit(NamedTuple):
    """What one place may hold; 0 means no limit. `*` in its path stands for every key or element there."""

    path: tuple[str, ...]
    cut: int = 0
    omit_over: int = 0
    most: int = 0


def compile_limits(given: Mapping[str, Mapping[str, int]]) -> tuple[Limit, ...]:
    """The limits of a mapping from places to what they may hold."""
    return tuple(Limit(tuple(path.split(".")[1:]), **dict(limit)) for path, limit in given.items())


def limited(payload: Mapping[str, Any], limits: Iterable[Limit]) -> dict[str, Any]:
    """The event within its limits. What was given stays as it is: parts of it may be the queue's."""
    value: Any = payload
    for limit in limits:
        value = _at(value, limit.path, limit)
    return value if isinstance(value, dict) else {}


def _at(value: Any, path: tuple[str, ...], limit: Limit) -> Any:
    if not path:
        return _within(value, limit)
    step, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        pairs = ((key, _at(part, rest, limit) if step in ("*", key) else part) for key, part in value.items())
        return {key: part for key, part in pairs if part is not None}
    if isinstance(value, list) and step == "*":
        return [part for each in value if (part := _at(each, rest, limit)) is not None]
    return value


def _within(value: Any, limit: Limit) -> Any:
    if isinstance(value, str):
        if limit.omit_over and len(value) > limit.omit_over:
            return None
        return value[: limit.cut] if limit.cut else value
    if limit.most and isinstance(value, list):
        return value[: limit.most]
    if limit.most and isinstance(value, Mapping):
        return dict(list(value.items())[: limit.most])
    return value
