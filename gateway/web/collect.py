"""Turn a request into a hit, hand it to the collector, and answer with a constant.

Raw scopes on purpose: no router, no request object. The answer says only whether the events are durable or were refused
by policy; it never depends on the decision and repeats nothing of the request.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from gateway.consent.headers import says_dnt
from gateway.errors import BadRequest, StoreUnavailable
from gateway.hit import Hit
from gateway.vendors.own_events import PIXEL as OWN
from gateway.web.limits import Limits
from gateway.web.replies import REPLIES, Receive, Reply, Scope, not_tracking, refusal, reply, unavailable

OWN_PATHS = {"/p.gif": "gif", "/e": "204"}
FRONTED = "/g/"
_SCRIPTABLE = frozenset((b"application/json", b"text/plain"))
_METHODS = b"GET, HEAD, POST, OPTIONS"


class Collects(Protocol):
    """The way of a hit, as the edge sees it."""

    async def collect(self, hit: Hit) -> int:
        """How many events are durable. BadRequest or StoreUnavailable where the hit was not taken."""


class Collect:
    """Answers `/p.gif`, `/e` and `/g/<pixel id>/<vendor path>`.

    `collector` gives the collector of the moment, with which a hit goes all its way.
    `replies` maps the fronted pixels to what their pages expect. The scope must hold `site`, the name of the site the
    Host field named, and `fields`, the headers as lower-case names to lists of values. `tk` answers Do Not Track: it
    depends on that header and on nothing that was decided.
    """

    def __init__(
        self,
        collector: Callable[[], Collects],
        replies: Mapping[str, str],
        limits: Limits,
        now: Callable[[], float],
        *,
        tk: bool = False,
    ) -> None:
        self._tk = tk
        self._collector = collector
        self._limits = limits
        self._now = now
        self._replies = {pixel: REPLIES[name] for pixel, name in replies.items() if pixel != OWN}
        self._unavailable = unavailable(limits.retry_after)

    def takes(self, path: str) -> bool:
        """Whether a path is one of ours."""
        return path in OWN_PATHS or path.startswith(FRONTED)

    def body_limit(self, path: str) -> int:
        """The most bytes a body may have, for the guard."""
        return self._limits.batch if path == "/e" else self._limits.body

    async def respond(self, scope: Scope, receive: Receive) -> Reply | None:
        """The answer, or None where the client is gone."""
        pixel, path, good = self._route(scope["path"])
        if good is None:
            return refusal(404)
        if self._tk and says_dnt(scope["fields"]):
            good = not_tracking(good)
        method = scope["method"]
        if method == "OPTIONS":
            return reply(204, b"", b"", (b"allow", _METHODS))
        if method == "HEAD":
            return good
        body = b""
        if method == "POST":
            read = await read_body(receive)
            if read is None:
                return None
            body = read
        elif method != "GET":
            return refusal(405, (b"allow", _METHODS))
        fault = _own_fault(scope["fields"], body, self._limits.body) if pixel == OWN and method == "POST" else None
        return fault or await self._take(self._hit(scope, pixel, path, body), good)

    def _route(self, path: str) -> tuple[str, str, Reply | None]:
        """The pixel, its own path, and what it expects to be told."""
        own = OWN_PATHS.get(path)
        if own:
            return OWN, path, REPLIES[own]
        pixel, slash, rest = path[len(FRONTED) :].partition("/")
        return pixel, slash + rest, self._replies.get(pixel)

    def _hit(self, scope: Scope, pixel: str, path: str, body: bytes) -> Hit:
        client = scope["client"]
        return Hit(
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode("latin-1"),
            headers=scope["fields"],
            body=body,
            peer=client[0] if client else "",
            received=self._now(),
            site=scope["site"],
            pixel=pixel,
        )

    async def _take(self, hit: Hit, good: Reply) -> Reply:
        try:
            await self._collector().collect(hit)
        except BadRequest as error:
            return refusal(error.status)
        except StoreUnavailable as error:
            return unavailable(error.retry_after)
        return good


def _own_fault(fields: Mapping[bytes, list[bytes]], body: bytes, most: int) -> Reply | None:
    """What is wrong with the outside of our own JSON: its type, or one event as large as only a batch may be.

    `text/plain` is what `sendBeacon` gives a string; no other type passes without the browser asking first.
    """
    kinds = fields.get(b"content-type", [])
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() not in _SCRIPTABLE:
        return refusal(415)
    if len(body) > most and not body.lstrip(b" \t\r\n").startswith(b"["):
        return refusal(413)
    return None


async def read_body(receive: Receive) -> bytes | None:
    """The whole body, which the guard has measured, or None where the client went away."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return bytes(message.get("body", b""))
    pieces = []
    while message["type"] == "http.request":
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
        message = await receive()
    return None
