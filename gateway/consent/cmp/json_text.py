"""Read JSON that strangers wrote, within bounds and without ever raising."""

import json
import re
from typing import Any, NamedTuple

from gateway.consent.cmp.text import MAX_TEXT, MAX_UNPACKED, unpacked, unquoted
from gateway.consent.cmp.written import gathered

MAX_DEPTH = 16

_STRINGS = re.compile(r'"(?>(?:[^"\\]|\\.)*)"', re.DOTALL)
_BEGINNINGS = ("{", "[", '"')


class Json(NamedTuple):
    """A value, and whether it is what was written: a field given twice leaves both readings open."""

    value: Any
    whole: bool


def read_json(text: str) -> Json | None:
    """The JSON in a cookie, be it raw, percent-encoded, in base64 or in gzip; None where there is none."""
    if len(text) > MAX_TEXT:
        return None
    plain, is_clean = unquoted(text)
    # A raw value keeps the percent signs in it; only what is no JSON as it stands can have been encoded.
    for candidate in (_as_utf8(text), plain if is_clean else None):
        if candidate is not None and candidate.startswith(_BEGINNINGS):
            found = parse(candidate)
            if found is not None:
                return found
    inner = unpacked(plain) if is_clean else None
    return parse(inner) if inner is not None else None


def parse(text: str) -> Json | None:
    """The JSON text as a value, its doubled fields as `Twice`; None where it is too long, too deep or none at all.

    What follows after the value leaves it readable, but not whole.
    """
    if len(text) > MAX_UNPACKED or _is_deep(text):
        return None
    doubled: list[bool] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields, once = gathered(pairs)
        if not once:
            doubled.append(True)
        return fields

    try:
        decoder = json.JSONDecoder(object_pairs_hook=collect, parse_constant=_refuse)
        value, end = decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return Json(value, whole=not doubled and not text[end:].strip())


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _as_utf8(text: str) -> str | None:
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None


def _is_deep(text: str) -> bool:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    depth = deepest = 0
    for sign in _STRINGS.sub("", text):
        depth += (sign in "{[") - (sign in "}]")
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH
