"""Take apart a value that holds parameters of its own, as the vendor packed them."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from gateway.errors import BadRequest
from gateway.vendors.query import MAX_PARAMETERS, MAX_VALUES, inner_pairs, json_pairs, pairs

_SEGMENT = re.compile(r"\[([^\]]*)\]|([^/:\[\]]{1,60}):([^/\[\]]*)")

Unpack = Callable[[str], list[tuple[str, str]]]


def _query(text: str) -> Iterator[tuple[str, str]]:
    """`em=1&ph=2`, encoded once more than what it came in."""
    return inner_pairs(text.removeprefix("?"))


def _semicolons(text: str) -> Iterator[tuple[str, str]]:
    """`src=1;type=a`, as in a path; already decoded."""
    return _split(text, ";", "=")


def _tildes(text: str) -> Iterator[tuple[str, str]]:
    """`tv.1~em.0a1b~pn.2c3d`, the token of Google's enhanced conversions."""
    return _split(text, "~", ".")


def _json(text: str) -> Iterator[tuple[str, str]]:
    """The scalars of a JSON text by dotted path."""
    return json_pairs(text.encode("utf-8", "surrogatepass"))


def _base64_json(text: str) -> Iterator[tuple[str, str]]:
    """JSON, plain or in base64 of either alphabet, padded or not; a plus that a form made a space is one again."""
    if text[:1] in ("{", "["):
        return _json(text)
    return json_pairs(_from_base64(text))


def _base64_query(text: str) -> Iterator[tuple[str, str]]:
    """`a=1&b=2` in base64 of either alphabet."""
    return pairs(_from_base64(text).decode("latin-1"))


def _from_base64(text: str) -> bytes:
    plain = text.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(400, "not base64") from None


def _split(text: str, between: str, after: str) -> Iterator[tuple[str, str]]:
    parts = text.split(between)
    if len(parts) > MAX_PARAMETERS:
        raise BadRequest(400, f"more than {MAX_PARAMETERS} parameters")
    for part in parts:
        name, found, value = part.partition(after)
        if name and found:
            yield name, value


def _bars(text: str) -> Iterator[tuple[str, str]]:
    """Rows of `a|b|c` with line ends between: `0.0`, `0.1`, `0.2`, then `1.0`."""
    return _rows([row.split("|") for row in text.replace("\r", "").split("\n") if row])


def _products(text: str) -> Iterator[tuple[str, str]]:
    """Adobe's `;sku;1;9.95,;sku2;2;5`: rows with commas between, values with semicolons."""
    return _rows([row.split(";") for row in text.split(",")])


def _underscores(text: str) -> Iterator[tuple[str, str]]:
    """RTB House's `pr_account_offer_sku`: `0`, `1`, `2`, `3`."""
    yield from ((name.removeprefix("0."), value) for name, value in _rows([text.split("_")]))


def _rows(rows: list[list[str]]) -> Iterator[tuple[str, str]]:
    if sum(map(len, rows)) > MAX_VALUES:
        raise BadRequest(400, f"more than {MAX_VALUES} values")
    for number, row in enumerate(rows):
        for index, value in enumerate(row):
            yield f"{number}.{index}", value


def _segments(text: str) -> Iterator[tuple[str, str]]:
    """`a:1/b:2/[c:3/d:4]` of a path, already decoded: `a`, `b`, and `items.0.c` of the first bracket."""
    group = 0
    for index, found in enumerate(_SEGMENT.finditer(text)):
        if index == MAX_PARAMETERS:
            raise BadRequest(400, f"more than {MAX_PARAMETERS} parameters")
        inner, name, value = found.groups()
        if inner is None:
            yield name, value
            continue
        for piece in _split(inner, "/", ":"):
            yield f"items.{group}.{piece[0]}", piece[1]
        group += 1


def _whole(unpack: Callable[[str], Iterator[tuple[str, str]]]) -> Unpack:
    """All or nothing: what breaks off in the middle was packed some other way, and tells nothing."""

    def read(text: str) -> list[tuple[str, str]]:
        try:
            return list(unpack(text))
        except BadRequest:
            return []

    return read


# What `unpack:` may name in a manifest.
PACKINGS: dict[str, Unpack] = {
    name: _whole(unpack)
    for name, unpack in {
        "query": _query,
        "semicolons": _semicolons,
        "segments": _segments,
        "bars": _bars,
        "products": _products,
        "tildes": _tildes,
        "json": _json,
        "base64_json": _base64_json,
        "base64_query": _base64_query,
        "underscores": _underscores,
    }.items()
}
