"""Hits to send, numbered and reproducible: pixels and own events, of visitors who agreed and of those who did not."""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from tests.blackbox.driver import Planned
from tests.blackbox.running import ACCOUNT, COUNTRY_HEADER, SITE

_PLACE = f"{COUNTRY_HEADER}: DE\r\n"


def event_id(run: str, number: int) -> str:
    """A UUID, for anything else would be replaced on its way."""
    return str(uuid.UUID(bytes=_hash(run, number)[:16], version=4))


def order_of(name: str) -> str:
    """An order id that follows from the event's id, so that a changed one is seen."""
    return "order" + hashlib.sha256(name.encode()).hexdigest()[:12].translate(str.maketrans("0123456789", "ghijklmnop"))


def pixel(name: str, cookie: str, more: str = "") -> bytes:
    """A purchase as Meta's fronted pixel sends it."""
    query = urlencode({
        "id": ACCOUNT, "ev": "Purchase", "eid": name, "dl": f"https://{SITE}/thanks?token=1",
        "cd[order_id]": order_of(name), "cd[value]": "9.99", "cd[currency]": "EUR",
    })  # fmt: skip
    return f"GET /g/meta_pixel/tr?{query} HTTP/1.1\r\nHost: {SITE}\r\n{_PLACE}{_cookie(cookie)}{more}\r\n".encode()


def own(name: str, cookie: str, more: str = "") -> bytes:
    """A purchase as a page of ours posts it."""
    order = {"id": order_of(name), "value": 9.99, "currency": "EUR"}
    body = json.dumps({"name": "purchase", "id": name, "page": {"url": f"https://{SITE}/thanks"}, "order": order})
    head = f"POST /e HTTP/1.1\r\nHost: {SITE}\r\n{_PLACE}{_cookie(cookie)}{more}Content-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def mixed(run: str, agreed: str, declined: str) -> Callable[[int], Planned]:
    """A plan of seven permitted hits in ten. `agreed` and `declined` are the cookies of two visitors."""
    kinds: Mapping[int, tuple[Callable[..., bytes], str, str]] = {
        7: (pixel, "", ""),
        8: (own, declined, ""),
        9: (pixel, agreed, "Sec-GPC: 1\r\n"),
    }

    def plan(number: int) -> Planned:
        name = event_id(run, number)
        kind = number % 10
        if kind in kinds:
            make, cookie, more = kinds[kind]
            return Planned(name, order_of(name), make(name, cookie, more), ())
        make, owed = (pixel, "meta") if kind < 4 else (own, "hook")
        return Planned(name, order_of(name), make(name, agreed), (owed,))

    return plan


def _cookie(value: str) -> str:
    return f"Cookie: {value}\r\n" if value else ""


def _hash(run: str, number: int) -> bytes:
    return hashlib.sha256(f"{run}/{number}".encode()).digest()
