"""A destination: a vendor's manifest with the operator's account and secrets. It turns events into one request.

It opens nothing and keeps nothing: the sender sends, the worker decides what a reply means for the queue.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from gateway.event import Event
from gateway.outbound import Erased, Outbound, Outcome, Reply
from gateway.vendors import outcomes
from gateway.vendors.auth import Access, Auth, proven
from gateway.vendors.binding import Binding, filled
from gateway.vendors.erasure import person
from gateway.vendors.expressions import GRANTS, Scope
from gateway.vendors.limits import limited
from gateway.vendors.manifest import Manifest, RateLimit
from gateway.vendors.writing import Template, encode, write

DROP = "drop"

# What of an address an endpoint stands in the place of.
_ORIGIN = re.compile(r"\A[^:/?#]+://[^/?#]*")

_EPOCH = date(1970, 1, 1).toordinal()


class Built(NamedTuple):
    """The request, the indices of the events in it, and for each other index why it is not sent (`schema.SKIPS`)."""

    outbound: Outbound | None
    events: tuple[int, ...]
    skipped: Mapping[int, str]


class _Mapped(NamedTuple):
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
        api, deletion = manifest.api, manifest.erasure.auth
        self._endpoint = binding.endpoint.rstrip("/")
        self._request = api.request.over(api.test if binding.test else None)
        self.access = self._access(api.auth, lambda reply: self.outcome(reply) is Outcome.REFRESH_AUTH)
        self.erasure_access = self._access(deletion, lambda reply: False)

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
        return self._hosts([self._request], self.access)

    @property
    def erasure_hosts(self) -> frozenset[str]:
        """The same for the requests of an erasure."""
        return self._hosts(self.manifest.erasure.steps, self.erasure_access)

    @property
    def erasure_lacks(self) -> tuple[str, ...]:
        """What the operator has not given although an erasure needs it (`secret.token`)."""
        given = {"settings": self._settings, "secret": self.binding.secrets}
        asks = (path.split(".", 2)[:2] for path in sorted(self.manifest.erasure.asks))
        return tuple(f"{root}.{name}" for root, name in asks if not given[root].get(name))

    def prepare(self, event: Event, now: float) -> "_Mapped | str":
        """One event in the vendor's words, or the reason why it is not sent (`schema.SKIPS`)."""
        if not self.manifest.requires <= event.grants:
            return "consent"
        if self.age_limit and now - event.received > self.age_limit:
            return "too_old"
        api, scope = self.manifest.api, self._scope(event, now)
        rule = api.events.get(event.name) or api.events.get("*")
        scope.vendor_event = str(rule(scope) or DROP) if rule else DROP
        if scope.vendor_event == DROP:
            return "event_not_mapped"
        payload = limited(api.event(scope) or {}, api.limits)
        for path, reason in api.requires:
            found = outcomes.at(payload, path)
            if outcomes.missing(found) or found in ("", [], {}):
                return reason
        url = self._request.url.fill(scope)
        return "no_route" if url is None else _Mapped(scope, url, payload)

    def batches(self, prepared: Sequence["_Mapped | str"]) -> list[Batch]:
        """The events that may share a request, each group within the vendor's limits, of those that are prepared."""
        api = self.manifest.api
        groups: dict[object, list[tuple[int, _Mapped]]] = {}
        refused: list[int] = []
        for place, mapped in enumerate(prepared):
            if isinstance(mapped, str):
                refused.append(place)
            else:
                key = (mapped.url, encode([run(mapped.scope) for run in api.group_by])) if api.group_by else mapped.url
                groups.setdefault(key, []).append((place, mapped))
        result = [part for group in groups.values() for part in _within(group, api.max_events, api.max_bytes)]
        return [*result, Batch(refused)] if refused else result

    def assemble(self, batch: Batch, events: Sequence[Event], now: float) -> Built:
        """The request of a batch that was just made; positions in `Built` are those of the batch, whose events these
        are."""
        if not batch.mapped:
            return self.build(events, now)
        return Built(self._outbound(batch.mapped), tuple(range(len(batch.mapped))), {})

    def build(self, events: Sequence[Event], now: float) -> Built:
        """One request for the events of one batch; `now` is POSIX seconds."""
        mapped: list[_Mapped] = []
        skipped: dict[int, str] = {}
        places: list[int] = []
        for place, event in enumerate(events):
            result = self.prepare(event, now)
            if isinstance(result, str):
                skipped[place] = result
            else:
                mapped.append(result)
                places.append(place)
        if not mapped:
            return Built(None, (), skipped)
        return Built(self._outbound(mapped), tuple(places), skipped)

    def outcome(self, reply: Reply) -> Outcome:
        """What becomes of the events of a request that was answered like this."""
        return outcomes.read(self.manifest.api.outcomes, reply, self.manifest.api.repeatable)

    def rejected(self, reply: Reply) -> tuple[int, ...]:
        """For `reject_indices`: the positions in the request that the vendor refused."""
        return outcomes.rejected(self.manifest.api.outcomes, reply)

    def erase(self, identifiers: Mapping[str, str], now: float, step: int = 0, answer: Any = None) -> Outbound | None:
        """The request that deletes a person at the vendor; None where there is none to make.

        `identifiers` are by field (`id.user`), with what the person proved in clear (`email`). `step` counts from 0,
        `answer` is the JSON that the step before was answered with. None: the vendor deletes nobody, the operator has
        not given what it takes, an identifier is missing, or the step before found nobody.
        """
        erasure = self.manifest.erasure
        known = {name: value for name, value in identifiers.items() if value and name in erasure.needs}
        if step >= len(erasure.steps) or self.erasure_lacks or known.keys() != erasure.needs or (step and not answer):
            return None
        scope, template = self._scope(), erasure.steps[step]
        scope.subject, scope.answer, scope.now = person(known), answer, _time(int(now))
        url = template.url.fill(scope)
        return None if url is None else self._sealed(erasure.auth, write(template, url, scope), scope)

    def erased(self, reply: Reply) -> Erased:
        """What is known of a deletion after this answer. Of a step before the last, all but a failure means: go on."""
        return self.manifest.erasure.read(reply)

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
        scope.now = _time(int(now))
        return scope

    def _outbound(self, mapped: Sequence[_Mapped]) -> Outbound:
        api, scope = self.manifest.api, mapped[0].scope
        payloads = [_payload(each.payload, api.event_encoding) for each in mapped]
        scope.batch = {"events": payloads, "first": payloads[0], "count": len(payloads)}
        return self._sealed(api.auth, write(self._request, mapped[0].url, scope), scope)

    def _sealed(self, auth: Auth, request: Outbound, scope: Scope) -> Outbound:
        """The request with the proof of who sends it, at the operator's endpoint where one is given."""
        made = proven(auth, request, scope)
        return Outbound(made.method, self._aimed(made.url), made.headers, made.body) if self._endpoint else made

    def _access(self, auth: Auth, stale: Callable[[Reply], bool]) -> Access | None:
        return Access(auth, self._scope(), self._aimed, stale) if auth.needs_token else None

    def _hosts(self, templates: Iterable[Template], access: Access | None) -> frozenset[str]:
        if self.binding.endpoint:
            return frozenset((urlsplit(self.binding.endpoint).netloc.lower(),))
        scope = self._scope()
        asked = [access.authority] if access else []
        return frozenset((*(each.url.authority(scope) for each in templates), *asked)) - {""}

    def _aimed(self, url: str) -> str:
        """The URL at the operator's endpoint, where one is given, instead of the vendor's host."""
        return _ORIGIN.sub(lambda _: self._endpoint, url) if self._endpoint else url


def _within(group: Sequence[tuple[int, _Mapped]], max_events: int, max_bytes: int) -> Iterator[Batch]:
    """A group cut to the vendor's limits, in order. One event that is too large alone goes alone."""
    part: list[tuple[int, _Mapped]] = []
    size = 0
    for place, mapped in group:
        own = len(encode(mapped.payload)) if max_bytes else 0
        if part and (len(part) >= max_events or (max_bytes and size + own > max_bytes)):
            yield _batch(part)
            part, size = [], 0
        part.append((place, mapped))
        size += own
    if part:
        yield _batch(part)


def _batch(part: Sequence[tuple[int, _Mapped]]) -> Batch:
    return Batch([place for place, _ in part], tuple(mapped for _, mapped in part))


@lru_cache(maxsize=16)
def _time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()


@lru_cache(maxsize=16)
def _date(day: int) -> str:
    """A day since 1970-01-01 UTC as a date."""
    return date.fromordinal(_EPOCH + day).isoformat()


@lru_cache(maxsize=256)
def _consent(grants: frozenset[str], gpc: bool) -> Mapping[str, bool]:
    return {**{name: name in grants for name in GRANTS}, "sale_opt_out": gpc}


def _payload(payload: Mapping[str, Any], encoding: str) -> Any:
    return f"?{urlencode(payload, quote_via=quote)}" if encoding == "query" else payload
