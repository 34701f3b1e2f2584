"""The functions a manifest may use: pure, total, and each with what it does to the data class of its value.

A value that a function cannot read counts as missing, and what is missing is left out of the request.
"""

import base64
import hashlib
import hmac as hmac_
import json as json_
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MOST_DIGITS = 20

# Currencies whose minor unit is no hundredth (ISO 4217).
_WHOLE = re.compile("BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF")
_THOUSANDTHS = re.compile("BHD|IQD|JOD|KWD|LYD|OMR|TND")


class Function(NamedTuple):
    """`run(value, *args)`; `reduces` maps the data class of the value to that of the result (`*`: any class).

    `total` is also called for a missing value. `keyed` gets the destination's key, `by_path` has a path as argument.
    `digest` is one without a key.
    """

    run: Callable[..., Any]
    least: int = 0
    most: int = 0
    reduces: Mapping[str, str] = {}
    total: bool = False
    keyed: bool = False
    by_path: bool = False
    digest: bool = False


def moment(value: str) -> datetime:
    """An RFC 3339 time or date, in UTC."""
    parsed = datetime.fromisoformat(value)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _since_epoch(value: str, unit: timedelta) -> int:
    return (moment(value) - EPOCH) // unit


def _decimal(value: Any) -> Decimal:
    """A number that a vendor could mean. Text from a page may say 1e999999999, which nobody should write out."""
    number = Decimal(str(value))
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError("not a number anybody means")
    return number


def _number(value: Any) -> int | float:
    number = _decimal(value)
    return int(number) if number == number.to_integral_value() and "." not in str(value) else float(number)


def _money2(value: Any) -> str:
    return str(_decimal(value).quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def minor_digits(currency: Any) -> int:
    """How many decimal digits the minor unit of a currency has (2 where nothing else is known)."""
    code = str(currency).upper()
    return 0 if _WHOLE.fullmatch(code) else 3 if _THOUSANDTHS.fullmatch(code) else 2


def _minor(value: Any, currency: Any) -> Any:
    """In minor units of the currency (cents, mostly); of a list, each of it."""
    if isinstance(value, list):
        return [_minor(each, currency) for each in value]
    return int(_decimal(value).scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_EVEN))


def _line_totals(value: list[Any]) -> list[str]:
    """What each item costs in its quantity, rounded to hundredths where it is no exact amount."""
    totals = [_decimal(item["price"]) * int(item.get("quantity", 1)) for item in value]
    return [str(total if total == total.quantize(Decimal("0.001")) else _money2(total)) for total in totals]


def _encode(value: Any) -> Any:
    """Percent-encoded once; of a list, each of it."""
    return [_encode(each) for each in value] if isinstance(value, list) else quote(str(value), safe="")


def _queries(value: list[Any], *pairs: str) -> list[str]:
    """Each item as a query, from pairs of a parameter and a field."""
    names = [pair.split(":", 1) for pair in pairs]
    return ["&".join(f"{name}={_encode(item[of])}" for name, of in names if of in item) for item in value]


def _sha256(value: Any) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()


def _md5(value: Any) -> str:
    return hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest()


def _hmac(value: Any, key: bytes) -> str:
    return hmac_.digest(key, str(value).encode(), "sha256").hex()[:32]


def _url_clean(value: str) -> str:
    """Without fragment, user and query, save the UTM parameters. What is clean stays as it is."""
    address, _, query = value.partition("#")[0].partition("?")
    pairs = [pair for pair in query.split("&") if pair.partition("=")[0].startswith("utm_")]
    if "@" in address:
        parts = urlsplit(address)
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return f"{address}?{'&'.join(pairs)}" if pairs else address


def _url_origin(value: str) -> str | None:
    parts = urlsplit(value)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}/" if parts.scheme and host else None


def _pluck(value: list[Any], name: str) -> list[Any]:
    return [item[name] for item in value if item.get(name) is not None]


def _rows(value: list[Any], *names: str) -> list[list[Any]]:
    """Each item as a list of its values; empty text for what it does not have."""
    return [[item.get(name, "") for name in names] for item in value]


def _sum(value: list[Any], name: str = "") -> int | float:
    numbers = [_decimal(item.get(name, 0) if name else item) for item in value]
    return _number(sum(numbers, Decimal(0)))


def _map(value: Any, *pairs: str) -> str | None:
    """The text after the first colon of the pair that begins with the value."""
    table = dict(pair.split(":", 1) for pair in pairs)
    return table.get(str(value))


def _truncate(value: Any, length: int) -> str:
    return str(value)[: int(length)]


def _hex(value: Any, length: int = 32) -> str:
    """That many hexadecimal digits, the same for the same value."""
    return _sha256(value)[: int(length)]


def _rfc3339(value: str) -> str:
    return moment(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _split(value: str, separator: str) -> list[str]:
    return [part for part in value.split(separator) if part]


def _join(value: list[Any], separator: str = ",") -> str:
    return separator.join(str(item) for item in value)


def _unique(value: list[Any]) -> list[Any]:
    return list(dict.fromkeys(value))


def _json(value: Any) -> str:
    return json_.dumps(value, ensure_ascii=False, separators=(",", ":"))


_ANY_TO_EVENT = {"*": "event"}

FUNCTIONS: dict[str, Function] = {
    # text
    "lower": Function(lambda value: str(value).lower()),
    "upper": Function(lambda value: str(value).upper()),
    "trim": Function(lambda value: str(value).strip()),
    "text": Function(str),
    "prefix": Function(lambda value, text: f"{text}{value}", 1, 1),
    "suffix": Function(lambda value, text: f"{value}{text}", 1, 1),
    "replace": Function(lambda value, old, new: str(value).replace(old, new), 2, 2),
    "truncate": Function(_truncate, 1, 1),
    "split": Function(_split, 1, 1),
    "json": Function(_json),
    "encode": Function(_encode),
    # numbers and money
    "number": Function(_number),
    "int": Function(lambda value: int(_decimal(value))),
    "money2": Function(_money2),
    "minor": Function(_minor, 1, 1, by_path=True),
    # digests
    "sha256": Function(_sha256, digest=True),
    "md5": Function(_md5, digest=True),
    "hex": Function(_hex, 0, 1, digest=True),
    "base64": Function(lambda value: base64.b64encode(str(value).encode()).decode()),
    "hmac": Function(_hmac, reduces={"visitor_id": "pseudonym"}, keyed=True),
    # time
    "epoch_s": Function(lambda value: _since_epoch(value, timedelta(seconds=1))),
    "epoch_ms": Function(lambda value: _since_epoch(value, timedelta(milliseconds=1))),
    "epoch_us": Function(lambda value: _since_epoch(value, timedelta(microseconds=1))),
    "strftime": Function(lambda value, form: moment(value).strftime(form), 1, 1),
    "rfc3339": Function(_rfc3339),
    # addresses of pages
    "url.clean": Function(_url_clean, reduces={"page_url": "page_url_clean"}),
    "url.origin": Function(_url_origin, reduces={"page_url": "event", "page_url_clean": "event"}),
    "url.path": Function(lambda value: urlsplit(value).path or "/"),
    "url.host": Function(lambda value: urlsplit(value).hostname, reduces={"page_url": "event"}),
    # lists
    "list": Function(lambda value: [value]),
    "first": Function(lambda value: value[0] if value else None),
    "last": Function(lambda value: value[-1] if value else None),
    "unique": Function(_unique),
    "join": Function(_join, 0, 1),
    "pluck": Function(_pluck, 1, 1),
    "rows": Function(_rows, 1, 10),
    "sum": Function(_sum, 0, 1),
    "queries": Function(_queries, 1, 20),
    "line_totals": Function(_line_totals),
    "count": Function(len, reduces=_ANY_TO_EVENT),
    # choices
    "map": Function(_map, 1, 50, {"geo": "jurisdiction"}),
    "eq": Function(lambda value, other: str(value) == other, 1, 1, _ANY_TO_EVENT),
    "in": Function(lambda value, *others: str(value) in others, 1, 50, _ANY_TO_EVENT),
    "bool": Function(bool, reduces=_ANY_TO_EVENT, total=True),
    "not": Function(lambda value: not value, reduces=_ANY_TO_EVENT, total=True),
    "default": Function(lambda value, other: other if value is None else value, 1, 1, total=True),
}

# What a function raises where it cannot read its value.
UNREADABLE = (ValueError, TypeError, ArithmeticError, AttributeError, KeyError, IndexError)
