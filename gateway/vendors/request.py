"""A destination: a vendor's manifest with the operator's account and secrets. It turns events into one request.

It opens nothing and keeps nothing: the sender sends, the worker decides what a reply means for the queue.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from gateway.event import Event
from gateway.outbound import Outbound, Outcome, Reply
from gateway.vendors import outcomes
from gateway.vendors.binding import Binding, filled
from gateway.vendors.expressions import GRANTS, Run, Scope
from gateway.vendors.manifest import Manifest, RateLimit
from gateway.vendors.service_account import TOKEN_HOST, TOKEN_URL, token_request
from gateway.vendors.signing import signature

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "ndjson": "application/x-ndjson"}

DROP = "drop"

_EPOCH = date(1970, 1, 1).toordinal()


class Built(NamedTuple):
    """The request, the indices of the events in it, and for each other index why it is not sent (`schema.SKIPS`)."""

    outbound: Outbound | None
    events: tuple[int, ...]
    skipped: Mapping[int, str]


class _Mapped(NamedTuple):
    place: int
    scope: Scope
    url: str
    payload: Mapping[str, Any]


class Batch(NamedTuple):
    """Events that may share a request: their indices, and each in the vendor's words, if there are words for them."""

    events: list[int]
    mapped: tuple[_Mapped, ...] = ()


class Destination:
    """A manifest bound to one account. The binding must be free of `binding.problems`."""

    def __init__(self, manifest: Manifest, binding: Binding) -> None:
        self.manifest = manifest
        self.binding = binding
        self._pixels = frozenset(pixel.id for pixel in manifest.pixels)
        self._settings = filled(manifest, binding.settings)
        self._account = str(self._settings.get(manifest.account, "")) if manifest.account else ""

    @property
    def name(self) -> str:
        """The destination's name in the policy."""
        return self.binding.name

    @property
    def age_limit(self) -> int:
        """Seconds after which the vendor refuses an event; 0 means never."""
        return self.manifest.api.age_limit

    @property
    def linger(self) -> int:
        """Seconds that events may wait for more to share a request with."""
        return self.manifest.api.linger

    @property
    def rate_limit(self) -> RateLimit:
        """How many requests the vendor takes; nothing in it means that no limit is known."""
        return self.manifest.api.rate_limit

    @property
    def hosts(self) -> frozenset[str]:
        """Host, with port where one is given, of every request; empty for a file."""
        if self.binding.endpoint:
            return frozenset((urlsplit(self.binding.endpoint).netloc.lower(),))
        authority = self.manifest.api.url.authority(self._scope())
        asked = frozenset((TOKEN_HOST,)) if self.needs_token else frozenset()
        return frozenset((authority,)) | asked if authority else frozenset()

    @property
    def needs_token(self) -> bool:
        """Whether its requests go with an access token that has to be got first."""
        return self.manifest.api.auth.kind == "google_service_account"

    def token_request(self, now: float) -> Outbound | None:
        """The request for an access token; None where the operator's key cannot sign one. `now` is POSIX seconds."""
        auth = self.manifest.api.auth
        return token_request(self.binding.secrets.get(auth.secret, ""), auth.scope, now, self._aimed(TOKEN_URL))

    def batches(self, events: Sequence[Event], now: float) -> list[Batch]:
        """The events in groups that may share a request, each within the vendor's limits."""
        if len(events) == 1:
            return [Batch([0])]
        api = self.manifest.api
        groups: dict[object, list[_Mapped]] = {}
        refused: list[int] = []
        for index, event in enumerate(events):
            mapped = self._map(index, event, now)
            if isinstance(mapped, str):
                refused.append(index)
            else:
                key = (mapped.url, _encode([run(mapped.scope) for run in api.group_by])) if api.group_by else mapped.url
                groups.setdefault(key, []).append(mapped)
        result = [part for group in groups.values() for part in _within(group, api.max_events, api.max_bytes)]
        return [*result, Batch(refused)] if refused else result

    def assemble(self, batch: Batch, events: Sequence[Event], now: float) -> Built:
        """The request of a batch that was just made of these events; positions in `Built` are those of the batch."""
        if not batch.mapped:
            return self.build(events, now)
        return Built(self._outbound(batch.mapped), tuple(range(len(batch.mapped))), {})

    def build(self, events: Sequence[Event], now: float) -> Built:
        """One request for the events of one batch; `now` is POSIX seconds."""
        mapped: list[_Mapped] = []
        skipped: dict[int, str] = {}
        for index, event in enumerate(events):
            result = self._map(index, event, now)
            if isinstance(result, str):
                skipped[index] = result
            else:
                mapped.append(result)
        if not mapped:
            return Built(None, (), skipped)
        return Built(self._outbound(mapped), tuple(each.place for each in mapped), skipped)

    def outcome(self, reply: Reply) -> Outcome:
        """What becomes of the events of a request that was answered like this."""
        return outcomes.read(self.manifest.api.outcomes, reply, self.manifest.api.repeatable)

    def rejected(self, reply: Reply) -> tuple[int, ...]:
        """For `reject_indices`: the positions in the request that the vendor refused."""
        return outcomes.rejected(self.manifest.api.outcomes, reply)

    def _map(self, index: int, event: Event, now: float) -> "_Mapped | str":
        """One event in the vendor's words, or the reason why it is not sent."""
        if not self.manifest.requires <= event.grants:
            return "consent"
        if self.age_limit and now - event.received > self.age_limit:
            return "too_old"
        api, scope = self.manifest.api, self._scope(event, now)
        rule = api.events.get(event.name) or api.events.get("*")
        scope.vendor_event = str(rule(scope) or DROP) if rule else DROP
        if scope.vendor_event == DROP:
            return "event_not_mapped"
        payload = api.event(scope) or {}
        for path, reason in api.requires:
            found = outcomes.at(payload, path)
            if outcomes.missing(found) or found in ("", [], {}):
                return reason
        url = api.url.fill(scope)
        return "no_route" if url is None else _Mapped(index, scope, url, payload)

    def _scope(self, event: Event | None = None, now: float = 0.0) -> Scope:
        scope = Scope(self._settings, self.binding.secrets, self.binding.key)
        scope.account = self._account
        if event is None:
            return scope
        fields = event.fields
        scope.fields = {"event.id": event.id, "event.name": event.name, **fields}
        scope.consent = _consent(event.grants, event.facts.signals.gpc)
        # What another vendor's pixel called its account or kept of its own words means nothing here.
        own = event.pixel in self._pixels
        # The operator's account wins: a page must not choose whose account is charged with an event.
        scope.account = self._account or (event.account if own else "")
        scope.source = {
            "site": event.site, "pixel": event.pixel, "account": scope.account,
            "channel": "email" if event.name.startswith("email_") else "web", "day": _date(event.received // 86_400),
        }  # fmt: skip
        scope.kept = (event.kept or {}) if own else {}
        scope.now = datetime.fromtimestamp(int(now), UTC).isoformat()
        return scope

    def _outbound(self, mapped: Sequence[_Mapped]) -> Outbound:
        api, scope = self.manifest.api, mapped[0].scope
        payloads = [_payload(each.payload, api.event_encoding) for each in mapped]
        scope.batch = {"events": payloads, "first": payloads[0], "count": len(payloads)}
        url = _with_query(mapped[0].url, api.query(scope) if api.query else None, api.query_safe, api.query_form)
        body = _body(api.body(scope), api.style) if api.body else b""
        headers = {name: _header(run(scope)) for name, run in api.headers}
        if body and "content-type" not in map(str.lower, headers):
            headers["content-type"] = _TYPES[api.style]
        url, proof = self._proof(url, scope, body)
        return Outbound(api.method, self._aimed(url), headers | proof, body)

    def _proof(self, url: str, scope: Scope, body: bytes) -> tuple[str, dict[str, str]]:
        """The URL and the headers that prove who sends the request."""
        auth = self.manifest.api.auth
        secret = self.binding.secrets.get(auth.secret, "")
        if auth.kind == "query":
            return _with_query(url, {auth.name: secret}, ""), {}
        if auth.kind == "bearer":
            return url, {"Authorization": f"Bearer {secret}"}
        if auth.kind == "header":
            return url, {auth.name: secret}
        if auth.kind == "basic":
            pair = f"{_text(auth.user, scope)}:{secret}".encode()
            return url, {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        if auth.kind == "standard_webhooks":
            identity, timestamp = _text(auth.identity, scope), int(_text(auth.timestamp, scope) or 0)
            sign = signature(secret, identity, timestamp, body)
            return url, {"webhook-id": identity, "webhook-timestamp": str(timestamp), "webhook-signature": sign}
        return url, {}

    def _aimed(self, url: str) -> str:
        """The URL at the operator's endpoint, where one is given, instead of the vendor's host."""
        if not self.binding.endpoint:
            return url
        endpoint, parts = urlsplit(self.binding.endpoint), urlsplit(url)
        path = endpoint.path.rstrip("/") + parts.path
        return parts._replace(scheme=endpoint.scheme, netloc=endpoint.netloc, path=path).geturl()


def _within(group: Sequence[_Mapped], max_events: int, max_bytes: int) -> Iterator[Batch]:
    """A group cut to the vendor's limits, in order. One event that is too large alone goes alone."""
    part: list[_Mapped] = []
    size = 0
    for mapped in group:
        own = len(_encode(mapped.payload).encode()) if max_bytes else 0
        if part and (len(part) >= max_events or (max_bytes and size + own > max_bytes)):
            yield _batch(part)
            part, size = [], 0
        part.append(mapped)
        size += own
    if part:
        yield _batch(part)


def _batch(part: Sequence[_Mapped]) -> Batch:
    return Batch([mapped.place for mapped in part], tuple(part))


@lru_cache(maxsize=16)
def _date(day: int) -> str:
    """A day since 1970-01-01 UTC as a date."""
    return date.fromordinal(_EPOCH + day).isoformat()


@lru_cache(maxsize=256)
def _consent(grants: frozenset[str], gpc: bool) -> Mapping[str, bool]:
    return {**{name: name in grants for name in GRANTS}, "sale_opt_out": gpc}


def _payload(payload: Mapping[str, Any], encoding: str) -> Any:
    return f"?{urlencode(payload, quote_via=quote)}" if encoding == "query" else payload


def _body(value: Any, style: str) -> bytes:
    """The body in its style. NDJSON: one line for each element of the only list in it."""
    if style == "form":
        return urlencode(value or {}, quote_via=quote).encode()
    if style == "ndjson":
        rows = next((rows for rows in (value or {}).values() if isinstance(rows, list)), [])
        return "".join(f"{_encode(row)}\n" for row in rows).encode("utf-8", "replace")
    return _encode(value or {}).encode("utf-8", "replace")


def _segments(given: Mapping[str, Any]) -> str:
    """`/name:value` for each, and `/[a:1/b:2]` for each mapping of a list."""
    parts = []
    for name, value in given.items():
        if isinstance(value, list):
            parts += [f"/[{_segments(each)[1:]}]" for each in value if each]
        else:
            parts.append(f"/{quote(name, safe='')}:{quote(str(value), safe='')}")
    return "".join(parts)


def _with_query(url: str, query: Mapping[str, Any] | None, safe: str, form: str = "query") -> str:
    """The URL with parameters, which some vendors want in its path (`;a=1;b=2?`, `/a:1/b:2`)."""
    if not query:
        return url
    if form == "segments":
        return url.rstrip("/") + _segments(query)
    if form == "matrix":
        return "".join((url, *(f";{name}={quote(str(value), safe=safe)}" for name, value in query.items()), "?"))
    encoded = urlencode({name: str(value) for name, value in query.items()}, safe=safe, quote_via=quote)
    return f"{url}{'&' if '?' in url else '?'}{encoded}"


def _text(run: Run | None, scope: Scope) -> str:
    value = run(scope) if run else None
    return "" if value is None else _header(value)


def _header(value: Any) -> str:
    """A header's value; what could end it or is no ASCII is percent-encoded."""
    text = "" if value is None else str(value)
    return text if text.isascii() and text.isprintable() else quote(text, safe="")
