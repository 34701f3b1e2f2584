"""Write out what `relay` stands for: the API side of a vendor that wants its own pixel again, without the person.

A relay sends no parameter that its manifest does not read, and each by the field it was read as: what the policy took
from the field is gone, and a class that `privacy.sends` does not name stays here. What comes out is checked like any
manifest.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.vendors.flows import FREE, class_of
from gateway.vendors.pixel import NO_EVENT
from gateway.vendors.pixel_section import sections

PATH = "path:"

_BODIES = ("form", "json")
_REDUCED = {
    "page.url": ("page_url_clean", "= page.url | url.clean"),
    "page.referrer": ("event", "= page.referrer | url.origin"),
}


def expanded(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `api` of a manifest, with `request`, `events` and `event` in the place of `relay`, if there is one."""
    api = value["api"]
    if api.get("events") == "pixel":
        _, section = sections(value)[0]
        api = {**api, "events": {**_events(section["event"]), "*": "= event.name"}}
    if "relay" not in api:
        return dict(api)
    relay = api["relay"]
    _, section = sections(value)[0]
    events, sent = _events(section["event"]), dict(_parameters(section, value["privacy"], relay))
    form = relay.get("as", "query")
    request = {"method": relay.get("method", "POST" if form in _BODIES else "GET"), "url": relay["url"]}
    if form in _BODIES:
        request |= {"style": form, "body": "= batch.first"}
    else:
        request |= {"query": "= batch.first", "query_safe": relay.get("query_safe", ""), "query_form": form}
    rest = {name: inner for name, inner in api.items() if name != "relay"}
    event = {"$merge": ["= kept", sent, relay.get("set", {})]}
    return {"request": request, "events": events, "event": event, "outcome": _outcome(api), **rest}


def _outcome(api: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Where the endpoint says nothing of its own. A redirect is a cookie exchange that nobody follows."""
    once = api.get("dedup", {}).get("key") is None
    return [
        {"when": {"status": ["2xx", "3xx"]}, "then": "ok"},
        {"when": {"status": 429}, "then": "throttle"},
        {"when": {"status": "5xx"}, "then": "retry_if_unsent" if once else "retry"},
        {"when": {"status": "4xx"}, "then": "dead_letter"},
    ]


def _events(event: Mapping[str, Any]) -> dict[str, str]:
    """Our name -> the vendor's word; the first of two words. An event without a word is called as we call it."""
    words: dict[str, str] = {}
    for word, name in event.get("names", {}).items():
        words.setdefault(name, word)
    others = [
        event.get("absent"),
        event.get("whatever"),
        *event.get("given", {}).values(),
        *event.get("like", {}).values(),
    ]
    for name in filter(None, others):
        words.setdefault(name, name)
    words.pop(NO_EVENT, None)
    return {**words, "*": "drop"}


def _parameters(
    section: Mapping[str, Any], privacy: Mapping[str, Any], relay: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Each parameter that goes out again, and what it is made of. Of several spellings the first one."""
    words = section["event"].get("param", [])
    words = [words] if isinstance(words, str) else words
    silent = set(_unspoken(section["event"]))
    elsewhere = {*section["params"], *relay.get("set", ()), *relay.get("omit", ())}
    if words and words[0] not in elsewhere and not words[0].startswith(PATH):
        spoken = {"$case": "= vendor_event", "$of": dict.fromkeys(silent), "$default": "= vendor_event"}
        yield _key(words[0]), spoken if silent else "= vendor_event"
    seen: set[str] = set()
    for name, given in section["params"].items():
        target = given.get("to", "")
        target = target if isinstance(target, str) else target[0]
        if not target or name.startswith(PATH) or "{" in name or target in seen:
            continue
        seen.add(target)
        made = None if name in relay.get("omit", ()) else _made(target, privacy)
        if made is not None:
            yield _key(name), made


def _unspoken(event: Mapping[str, Any]) -> Iterator[str]:
    """The events for which the vendor has no word."""
    spoken = set(event.get("names", {}).values())
    for name in (event.get("absent"), *event.get("given", {}).values()):
        if name and name not in spoken:
            yield name


def _made(target: str, privacy: Mapping[str, Any]) -> Any:
    """The value of a field under the grants its class asks for; None where the class is not to be sent at all."""
    if target == "account":
        return "= account"
    data, text = _REDUCED.get(target, (class_of(target), f"= {target}"))
    sends = privacy.get("sends", {})
    if target == "order.items" or not (data in FREE or data in sends):
        return None
    needed = sorted(set(sends.get(data, ())) - set(privacy.get("requires", ())))
    return {"$grant": needed, "$value": text} if needed else text


def _key(name: str) -> str:
    return f"${name}" if name.startswith("$") else name
