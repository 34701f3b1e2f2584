"""Read the gateway's own events, from `POST /e` and the query of `GET /p.gif`, into the gateway's words.

A page may nest fields by group (`{"order": {"value": 9.99}}`) or write them flat (`order.value=9.99`). What is no
field of the vocabulary ends here and is only counted. The address, the region and the user agent are never taken from
the page: they are facts of the request.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from gateway.errors import BadRequest
from gateway.hit import Hit, RawEvent
from gateway.taxonomy import GROUPS, is_field
from gateway.vendors import contact
from gateway.vendors.called import Accounts, take_call
from gateway.vendors.query import pairs
from gateway.vendors.stated_age import take_age
from gateway.vendors.strict_json import parse

PIXEL = "events"
DEFAULT_NAME = "page_view"
MOST_EVENTS = 500

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}\Z")
_KEY = re.compile(r"[a-z0-9_]{1,40}\Z")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}\Z")
_MONEY = frozenset(("order.value", "order.tax", "order.shipping"))
_OF_THE_REQUEST = frozenset(("client.ip", "geo.country", "geo.region", "device.user_agent", "event.time"))
_CONTACTS = {"contact.email": contact.EMAIL, "contact.phone": contact.PHONE}
_EVENT_ID = ("id", "eid", "event.id")
_EVENT_NAME = ("name", "event.name")
_MOST_TEXT = 4096
UNREADABLE = "?"


class OwnEvents:
    """The decoder of `events`. `dropped` is told how many parameters of a hit were no fields of the vocabulary;
    `pixels` reads the account of those whose calls a page may hand over instead of sending them itself.
    """

    id = PIXEL
    reply = "204"

    def __init__(
        self, dropped: Callable[[int], None] = lambda count: None, pixels: Accounts = MappingProxyType({})
    ) -> None:
        self._dropped = dropped
        self._pixels = pixels

    def decode(self, hit: Hit) -> list[RawEvent]:
        """The events of one hit, at least one. BadRequest where they cannot be read."""
        if hit.method != "POST":
            given: dict[str, Any] = {}
            for name, value in pairs(hit.query) if hit.query else ():
                given.setdefault(name, value)
            return [self._event(given)]
        return [self._posted(dict(_flat(item)), hit.received) for item in _objects(parse(hit.body))]

    def _posted(self, given: dict[str, Any], received: float) -> RawEvent:
        """An event that may tell where the visitor lives, and whose call it is. A query may not: anybody can write a
        link."""
        residence = given.pop("residence", "")
        call = take_call(given, self._pixels, received)
        event = self._event(given, residence if isinstance(residence, str) else UNREADABLE)
        if call.pixel:
            event = replace(event, pixel=call.pixel, account=call.account)
        return event if call.time is None else replace(event, fields={**event.fields, "event.time": call.time})

    def _event(self, given: dict[str, Any], residence: str = "") -> RawEvent:
        age = take_age(given)
        name = _first(given, _EVENT_NAME) or DEFAULT_NAME
        if not _NAME.match(name):
            raise BadRequest(400, "an event's name is 1 to 50 of a-z, 0-9 and _")
        fields: dict[str, Any] = {}
        dropped = 0
        for key, value in given.items():
            if key in _EVENT_NAME or key in _EVENT_ID:
                continue
            read = _fields(key, value)
            dropped += not read
            if key in _CONTACTS:  # a hash that the page made itself stands before one made here
                read = {field: made for field, made in read.items() if field not in fields}
            fields.update(read)
        if dropped:
            self._dropped(dropped)
        return RawEvent(name, fields, _first(given, _EVENT_ID), PIXEL, residence=residence, age=age)


def _objects(value: Any) -> list[dict[str, Any]]:
    """The events of a body: one object, or an array of them."""
    objects = value if isinstance(value, list) else [value]
    if not 0 < len(objects) <= MOST_EVENTS or not all(isinstance(item, dict) for item in objects):
        raise BadRequest(400, f"an event is an object, a batch an array of 1 to {MOST_EVENTS} of them")
    return objects


def _flat(event: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Dotted names and values of an event that is nested by group, one level deep."""
    for key, value in event.items():
        if isinstance(value, dict) and key in GROUPS:
            yield from ((f"{key}.{inner}", inside) for inner, inside in value.items())
        else:
            yield key, value


def _first(given: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of the names that is given, as text."""
    for name in names:
        value = given.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)[:_MOST_TEXT]
    return ""


def _fields(key: str, value: Any) -> Mapping[str, Any]:
    """The fields a parameter is; none for what no field may have."""
    kind = _CONTACTS.get(key)
    if kind:
        return contact.fields(kind, value)
    group, _, rest = key.partition(".")
    if not is_field(key) or key in _OF_THE_REQUEST or not _KEY.match(rest):
        return {}
    if group == "contact":
        return {key: value.lower()} if isinstance(value, str) and _SHA256.match(value) else {}
    clean = _items(value) if key == "order.items" else _scalar(value, key in _MONEY)
    return {} if clean is None else {key: clean}


def _items(value: Any) -> list[dict[str, Any]] | None:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    rows = [{name: _scalar(inside, name == "price") for name, inside in item.items()} for item in value]
    return [{name: inside for name, inside in row.items() if inside is not None} for row in rows]


def _scalar(value: Any, money: bool) -> str | int | float | bool | None:
    if isinstance(value, Decimal):
        return format(value, "f") if money else float(value)
    if isinstance(value, bool):
        return None if money else value
    if isinstance(value, int):
        return str(value) if money else value
    return value if isinstance(value, str) and value and len(value) <= _MOST_TEXT else None
