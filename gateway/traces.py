"""Tell an OpenTelemetry collector of requests to vendors, as spans whose fields are a closed list.

There is no span of a hit: of a refused one it would be a trace, and its time and place in the order would point at a
visitor. A span is of what the gateway does by itself, with values of the configuration and of the vendor's answer
alone; no request carries an identifier of a trace, neither in nor out. Spans leave by the one way out, as OTLP in JSON:
https://opentelemetry.io/docs/specs/otlp/
"""

import json
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

from gateway.errors import GatewayError
from gateway.outbound import Outbound, Reply
from gateway.sender import Route, Still, always

# What a span may be called, and what may be said of it. Texts are those that `allowed` lists, and else `other`.
FIELDS: Mapping[str, type] = {
    "gateway.destination": str,
    "gateway.vendor": str,
    "http.request.method": str,
    "http.response.status_code": int,
    "gateway.sent": bool,
}
NAMES = ("delivery",)
OTHER = "other"
MOST, AT_ONCE = 2048, 512
PATH = "/v1/traces"
_CLIENT, _ERROR = 3, 2  # SPAN_KIND_CLIENT, STATUS_CODE_ERROR
_OF_TYPE = {str: "stringValue", int: "intValue", bool: "boolValue"}


class Sends(Protocol):
    """The way out."""

    async def send(self, outbound: Outbound, route: Route, still: Still = ...) -> Reply:
        """The answer to a request."""


class Span(NamedTuple):
    """What was done, from when to when in POSIX seconds, and whether it failed."""

    name: str
    begun: float
    ended: float
    fields: Mapping[str, str | int | bool]
    failed: bool = False


class Traces:
    """Spans that wait to be told, the oldest of which are forgotten when there are too many. `endpoint` is the
    collector's address; `allowed` are the texts of each field; `random` gives so many random bytes."""

    def __init__(
        self, endpoint: str, allowed: Mapping[str, Collection[str]], version: str, random: Callable[[int], bytes]
    ) -> None:
        self._endpoint = endpoint.rstrip("/") + PATH
        self._allowed = {field: frozenset(texts) for field, texts in allowed.items()}
        self._version = version
        self._random = random
        self._waiting: deque[Span] = deque(maxlen=MOST)
        self.forgotten = 0

    def tell(self, span: Span) -> None:
        """Have a span told. ValueError for a name, a field or a type that is not in the tables."""
        if span.name not in NAMES:
            raise ValueError(f"{span.name} is no name of a span")
        for field, value in span.fields.items():
            if type(value) is not FIELDS.get(field):
                raise ValueError(f"{field} is no field of a span, or not of that type")
        self.forgotten += len(self._waiting) == MOST
        self._waiting.append(span)

    async def flush(self, sender: Sends, route: Route) -> None:
        """Tell what waits. What the collector does not take is forgotten: nobody waits for it."""
        while self._waiting:
            spans = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            body = json.dumps(self.document(spans)).encode()
            request = Outbound("POST", self._endpoint, {"Content-Type": "application/json"}, body)
            try:
                reply = await sender.send(request, route)
            except GatewayError:
                reply = Reply(0)
            if not 200 <= reply.status < 300:
                self.forgotten += len(spans)
                return

    def document(self, spans: Collection[Span]) -> dict[str, Any]:
        """Spans as OTLP has them; each is a trace of its own."""
        resource = {"service.name": "consent-gateway", "service.version": self._version}
        return {
            "resourceSpans": [
                {
                    "resource": {"attributes": [_attribute(name, value) for name, value in resource.items()]},
                    "scopeSpans": [{"scope": {"name": "gateway"}, "spans": [self._span(each) for each in spans]}],
                }
            ]
        }

    def _span(self, span: Span) -> dict[str, Any]:
        return {
            "traceId": self._random(16).hex(),
            "spanId": self._random(8).hex(),
            "name": span.name,
            "kind": _CLIENT,
            "startTimeUnixNano": str(round(span.begun * 1e9)),
            "endTimeUnixNano": str(round(span.ended * 1e9)),
            "attributes": [_attribute(name, self._closed(name, value)) for name, value in span.fields.items()],
            "status": {"code": _ERROR} if span.failed else {},
        }

    def _closed(self, field: str, value: str | int | bool) -> str | int | bool:
        return OTHER if isinstance(value, str) and value not in self._allowed.get(field, ()) else value


class Traced:
    """A way out that has a span told of each request that has the `chance`. `fields` are those of the configuration for
    a route; `clock` is in POSIX seconds."""

    def __init__(
        self,
        ahead: Sends,
        tell: Callable[[Span], None],
        fields: Callable[[Route], Mapping[str, str]],
        clock: Callable[[], float],
        chance: Callable[[], bool],
    ) -> None:
        self._ahead, self._tell, self._fields, self._clock, self._chance = ahead, tell, fields, clock, chance

    async def send(self, outbound: Outbound, route: Route, still: Still = always) -> Reply:
        """The answer to a request, as from the way out behind it."""
        if not self._chance():
            return await self._ahead.send(outbound, route, still)
        begun, reply = self._clock(), None
        try:
            reply = await self._ahead.send(outbound, route, still)
            return reply
        finally:
            told: dict[str, str | int | bool] = {**self._fields(route), "http.request.method": outbound.method}
            if reply:
                told |= {"http.response.status_code": reply.status, "gateway.sent": reply.sent}
            failed = reply is None or not 200 <= reply.status < 400
            self._tell(Span("delivery", begun, self._clock(), told, failed))


def _attribute(name: str, value: str | int | bool) -> dict[str, Any]:
    kind = _OF_TYPE[type(value)]
    return {"key": name, "value": {kind: str(value) if kind == "intValue" else value}}
