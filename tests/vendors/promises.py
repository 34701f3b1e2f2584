"""Edits of a manifest that let more in, ask less consent, or send elsewhere; each must be refused when it is loaded."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.vendors.manifest import Manifest
from gateway.vendors.relay import expanded

Value = dict[str, Any]
Edit = Callable[[Value, Manifest], Value | None]

# A field of each class; what a manifest's contract does not let go is what its edits try to send.
FIELDS = {
    "contact_hash": "contact.email_sha256", "visitor_id": "id.user", "device": "device.user_agent", "geo": "geo.region",
    "page_url": "page.url", "page_title": "page.title", "order_id": "order.id", "free_text": "params.note",
}  # fmt: skip


def put(value: Value, leak: Any) -> Value:
    """One more parameter in the request."""
    api = value["api"]
    if "relay" in api:
        api["relay"]["set"] = {**api["relay"].get("set", {}), "leak": leak}
    else:
        api["event"] = {"$merge": [api["event"], {"leak": leak}]}
    return value


def kept(match: str) -> Edit:
    """An edit that keeps a parameter of the page which could hold a person."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        sections = value.get("pixel", [])
        for section in sections if isinstance(sections, list) else [sections]:
            section["params"]["leak"] = {"keep": "event", "match": match} if match else {"keep": "event"}
        return value if sections else None

    return edit


def in_sections(change: Callable[[Value], object]) -> Edit:
    """An edit of each pixel section."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        sections = value.get("pixel", [])
        for section in sections if isinstance(sections, list) else [sections]:
            change(section)
        return value if sections else None

    return edit


def read_as(target: str, **reading: str) -> Edit:
    """An edit that puts a parameter of the page where it is not guarded."""
    return in_sections(lambda section: section["params"].update(leak={"to": target, **reading}))


def routed(**changes: Any) -> Edit:
    """An edit of what requests a pixel takes for its own."""
    return in_sections(lambda section: [route.update(changes) for route in section["routes"]])


def unguarding(*classes: str) -> Edit:
    """An edit of the contract itself: no consent stands before a class."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        weaker = {data: [] for data in classes or FIELDS if manifest.sends.get(data)}
        if not weaker or "necessary" in manifest.purposes:
            return None
        value["privacy"]["sends"].update(weaker)
        return value

    return edit


def promised(value: Value, manifest: Manifest) -> Value | None:
    """A class more in the contract, without a guard, and the field with it."""
    if "contact_hash" in manifest.sends or "necessary" in manifest.purposes:
        return None
    value["privacy"].setdefault("sends", {})["contact_hash"] = []
    return put(value, "= contact.email_sha256")


def asked_nothing(value: Value, manifest: Manifest) -> Value | None:
    """Nothing at all is asked for, although nothing personal goes."""
    value["privacy"] = {"purposes": value["privacy"]["purposes"]}
    url = expanded(value)["request"]["url"]
    return value if manifest.requires and not url.startswith(("{{", "file:")) else None


def moved(host: str) -> Edit:
    """An edit that sends everything to somebody else."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        given = value["api"]["relay" if "relay" in value["api"] else "request"]
        before, mark, rest = given["url"].partition("://")
        own, slash, path = rest.partition("/")
        if not mark or "{{" in own or own.rpartition(".")[0].rpartition(".")[2] in host:
            return None
        given["url"] = f"{before}://{host}{slash}{path}"
        return value

    return edit


def behind(tail: str) -> Edit:
    """An edit that puts something behind the address that the operator gives."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        given = value["api"]["relay" if "relay" in value["api"] else "request"]
        if not given["url"].startswith("{{"):
            return None
        given["url"] = given["url"].partition("}}")[0] + "}}" + tail
        return value

    return edit


def headed(name: str) -> Edit:
    """An edit that writes a header which is the sender's own."""

    def edit(value: Value, manifest: Manifest) -> Value | None:
        if "relay" in value["api"]:
            return None
        value["api"]["request"].setdefault("headers", {})[name] = "x"
        return value

    return edit


PROMISES: Mapping[str, Edit] = {
    "a kept parameter that could be a browser": kept("fb\\.1\\.[0-9]{1,20}\\.[0-9]{1,20}"),
    "a kept parameter that could be an analytics id": kept("GA1[.0-9]{1,40}"),
    "a kept parameter that could be an id of anybody": kept("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "a kept parameter that could be an old digest": kept("[0-9a-f]{32}"),
    "a kept parameter that could be a name": kept("[a-z]{1,20}[.][a-z]{1,20}"),
    "a kept parameter that could be a network": kept("(?:[0-9]{1,3}[.]){3}0"),
    **{
        f"any text as {target}": read_as(target, **{"as": "text"})
        for target in ("utm.source", "utm.term", "order.coupon", "order.value", "order.currency", "order.tax", "engagement.form",
                       "email.campaign", "contact.email_sha256", "contact.phone_sha256")
    },
    "a digest as a coupon": read_as("order.coupon", **{"as": "sha256"}),
    "a page as a campaign": read_as("utm.campaign", **{"as": "url"}),
    "a word as a campaign": read_as("utm.campaign", **{"as": "word"}),
    "an address as a value": read_as("order.value", match=".*"),
    "anything as the account": read_as("account", match=".*"),
    "a digest as the account": read_as("account", match="[0-9a-f]{64}"),
    "a browser as the account": read_as("account", match="fb\\.1\\.[0-9.]+"),
    "an address as the account": read_as("account", match="[a-z@.]{3,60}"),
    "a network as the account": read_as("account", match="[0-9.]{7,15}"),
    "a contact of the page's address": in_sections(lambda section: section.update(page={"email": "contact.email_sha256"})),
    "an account of the page's address": in_sections(lambda section: section.update(page={"who": "account"})),
    "a contact in pieces": in_sections(lambda section: section.update(join={"contact.email_sha256": "{user}@{host}"})),
    "a pixel at any host": routed(host=".*", branded=False),
    "a pixel at any host of a kind": routed(host="[a-z.]+\\.com", branded=False),
    "a pixel at one host or any": routed(host="x|.+", branded=False),
    "a pixel on any page": routed(host=".+", branded=True, path=".*", require={}),
    "a pixel called like our own events": routed(pixel="events"),
    "a pixel with a costly host": routed(host="([a-z]+)+\\.x"),
    **{f"no guard of {data}": unguarding(data) for data in FIELDS if data != "page_url"},
    "no guard of clicks": unguarding("click_id"),
    "no guard of addresses": unguarding("ip"),
    "no guard of anything": unguarding(),
    "a class more": promised,
    "nothing asked for": asked_nothing,
    **{
        f"a request to {host}": moved(host)
        for host in ("collect.evil.example", "evilfacebook.com", "graph.facebook.com.evil.example", "evil.example#@graph.facebook.com", "a.nip.io")
    },
    **{
        f"the operator's address and {tail}": behind(tail)
        for tail in (".evil.example/", "@evil.example/", ".{{ account }}/", "{{ event.name }}", ".{{ page.url | url.host }}/", ":8443/")
    },
    **{f"the header {name}": headed(name) for name in ("Host", "Content-Length", "Transfer-Encoding", "Connection", "Cookie", "X\r\nY", ":authority")},
}  # fmt: skip
