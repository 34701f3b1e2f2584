"""The hits of the demo: the requests that the vendors' own tags make in a browser, parameter for parameter.

The visitor is invented; so are the accounts. What is typical is how much of her the requests hold: an e-mail address in
the address of the thank-you page, its hash again as a parameter, identifiers of the browser and of the ad clicked.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

META_ACCOUNT = "748212591256970"
GA4_ACCOUNT = "G-DEMO123456"
LINKEDIN_ACCOUNT = "5670574"
LINKEDIN_CONVERSION = "17070288"

EMAIL = "anna.schmidt@mail.example"
PHONE = "4930901820"
CLICK = "IwAR2m0nZ8vQkXa5t7LrY1cP9eWb3uJd"
FBP = "fb.1.1763000000123.4452448785"
FBC = f"fb.1.1763000000456.{CLICK}"
GA_CLIENT = "640119721.1759482113"
GA_CLICK = "Cj0KCQiA8bR7kXz5hTq2LmVnW4yPdEoGs"
LI_CLICK = "97c78f11-5716-464b-9d60-5c1e7a339ad9"


class Order(NamedTuple):
    """One visit to the till. `number` names the order, `event` the browser's event; both are fresh for each hit."""

    number: str
    event: str
    value: str = "64.90"
    currency: str = "EUR"


class Shot(NamedTuple):
    """One request as the tag makes it: to `vendor` + `path` without the gateway, to `/g/<pixel>` + `path` with it."""

    method: str
    vendor: str
    path: str
    query: str
    body: str = ""
    content_type: str = ""


class Scene(NamedTuple):
    """A button of the demo. `pixel` is empty for the gateway's own pixel; `page` is where on the shop it happens."""

    id: str
    label: str
    explanation: str
    pixel: str
    page: str
    shoot: Callable[[str, Order], Shot]


def thanks_page(order: Order) -> str:
    """The path of the thank-you page, as too many shops write it."""
    query = {"order": order.number, "email": EMAIL, "utm_source": "newsletter", "fbclid": CLICK, "gclid": GA_CLICK}
    return f"/thanks?{urlencode(query)}"


def _encode(parameters: Mapping[str, str]) -> str:
    """As `encodeURIComponent` writes values; the brackets of Meta's names stay."""
    return "&".join(f"{quote(name, safe='[]')}={quote(value, safe='')}" for name, value in parameters.items())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _meta(event: str, page: str, order: Order, more: Mapping[str, str]) -> Shot:
    parameters = {
        "id": META_ACCOUNT, "ev": event, "dl": page, "rl": "https://www.google.com/", "if": "false",
        "ts": "1763000001000", **more, "sw": "1920", "sh": "1080", "v": "2.9.274", "r": "stable", "ec": "1",
        "o": "4126", "fbc": FBC, "fbp": FBP, "eid": order.event, "it": "1763000000900", "coo": "false", "rqm": "GET",
    }  # fmt: skip
    return Shot("GET", "https://www.facebook.com", "/tr/", _encode(parameters))


def meta_page_view(origin: str, order: Order) -> Shot:
    """`fbq('track', 'PageView')` on a product page reached from an ad."""
    return _meta("PageView", f"{origin}/product/lamp?{urlencode({'fbclid': CLICK})}", order, {})


def meta_purchase(origin: str, order: Order) -> Shot:
    """`fbq('track', 'Purchase', …)` with advanced matching, on the thank-you page."""
    bought = {
        "cd[value]": order.value, "cd[currency]": order.currency, "cd[content_type]": "product",
        "cd[content_ids]": '["lamp-01"]', "cd[num_items]": "1", "cd[order_id]": order.number,
        "ud[em]": _sha256(EMAIL), "ud[ph]": _sha256(PHONE),
    }  # fmt: skip
    return _meta("Purchase", origin + thanks_page(order), order, bought)


def ga4_purchase(origin: str, order: Order) -> Shot:
    """`gtag('event', 'purchase', …)` on the thank-you page."""
    parameters = {
        "v": "2", "tid": GA4_ACCOUNT, "gtm": "45je5b1v9127044021za200", "_p": "1763000000777", "cid": GA_CLIENT,
        "ul": "de-de", "sr": "1920x1080", "uap": "Windows", "uapv": "19.0.0", "sid": "1764004242", "sct": "3",
        "seg": "1", "dl": origin + thanks_page(order), "dr": "https://www.google.com/", "dt": "Thank you",
        "gclid": GA_CLICK, "en": "purchase", "cu": order.currency, "epn.value": order.value,
        "ep.transaction_id": order.number, "pr1": "idlamp-01~nmReading lamp~pr64.90~qt1", "_et": "5043",
    }  # fmt: skip
    return Shot("POST", "https://www.google-analytics.com", "/g/collect", _encode(parameters))


def linkedin_conversion(origin: str, order: Order) -> Shot:
    """The Insight Tag's conversion call on the thank-you page."""
    parameters = {
        "v": "2", "fmt": "js", "pid": LINKEDIN_ACCOUNT, "conversionId": LINKEDIN_CONVERSION, "time": "1763000001000",
        "li_fat_id": LI_CLICK, "url": origin + thanks_page(order), "tm": "gtmv2", "eventId": order.event,
    }  # fmt: skip
    return Shot("GET", "https://px.ads.linkedin.com", "/collect", _encode(parameters))


def own_page_view(origin: str, _: Order) -> Shot:
    """The gateway's own pixel, for the shop's own statistics."""
    parameters = {
        "name": "page_view", "page.url": f"{origin}/product/lamp?{urlencode({'email': EMAIL})}",
        "page.title": "Reading lamp", "page.referrer": "https://www.google.com/search?q=reading+lamp",
        "device.language": "de-DE", "device.screen": "1920x1080", "id.visitor": GA_CLIENT,
    }  # fmt: skip
    return Shot("GET", origin, "/p.gif", _encode(parameters))


SCENES = (
    Scene(
        "meta_purchase", "Meta: purchase", "The Meta pixel on the thank-you page: order, e-mail address, browser id.",
        "meta_pixel", "/thanks", meta_purchase,
    ),
    Scene(
        "meta_page_view", "Meta: page view", "The Meta pixel on a product page reached from an ad.",
        "meta_pixel", "/product/lamp", meta_page_view,
    ),
    Scene(
        "ga4_purchase", "Google Analytics: purchase", "gtag.js on the thank-you page.",
        "ga4_collect", "/thanks", ga4_purchase,
    ),
    Scene(
        "linkedin_conversion", "LinkedIn: conversion", "The Insight Tag on the thank-you page.",
        "linkedin_insight", "/thanks", linkedin_conversion,
    ),
    Scene(
        "own_page_view", "Our own page view", "The gateway's own pixel: the shop counts its visits itself.",
        "", "/product/lamp", own_page_view,
    ),
)  # fmt: skip
BY_ID = {scene.id: scene for scene in SCENES}
VENDOR_OF = {
    "meta_pixel": "https://www.facebook.com",
    "ga4_collect": "https://www.google-analytics.com",
    "linkedin_insight": "https://px.ads.linkedin.com",
}
