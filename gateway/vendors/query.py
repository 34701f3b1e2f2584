"""Read query strings and form bodies strictly: each percent sign is resolved exactly once, or the request is refused.

WHATWG URL, section 5.1 (application/x-www-form-urlencoded parsing), except that what it would repair is an error here.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_to_bytes

from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse

MAX_PARAMETERS = 200
MAX_VALUES = 4000  # of a JSON text, which may hold a batch of events

# A percent sign that spells no printable ASCII. Few requests have one, and only they can have one of those below.
_RARE_PERCENT = re.compile(r"%(?![2-7][0-9A-Fa-f])")
# A percent sign without two hexadecimal digits, or one that spells NUL.
_BAD_PERCENT = re.compile(r"%(?:00|(?![0-9A-Fa-f]{2}))")
_HIGH_PERCENT = re.compile(r"%[89A-Fa-f]")

# Two hexadecimal digits in either case -> the character, where it is one byte of UTF-8.
_ASCII = {form: chr(code) for code in range(128) for form in (f"{code:02x}", f"{code:02X}")}


def checked(text: str) -> str:
    """Text of a request (latin-1 decoded bytes), proven readable: real UTF-8, sound percent signs, no NUL."""
    if not text.isascii():
        text = _utf8(text.encode("latin-1"))
    rare = _RARE_PERCENT.search(text)
    if "\0" in text or (rare and _BAD_PERCENT.search(text, rare.start())):
        raise BadRequest(400, "a percent sign or NUL that cannot be read")
    if rare and _HIGH_PERCENT.search(text, rare.start()):
        # Separators are ASCII, so the whole is UTF-8 exactly when each of its values is.
        _utf8(unquote_to_bytes(text))
    return text


def split(text: str) -> list[str]:
    """The parameters of checked text, still encoded. At most MAX_PARAMETERS of them."""
    pairs = text.split("&")
    if len(pairs) > MAX_PARAMETERS:
        raise BadRequest(400, f"more than {MAX_PARAMETERS} parameters")
    return pairs


def decode(value: str) -> str:
    """One name or value of checked text, decoded once."""
    if "+" in value:
        value = value.replace("+", " ")
    if "%" not in value:
        return value
    # What makes up most of an encoded URL; none of it can complete another sequence.
    value = value.replace("%2F", "/").replace("%3A", ":").replace("%3F", "?").replace("%3D", "=").replace("%26", "&")
    if "%" not in value:
        return value
    head, *rest = value.split("%")
    try:
        return head + "".join([_ASCII[part[:2]] + part[2:] for part in rest])
    except KeyError:
        return unquote_to_bytes(value).decode()


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """The decoded parameters of a query, in order. `amp;` in front of a name is an ampersand escaped once too often."""
    for pair in split(checked(text)):
        name, _, value = pair.partition("=")
        name = decode(name).removeprefix("amp;")
        if name:
            yield name, decode(value)


def inner_pairs(text: str) -> Iterator[tuple[str, str]]:
    """The parameters of a query that stood within a value, which is decoded once already."""
    return pairs(text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1"))


def json_pairs(body: bytes) -> Iterator[tuple[str, str]]:
    """The scalars of a JSON body by dotted path (`context.pixel.code`, `events.0.type`), as text."""
    leaves = list(_leaves(parse(body), ""))
    if len(leaves) > MAX_VALUES:
        raise BadRequest(400, f"more than {MAX_VALUES} values")
    return iter(leaves)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    elif value is not None:
        yield path, format(value, "f") if isinstance(value, Decimal) else str(value)


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadRequest(400, "not UTF-8") from None
