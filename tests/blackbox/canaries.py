"""Plant unique values in every place of a request that can carry something personal, on every kind of request."""

import json
import random
import time
from collections.abc import Mapping
from typing import NamedTuple

from gateway.canary.marks import Marks
from gateway.canary.requests import HITS, OTHERS, Endpoint, Request, Said, common_headers
from gateway.canary.sending import joined
from gateway.canary.wire import Wire
from tests.consent.tcf_packer import core, disclosed, gpp_header, vendors

HOST = "127.0.0.1"
KINDS = (*HITS, *OTHERS)

# The parts of the edge that take hits.
ENDPOINTS = (
    Endpoint("/p.gif", "/e"),
    Endpoint("/g/meta_pixel/tr", "/g/meta_pixel/tr", "meta_pixel"),
    Endpoint("/consent", "/consent", ""),
    Endpoint("/privacy", "/privacy", ""),
    Endpoint("/privacy/erase", "/privacy/erase", ""),
    Endpoint("/privacy/r/none", "/privacy/r/none", ""),
    Endpoint("/o/none.gif", "/o/none.gif", ""),
    Endpoint("/c/none", "/c/none", ""),
)

# Consent of others is not trusted by the battery's policy: a yes in it must not help.
_AGREEING = Said(usp="1YNN", gcs="G111", groups="C0002:1,C0004:1")
# The national US section without an opt-out, as one platform writes it.
_US = "BVQqAAAACgA.QA"


def _segment(v: Mapping[str, str]) -> bytes:
    """A message of a page as Segment's tag sends it, and all that the gateway does not read of it."""
    person = {"email": f"{v['mail']}@mail.example", "phone": f"+{v['phone']}", "name": v["body_value"]}
    said = {"categoryPreferences": {v["consent_id"]: True}}
    context = {
        "ip": v["real_ip"], "traits": person, "consent": said, "timezone": v["body_deep"],
        "page": {"url": _page(v), "title": v["page.title"]}, "library": {"name": "analytics.js"},
    }  # fmt: skip
    properties = {"order_id": v["order.id"], "total": 9.99, "currency": "EUR", v["body_key"]: v["body_value"]}
    message = {
        "type": "track", "event": "Order Completed", "messageId": v["event.id"], "anonymousId": v["id.visitor"],
        "userId": v["id.user"], "traits": person, "context": context, "properties": properties,
    }  # fmt: skip
    return json.dumps({"writeKey": "abcdefgh12345678", "batch": [message]}).encode()


def _shopify(v: Mapping[str, str]) -> bytes:
    """An order as the lines in a shop would send it if they kept nothing back."""
    person = {"email": f"{v['mail']}@mail.example", "phone": f"+{v['phone']}", "address1": v["body_value"]}
    checkout = {**person, "order": {"id": v["order.id"], "customer": {"id": v["id.user"]}}, "currencyCode": "EUR"}
    return json.dumps({
        "shop": "pots.myshopify.com", "id": v["event.id"], "name": "checkout_completed", "clientId": v["id.visitor"],
        "page": {"url": _page(v), "title": v["page.title"]}, "data": {"checkout": checkout, v["body_key"]: v["body_deep"]},
        "customerPrivacy": {"analyticsProcessingAllowed": True}, "note": v["params.note"],
    }).encode()  # fmt: skip


def _magento(v: Mapping[str, str]) -> bytes:
    """The same of a shop of Adobe Commerce."""
    order = {"orderId": v["order.id"], "grandTotal": 9.99, "email": f"{v['mail']}@mail.example"}
    return json.dumps({
        "event": "place-order", "page": {"url": _page(v), "title": v["page.title"]},
        "eventInfo": {"orderContext": order, "accountContext": {"firstName": v["body_value"], "id": v["id.user"]}},
        v["body_key"]: v["body_deep"],
    }).encode()  # fmt: skip


def _page(v: Mapping[str, str]) -> str:
    return f"https://user:{v['userinfo']}@shop.example/{v['page_path']}?x={v['page_query']}#{v['fragment']}"


def _called(v: Mapping[str, str]) -> bytes:
    """Calls that a page's tag took, with marks where it says of whose account and how long ago."""
    call = {"name": "purchase", "account": v["call.account"], "ago": v["call.ago"]}
    return json.dumps(
        [{**call, "pixel": "meta_pixel"}, {**call, "pixel": "meta_pixel", "ago": [v["call.ago"]]}]
    ).encode()


def _misdirected(v: Mapping[str, str]) -> bytes:
    """A call to a pixel that nobody has."""
    return json.dumps([{"name": "purchase", "pixel": v["call.pixel"], "account": v["call.account"]}]).encode()


# Entrances that speak another language than ours and Meta's, and ours as the tag speaks it: the target, and what is sent.
SOURCES = {
    "/e": _called,
    "/v1/batch": _segment, "/g/shopify_pixel/web-pixel": _shopify, "/g/magento_events/storefront-events": _magento,
}  # fmt: skip


# What an entrance refuses before it knows what it is.
REFUSED = {"/e": _misdirected}


class Reply(NamedTuple):
    """What came back: the status (0: nothing readable) and all bytes of it."""

    kind: str
    status: int
    text: bytes


def make() -> Marks:
    """Fresh values by kind of place; no two runs share one. What is asked for first comes into being then."""
    values = Marks(int(time.time() // 86400))
    values |= {name: _tc_string() for name in ("tc_query", "tc_cookie", "tc_body")}
    values["gpp_query"] = f"{gpp_header(2)}~{_tc_string()}"
    values["gpp_cookie"] = f"{gpp_header(2, 7)}~{_tc_string()}~{_US}"
    return values


def _tc_string() -> str:
    """A TC string of these days that agrees to everything, and whose vendors are no other string's."""
    day = int(time.time() // 86400) - 2
    consented = vendors(*random.sample(range(1, 900), 400), highest=900)
    return f"{core(day=day, consent=range(1, 12), consented=consented)}.{disclosed(*range(1, 900))}"


def plant(port: int, host: str, values: Marks, headers: Mapping[str, str]) -> list[Reply]:
    """Send every kind of request to every endpoint. `headers` are those of the visitor: choice, signals, region;
    a Cookie among them is added to the planted ones."""
    wire = Wire(HOST, port, rate=10_000)
    replies = []
    for endpoint in ENDPOINTS:
        for write in KINDS:
            request = write(values, endpoint, _AGREEING)
            sent = joined({**common_headers(values, host), **request.headers}, headers)
            reply = wire.send(request, sent)
            replies.append(Reply(request.name, reply.status, reply.text))
    for kind, target, write in (
        *(("source", *each) for each in SOURCES.items()),
        *(("refused", *each) for each in REFUSED.items()),
    ):
        request = Request(f"{kind} {target}", "POST", target, {"Content-Type": "text/plain"}, write(values))
        reply = wire.send(request, joined({**common_headers(values, host), **request.headers}, headers))
        replies.append(Reply(request.name, reply.status, reply.text))
    return replies
