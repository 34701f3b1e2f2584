"""Play recorded hits through the real way of a hit, storing nothing and sending nothing.

What comes out is what would have happened: the facts, each destination's verdict, the event it would have been given
and the requests a vendor would have got. The operator's secrets do not appear in them: the caller binds placeholders.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from gateway.collector import Collector, Weighed
from gateway.errors import BadRequest
from gateway.event import Event
from gateway.facts import Facts
from gateway.hit import Hit, RawEvent
from gateway.mail.accept import token_in
from gateway.mail.events import PIXEL as MAIL
from gateway.outbound import Outbound
from gateway.vendors.catalogue import Catalogue
from gateway.vendors.own_events import PIXEL as OWN
from gateway.vendors.request import Destination
from gateway.vendors.segment import PIXEL as SEGMENT

OWN_PATHS = ("/p.gif", "/e")
SEGMENT_PATHS = "/v1/"
NOTHING_HERE = 404
STATUS = {"204": 204}

# What the pixel itself said of the business, for the person who compares it with the vendor's own debugger.
_READ = {"value": "order.value", "currency": "order.currency", "order_id": "order.id"}


class RecordError(ValueError):
    """A line of the input that is no hit; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A collector whose queue is never asked, the destinations its events would reach, and one site for all hits.
    `hosts` are the gateway's own: elsewhere a path like one of ours is somebody else's."""

    collector: Collector
    catalogue: Catalogue
    destinations: Mapping[str, Destination]
    site: str
    hosts: Collection[str]

    def play(self, record: object, now: float, alter: Callable[[Facts], Facts]) -> dict[str, Any]:
        """The fate of one recorded hit: an object with `method url headers body`, optionally `id` and `peer`.

        Vendors' own addresses are recognised as they would be fronted; `/g/<pixel>/…` is taken as it is, and so are
        `/p.gif`, `/e`, `/v1/…` and mails of no host or of one of `hosts`. `alter` replaces what the hit says of region
        and consent. RecordError where it is none.
        """
        if not isinstance(record, Mapping) or not isinstance(record.get("url"), str):
            raise RecordError("a hit is an object with at least a url: {method, url, headers, body}")
        hit = self._hit(record, now)
        known = hit.pixel in self.collector.pixels
        result: dict[str, Any] = {"id": record.get("id"), "recognised": hit.pixel if known else None}
        result |= {"status": NOTHING_HERE, "facts": {}, "destinations": {}}
        if not known:
            return result
        try:
            raws = self.collector.pixels[hit.pixel].decode(hit)
            weighed = self.collector.weigh(hit, alter)
        except BadRequest as refusal:
            return result | {"status": refusal.status, "error": str(refusal)}
        result["status"] = STATUS.get(getattr(self.collector.pixels[hit.pixel], "reply", ""), 200)
        fates = [
            {"read": _read(raw), "destinations": self._fates(each, now)}
            for raw, each in zip(raws, weighed, strict=True)
        ]
        if fates:
            result |= {"facts": _facts(weighed[0].facts), **fates[0]}
        return result | ({"batch": fates[1:]} if fates[1:] else {})

    def _hit(self, record: Mapping[str, Any], now: float) -> Hit:
        method = str(record.get("method") or "GET").upper()
        body = record.get("body") or ""
        if not isinstance(body, str):
            raise RecordError("the body of a hit is text or null")
        headers = _headers(record.get("headers") or {})
        pixel, path, query = self._address(method, record["url"], body)
        peer = str(record.get("peer") or "")
        return Hit(method, path, query, headers, body.encode("utf-8", "surrogatepass"), peer, now, self.site, pixel)

    def _address(self, method: str, url: str, body: str) -> tuple[str, str, str]:
        """Pixel, path and query of a recorded address; no pixel where it is none of ours."""
        try:
            parts = urlsplit(url)
            ours = parts.hostname is None or parts.hostname in self.hosts
        except ValueError:
            return "", "", ""
        before, prefix, rest = parts.path.partition("/g/")
        pixel, slash, path = rest.partition("/")
        if ours and not before and pixel in self.collector.pixels:  # some vendors' paths look like that, too
            return pixel, slash + path, parts.query
        fronted = self.catalogue.recognise(method, url, body)
        if fronted:
            return fronted._replace(path=unquote(fronted.path))  # as the server hands it over
        if ours and (own := _own(parts.path)):
            return own, parts.path, parts.query
        return (pixel, slash + path, parts.query) if prefix else ("", "", "")

    def _fates(self, weighed: Weighed, now: float) -> dict[str, Any]:
        """Each destination's verdict, with what it would have been given and what its vendor would have got."""
        given = {event.destination: event for event in weighed.events}
        return {
            verdict.destination: {
                "allow": verdict.allow,
                "reason": verdict.reason.value,
                "event": given[verdict.destination].grouped() if verdict.allow else None,
                "outbound": [*self._outbound(given.get(verdict.destination), now)],
            }
            for verdict in weighed.decision.verdicts
        }

    def _outbound(self, event: Event | None, now: float) -> Iterator[dict[str, Any]]:
        if event is None:
            return
        built = self.destinations[event.destination].build([event], now)
        if built.outbound is not None:
            yield _written(built.outbound)
        for reason in built.skipped.values():
            yield {"skipped": reason}


def _own(path: str) -> str:
    """The one of the gateway's own endpoints that a path on its host leads to, or empty."""
    if path in OWN_PATHS:
        return OWN
    if path.startswith(SEGMENT_PATHS):
        return SEGMENT
    return MAIL if token_in(path)[0] else ""


def altered(regions: Sequence[str] | None, **signals: Any) -> Callable[[Facts], Facts]:
    """Replaces the regions (None keeps those of the hit) and the named signals of a hit's facts."""

    def alter(facts: Facts) -> Facts:
        placed = facts if regions is None else facts._replace(regions=tuple(regions))
        return placed._replace(signals=placed.signals._replace(**signals))

    return alter


def _headers(given: Any) -> dict[bytes, list[bytes]]:
    if not isinstance(given, Mapping):
        raise RecordError("the headers of a hit are an object of names and values")
    headers: dict[bytes, list[bytes]] = {}
    for name, values in given.items():
        listed = values if isinstance(values, list) else [values]
        encoded = [str(value).encode("latin-1", "replace") for value in listed]
        headers.setdefault(str(name).lower().encode("latin-1", "replace"), []).extend(encoded)
    return headers


def _read(raw: RawEvent) -> dict[str, Any]:
    """What was read of the event before anything was decided: its name, account, money, order and own id."""
    money = {key: raw.fields[field] for key, field in _READ.items() if field in raw.fields}
    named = {"dedup_id": raw.id} if raw.id else {}
    return {"event": raw.name, "account": raw.account or None, **money, **named}


def _facts(facts: Facts) -> dict[str, Any]:
    votes = [vote._asdict() for vote in facts.signals.votes]
    signals = facts.signals
    flags = {"gpc": signals.gpc, "dnt": signals.dnt, "notified": signals.notified, "bot": facts.bot}
    unreadable = list(signals.unreadable)
    return {"regions": list(facts.regions), "votes": votes, **flags, "age": facts.age, "unreadable": unreadable}


def _written(outbound: Outbound) -> dict[str, Any]:
    body = outbound.body.decode("utf-8", "replace")
    return {"method": outbound.method, "url": outbound.url, "headers": dict(outbound.headers), "body": body}
