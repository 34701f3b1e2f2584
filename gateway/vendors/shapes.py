"""What a value of a file may look like: small checks put together, each finding told at its place."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gateway.errors import Finding
from gateway.marked_yaml import Document, Path
from gateway.vendors.expressions import near

Shape = Callable[[Any, Path, Document], Iterator[Finding]]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def wrong(document: Document, at: Path, code: str, message: str, hint: str = "") -> Finding:
    """A finding at the value of a path."""
    return Finding(document.file, *document.at(at), code, message, hint)


def anything(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """Any value; it is compiled or only shown."""
    yield from ()


def text(pattern: str = "", what: str = "text") -> Shape:
    """Text, of a given pattern."""
    compiled = re.compile(pattern or ".*", re.DOTALL)

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield wrong(document, at, "M001", f"must be {what}")

    return check


def scalar(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """Text or a number; versions and dates look like either."""
    if isinstance(value, bool | list | dict) or value is None:
        yield wrong(document, at, "M001", "must be text or a number")


def whole(value: Any, at: Path, document: Document) -> Iterator[Finding]:
    """A whole number from 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        yield wrong(document, at, "M001", "must be a whole number from 1")


def one_of(words: Sequence[Any]) -> Shape:
    """One of a closed list."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if isinstance(value, dict | list) or not any(type(value) is type(word) and value == word for word in words):
            hint = near(str(value), [str(word) for word in words]) or ", ".join(str(word) for word in words)
            yield wrong(document, at, "M001", f'"{value}" is not known here', hint)

    return check


def list_of(shape: Shape, least: int = 0) -> Shape:
    """A list of things of one shape."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, list) or len(value) < least:
            yield wrong(document, at, "M001", "must be a list" + (f" of at least {least}" if least else ""))
            return
        for index, item in enumerate(value):
            yield from shape(item, (*at, index), document)

    return check


def one_or_list(shape: Shape) -> Shape:
    """A thing, or a list of them."""
    many = list_of(shape, 1)
    return lambda value, at, document: (many if isinstance(value, list) else shape)(value, at, document)


def map_of(shape: Shape, key: Shape = anything) -> Shape:
    """A mapping from names to things of one shape."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield wrong(document, at, "M001", "must be a mapping")
            return
        for name, inner in value.items():
            yield from key(name, (*at, name), document)
            yield from shape(inner, (*at, name), document)

    return check


def record(fields: Mapping[str, Shape], required: Sequence[str] = ()) -> Shape:
    """A mapping with these keys and no others."""

    def check(value: Any, at: Path, document: Document) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield wrong(document, at, "M001", "must be a mapping")
            return
        for name in required:
            if name not in value:
                yield wrong(document, at, "M001", f'"{name}" is missing')
        for name, inner in value.items():
            if name in fields:
                yield from fields[name](inner, (*at, name), document)
            else:
                place = document.key_at((*at, name))
                yield Finding(document.file, *place, "M002", f'unknown key "{name}"', near(name, fields))

    return check


duration = text("[0-9]{1,5}[smhd]", "a duration such as 72h or 7d")


def seconds(written: str) -> int:
    """`72h` in seconds."""
    return int(written[:-1]) * _SECONDS[written[-1]]
