"""Check the values of fields that no level weakens: each has a type, and what is not of it is left out."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gateway.anonymise.scrub import SHIPPED, Scrubber
from gateway.anonymise.scrub.labels import kinds_in

MAX_TEXT = 512
MAX_ITEMS = 200
SHORTEST_SECRET = 13

Check = Callable[..., Any]

_MONEY = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_SCREEN = re.compile(r"[0-9]{2,5}x[0-9]{2,5}")
_LANGUAGE = re.compile(r"[ \t]*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]{1,32})?[ \t]*(?:[,;]|\Z)")
_CODE = re.compile(r"[A-Za-z0-9#._:/-]{1,64}")
_CLICK = re.compile(r"[A-Za-z0-9._~:|!*+/=-]{1,512}")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_CAMPAIGN = re.compile(r"[1-9][0-9]{0,11}")
_NO_CODE = frozenset(("card", "iban", "email", "jwt", "secret"))
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")


def _written(value: Any) -> str:
    """A text as it is, a number in plain decimals, nothing for everything else."""
    if isinstance(value, str):
        return value
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def money(value: Any) -> str | None:
    """A decimal text such as `715.60`."""
    text = _written(value)
    return text if _MONEY.fullmatch(text) else None


def currency(value: Any) -> str | None:
    """An ISO 4217 code, in capitals."""
    return value.upper() if isinstance(value, str) and _CURRENCY.fullmatch(value) else None


def screen(value: Any) -> str | None:
    """Width and height such as `1920x1080`."""
    return value if isinstance(value, str) and _SCREEN.fullmatch(value) else None


def language(value: Any) -> str | None:
    """The primary language (`de`) of a tag (RFC 5646) or of the first of an Accept-Language header.

    The rest of either helps to tell visitors apart.
    """
    found = _LANGUAGE.match(value) if isinstance(value, str) else None
    return found[1].lower() if found else None


def amount(value: Any) -> str | int | float | None:
    """A count, a share or seconds, number or text."""
    return value if _AMOUNT.fullmatch(_written(value)) else None


def text(value: Any, scrubber: Scrubber = SHIPPED, name: str = "") -> str | None:
    """Free text without what looks personal, up to 512 characters. `name` is what the page calls it."""
    clean = scrubber.scrub(value, name=name) if isinstance(value, str) else None
    return clean[:MAX_TEXT] or None if clean else None


def campaign(value: Any, scrubber: Scrubber = SHIPPED) -> str | None:
    """Free text, or the bare number some advertisers give their campaigns."""
    written = _written(value)
    return written if _CAMPAIGN.fullmatch(written) else text(written, scrubber)


def code(value: Any, scrubber: Scrubber = SHIPPED) -> str | None:
    """An order number, a SKU: one short word, which holds no card, no bank account, no address and no
    key to anything."""
    written = _written(value)
    if not _CODE.fullmatch(written):
        return None
    if len(written) < SHORTEST_SECRET:
        return written
    return written if _NO_CODE.isdisjoint(kinds_in(scrubber.scrub(written) or "[card]")) else None


def article(value: Any, scrubber: Scrubber = SHIPPED) -> str | None:
    """What a shop calls an article: a short word, else free text."""
    return code(value, scrubber) or text(value, scrubber)


def click(value: Any) -> str | None:
    """A click id as its vendor wrote it."""
    return value if isinstance(value, str) and _CLICK.fullmatch(value) else None


def sha256(value: Any) -> str | None:
    """A SHA-256 in hexadecimal; a contact in clear never passes here."""
    return value.lower() if isinstance(value, str) and _SHA256.fullmatch(value) else None


def anything(value: Any, scrubber: Scrubber = SHIPPED, name: str = "") -> str | int | float | bool | None:
    """A parameter of no known type: text is scrubbed, and a number that would be masked as text is left out."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        written = repr(value)
        return value if scrubber.scrub(written, name=name) == written else None
    return text(value, scrubber, name)


# The keys an item of an order may have, named as GA4 names them.
_ITEM: dict[str, Check] = {
    "item_id": article,
    "item_name": text,
    "item_brand": text,
    "item_category": text,
    "item_category2": text,
    "item_category3": text,
    "item_category4": text,
    "item_category5": text,
    "item_variant": text,
    "item_list_id": article,
    "item_list_name": text,
    "affiliation": text,
    "coupon": text,
    "price": money,
    "discount": money,
    "quantity": amount,
    "index": amount,
    "currency": currency,
}


def items(value: Any, scrubber: Scrubber = SHIPPED) -> list[dict[str, Any]] | None:
    """The items of an order: mappings of known keys, everything else in them left out."""
    if not isinstance(value, list | tuple):
        return None
    found = [_item(entry, scrubber) for entry in value[:MAX_ITEMS] if isinstance(entry, Mapping)]
    return [entry for entry in found if entry] or None


def _item(entry: Mapping[str, Any], scrubber: Scrubber) -> dict[str, Any]:
    checked = (
        (key, check(entry[key], scrubber) if check in _SCRUBBED else check(entry[key]))
        for key, check in _ITEM.items()
        if key in entry
    )
    return {key: value for key, value in checked if value is not None}


_CHECKS: dict[str, Check] = {
    "page.title": text,
    "device.language": language,
    "device.screen": screen,
    "order.id": code,
    "order.value": money,
    "order.currency": currency,
    "order.tax": money,
    "order.shipping": money,
    "order.coupon": text,
    "order.items": items,
    "email.campaign": campaign,
    "email.message": code,
    "engagement.time_on_page": amount,
    "engagement.scroll": amount,
    "engagement.click": text,
    "engagement.form": text,
    "utm.source": campaign,
    "utm.medium": campaign,
    "utm.campaign": campaign,
    "utm.term": campaign,
    "utm.content": campaign,
}


# Their forms have no brackets in them, so no mask of the scrubber either.
UNMASKED = frozenset(field for field, check in _CHECKS.items() if check in (money, currency, screen, language, amount))

_SCRUBBED: frozenset[Check] = frozenset((text, campaign, code, article, items))


def check_of(field: str, scrubber: Scrubber = SHIPPED) -> Check | None:
    """The check of a field without levels; None for a field nobody knows."""
    if field.startswith("params."):
        return partial(anything, scrubber=scrubber, name=field.removeprefix("params."))
    check = _CHECKS.get(field)
    return partial(check, scrubber=scrubber) if check in _SCRUBBED else check


def is_name(name: str) -> bool:
    """Whether the last part of a field that the page itself named may be shown to anybody."""
    return bool(_NAME.fullmatch(name)) and SHIPPED.scrub(name) == name
