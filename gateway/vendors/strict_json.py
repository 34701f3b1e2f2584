"""Read JSON that a stranger sent: RFC 8259 and I-JSON (RFC 7493), nothing that two parsers could read differently."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.errors import BadRequest

_STRING = re.compile(r'"(?>(?:[^"\\]++|\\.)*)"?', re.DOTALL)
_BRACKET = re.compile(r"[][{}]")
_MOST_DIGITS = 15  # what a double holds exactly; a longer number would be another one elsewhere
_MOST_NUMBER = 32


def parse(body: bytes, most_depth: int = 32) -> Any:
    """The value of a JSON text. Fractions come as Decimal, so that money keeps its digits.

    BadRequest for anything that is not UTF-8, deeper than `most_depth`, has a key twice, an integer over 15 digits,
    NaN, Infinity, a NUL or half a surrogate pair.
    """
    try:
        text = body.decode("utf-8")
        _check_depth(text, most_depth)
        value = _decode(text)
        if "\\u" in text:
            _check_escapes(value)
    except (ValueError, InvalidOperation, RecursionError):
        raise BadRequest(400, "not JSON that can be read in one way only") from None
    return value


def _check_depth(text: str, most_depth: int) -> None:
    if text.count("[") + text.count("{") <= most_depth:
        return
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > most_depth:
            raise ValueError("too deep")


def _check_escapes(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False, default=str)
    written.encode("utf-8")  # UnicodeEncodeError, a ValueError, where half a pair was escaped
    if "\\u0000" in written.replace("\\\\", ""):  # a backslash of the text itself is written as two
        raise ValueError("NUL")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is given twice")
    return result


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > _MOST_DIGITS:
        raise ValueError("too many digits")
    return int(text)


def _fraction(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > _MOST_NUMBER or not -_MOST_NUMBER < number.adjusted() < _MOST_NUMBER:
        raise ValueError("too many digits")
    return number


def _constant(text: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
).decode
