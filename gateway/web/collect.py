"""Turn a request into a hit, hand it to the collector, and answer with a constant.

No router and no ASGI on purpose. The answer says only whether the events are durable or were refused by policy; it
never depends on the decision and repeats nothing of the request.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from gateway.consent.headers import says_dnt
from gateway.errors import BadRequest, StoreUnavailable
from gateway.hit import Hit
from gateway.vendors.own_events import PIXEL as OWN
from gateway.vendors.segment import PIXEL as SEGMENT_PIXEL
from gateway.web.eager import Running
from gateway.web.limits import Limits
from gateway.web.replies import REPLIES, Receive, Reply, not_tracking, refusal, reply, unavailable
from gateway.web.straight import Asked

OWN_PATHS = {"/p.gif": "gif", "/e": "204"}
FRONTED = "/g/"
# Where Segment's libraries send to once they are told another host.
SEGMENT = "/v1/"
# How the lines of all these requests begin after their method, and no other's.
BEGINS = (FRONTED.encode(), SEGMENT.encode(), *(own.encode() + end for own in OWN_PATHS for end in (b"?", b" ")))
_SCRIPTABLE = frozenset((b"application/json", b"text/plain"))
_METHODS = b"GET, HEAD, POST, OPTIONS"


# Is told the answer, or the exception that nobody expected.
Say = Callable[[Reply | BaseException], None]


class Collects(Protocol):
    """The way of a hit, as the edge sees it."""

    async def collect(self, hit: Hit) -> int:
        """How many events are durable. BadRequest or StoreUnavailable where the hit was not taken. It waits for futures
        alone (see `gateway.web.eager`)."""


class Collect:
    """Answers `/p.gif`, `/e`, `/g/<pixel id>/<vendor path>` and `/v1/<method of Segment's>`.

    `collector` gives the collector of the moment, with which a hit goes all its way.
    `replies` maps the fronted pixels to what their pages expect. `tk` answers Do Not Track: it depends on that header
    and on nothing that was decided.
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

    def body_limit(self, path: str) -> int:
        """The most bytes a body may have, for the guard."""
        return self._limits.batch if path == "/e" or path.startswith(SEGMENT) else self._limits.body

    def early(self, asked: Asked) -> Reply | None:
        """The answer to what no body could make a hit of, or None."""
        good = self._route(asked.path)[2]
        if good is None:
            return refusal(404)
        if asked.method in ("GET", "POST"):
            return None
        if asked.method == "OPTIONS":
            return reply(204, b"", b"", (b"allow", _METHODS))
        return self._good(asked, good) if asked.method == "HEAD" else refusal(405, (b"allow", _METHODS))

    def respond(self, asked: Asked, site: str, say: Say) -> None:
        """Answer a whole request to a site, by one call of `say`: now, or when its events are durable."""
        pixel, path, good = self._route(asked.path)
        given = None if asked.method == "GET" and good is not None else self.early(asked)
        if given is None and asked.method == "POST" and pixel == OWN:
            given = _own_fault(asked.fields, asked.body, self._limits.body)
        if given is None and good is not None:
            hit = self._hit(asked, site, pixel, path)
            Running(self._collector().collect(hit), partial(_told, self._good(asked, good), say))
        else:
            say(given or refusal(404))

    def _route(self, path: str) -> tuple[str, str, Reply | None]:
        """The pixel, its own path, and what it expects to be told."""
        own = OWN_PATHS.get(path)
        if own:
            return OWN, path, REPLIES[own]
        if path.startswith(SEGMENT):
            return SEGMENT_PIXEL, path, self._replies.get(SEGMENT_PIXEL)
        pixel, slash, rest = path[len(FRONTED) :].partition("/")
        return pixel, slash + rest, self._replies.get(pixel)

    def _good(self, asked: Asked, good: Reply) -> Reply:
        return not_tracking(good) if self._tk and says_dnt(asked.fields) else good

    def _hit(self, asked: Asked, site: str, pixel: str, path: str) -> Hit:
        query = asked.query.decode("latin-1")
        return Hit(asked.method, path, query, asked.fields, asked.body, asked.peer, self._now(), site, pixel)


def _told(good: Reply, say: Say, kept: int | BaseException) -> None:
    """Say what became of a hit."""
    if isinstance(kept, int):
        say(good)
    elif isinstance(kept, BadRequest):
        say(refusal(kept.status))
    elif isinstance(kept, StoreUnavailable):
        say(unavailable(kept.retry_after))
    else:
        say(kept)


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
