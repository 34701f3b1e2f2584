"""Read one parameter of a pixel as a value of our vocabulary; what cannot be read is left out."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

Decoder = Callable[[str], Any]

MAX_TEXT = 500
MAX_URL = 4096
MAX_ITEMS = 200

_MONEY = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,6})?")
# Thousands in groups, which only the other mark after them makes plain: `1.234,56`, `1,234.56`.
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:(?:\.[0-9]{3}){1,3},|(?:,[0-9]{3}){1,3}\.)[0-9]{1,6}")
_WORD = re.compile(r"[!-~]{1,200}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]{1,20})?")
_SCREEN = re.compile(r"[0-9]{1,5}x[0-9]{1,5}")
_WHOLE = re.compile(r"[0-9]{1,12}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
# What no label of a shop has in it: an address, a digest, an id of a browser, a number to be called at.
_PERSONAL = re.compile(
    r"@|%40|://|\+[0-9]|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-|[0-9]{9,}\.[0-9]{6,}"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{1,4}:){2}(?::|[0-9A-Fa-f])"
)


def text(value: str) -> str | None:
    """Printable text of at most MAX_TEXT characters."""
    return value if value and len(value) <= MAX_TEXT and value.isprintable() else None


def label(value: str) -> str | None:
    """Text that a shop chose, such as a campaign or a coupon: nothing that is personal by its form."""
    return None if _PERSONAL.search(value) else text(value)


def word(value: str) -> str | None:
    """An identifier: printable ASCII without spaces."""
    return value if _WORD.fullmatch(value) else None


def url(value: str) -> str | None:
    """An absolute http or https URL."""
    return (
        value if value.startswith(("https://", "http://")) and len(value) <= MAX_URL and value.isprintable() else None
    )


def encoded_url(value: str) -> str | None:
    """A URL that its page encoded once more than the request did."""
    return url(unquote(value))


def money(value: str) -> str | None:
    """An amount as a decimal string; the digits stay as they were sent, a decimal comma becomes a point."""
    if _MONEY.fullmatch(value):
        return value.replace(",", ".")
    if not _GROUPED.fullmatch(value):
        return None
    whole, _, rest = value.replace(",", ".").rpartition(".")
    return f"{whole.replace('.', '')}.{rest}"


def currency(value: str) -> str | None:
    """An ISO 4217 code."""
    return value.upper() if _CURRENCY.fullmatch(value) else None


def sha256(value: str) -> str | None:
    """A SHA-256 digest in hexadecimal; anything else might be clear text."""
    return value.lower() if _SHA256.fullmatch(value) else None


def language(value: str) -> str | None:
    """The primary language alone (`de` of `de-at`): the rest helps to tell visitors apart."""
    match = _LANGUAGE.fullmatch(value)
    return match[1].lower() if match else None


def screen(value: str) -> str | None:
    """Width and height in pixels."""
    return value if _SCREEN.fullmatch(value) else None


def whole(value: str) -> int | None:
    """A whole number from 0."""
    return int(value) if _WHOLE.fullmatch(value) else None


def percent(value: str) -> int | None:
    """A whole number from 0 to 100."""
    number = whole(value)
    return number if number is not None and number <= 100 else None


def item_ids(value: str) -> list[dict[str, Any]] | None:
    """Items from a JSON list of product ids, or ids with commas between."""
    try:
        ids = json.loads(value) if value.startswith("[") else value.split(",")
    except (ValueError, RecursionError):
        return None
    return [
        {"item_id": str(item)} for item in ids[:MAX_ITEMS] if isinstance(item, str | int) and text(str(item))
    ] or None


def item_contents(value: str) -> list[dict[str, Any]] | None:
    """Items from a JSON list of `{id, quantity, item_price}`."""
    try:
        contents = json.loads(value, parse_float=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(contents, list):
        return None
    names = {"id": "item_id", "quantity": "quantity", "item_price": "price", "name": "item_name", "brand": "item_brand"}
    items = [
        _item({ours: content.get(theirs) for theirs, ours in names.items()})
        for content in contents[:MAX_ITEMS]
        if isinstance(content, dict)
    ]
    return [item for item in items if item] or None


_QUERIED_ITEM = {"i": "item_id", "pr": "price", "q": "quantity"}


def item_queries(value: str) -> list[dict[str, Any]] | None:
    """Items from a list in brackets, of ids or of queries that are encoded once more: `[i%3D7%26pr%3D9.90%26q%3D2]`."""
    inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    items = [_queried(unquote(part)) for part in inner.split(",")[:MAX_ITEMS]]
    return [item for item in items if item] or None


def _queried(given: str) -> dict[str, Any] | None:
    if "=" not in given:
        return _item({"item_id": given})
    pairs = (pair.partition("=") for pair in given.split("&"))
    return _item({_QUERIED_ITEM[name]: value for name, _, value in pairs if name in _QUERIED_ITEM})


# The two letters in front of each value of GA4's `pr1=…` (the ones with a place in our items).
_GA4_ITEM = {
    "id": "item_id", "nm": "item_name", "br": "item_brand", "ca": "item_category", "c2": "item_category2",
    "c3": "item_category3", "c4": "item_category4", "c5": "item_category5", "va": "item_variant", "pr": "price",
    "qt": "quantity", "cp": "coupon", "ds": "discount", "ln": "item_list_name", "li": "item_list_id", "lp": "index",
    "af": "affiliation",
}  # fmt: skip


def ga4_item(value: str) -> dict[str, Any] | None:
    """One item of GA4: values with `~` between, each behind its two letters; a literal `~` is doubled."""
    parts = value.replace("~~", "\0").split("~")
    found = {_GA4_ITEM.get(part[:2], ""): part[2:].replace("\0", "~") for part in parts}
    found.pop("", None)
    return _item(found)


_ITEM_FIELDS: dict[str, Decoder] = {"price": money, "discount": money, "quantity": whole, "index": whole}


def _item(values: Mapping[str, Any]) -> dict[str, Any] | None:
    item = {}
    for name, value in values.items():
        read = None if value is None else _ITEM_FIELDS.get(name, text)(str(value))
        if read is not None:
            item[name] = read
    return item or None


# What `as:` may name in a manifest.
DECODERS: dict[str, Decoder] = {
    "text": text,
    "label": label,
    "word": word,
    "url": url,
    "encoded_url": encoded_url,
    "money": money,
    "currency": currency,
    "sha256": sha256,
    "language": language,
    "screen": screen,
    "whole": whole,
    "percent": percent,
    "item_ids": item_ids,
    "item_contents": item_contents,
    "item_queries": item_queries,
    "ga4_item": ga4_item,
}
