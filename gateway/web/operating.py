"""What an operator may do at the admin listener: look into dead letters, queue them again or destroy them, end a pause.

No browser's page may: a request with an Origin is refused. Answers are JSON and repeat nothing of a request. What
changes something is evidenced before it is done; where it cannot be, it is not done.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.audit.leaf import named
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.web.explain import problem

PATH = "/v1/dead-letters"
DESTINATIONS = "/v1/destinations"
ACTOR = "actor"  # who asks, in the scope of a request: the id of an API key
GRANTED = "granted"  # and every scope of theirs, where a route asks for a second one
MOST = 200
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Letters(Protocol):
    """The dead letters."""

    async def count(self) -> Sequence[Mapping[str, Any]]:
        """How many, by destination and reason."""

    async def browse(self, destination: str, most: int = MOST, after: str = "") -> Sequence[Mapping[str, Any]]:
        """The newest of a destination, or those that follow one."""

    async def show(self, destination: str, name: str) -> Mapping[str, Any] | None:
        """One of them."""

    async def replay(self, destination: str, names: Collection[str] | None = None) -> int:
        """Queue them again; how many."""

    async def discard(self, destination: str, names: Collection[str] | None = None) -> int:
        """Destroy them; how many."""


Act = Callable[[Request], Awaitable[Response]]


class Evidence(Protocol):
    """Where what was done is written down."""

    async def require(self, act: str, **fields: str) -> None:
        """Return when it is durable that somebody has asked for this. LogUnavailable where it cannot be."""


class Lanes(Protocol):
    """The destinations that are delivered to."""

    def states(self) -> Mapping[str, str]:
        """What each is doing."""

    def resume(self, destination: str) -> None:
        """End the pause of one."""


class Operating:
    """The routes."""

    def __init__(self, letters: Letters, lanes: Lanes, evidence: Evidence) -> None:
        self._letters = letters
        self._lanes = lanes
        self._evidence = evidence

    def routes(self) -> list[Route]:
        """All of them."""
        one = PATH + "/{destination}/{id}"
        return [
            _route(PATH, {"GET": self._count}),
            _route(PATH + "/{destination}", {"GET": self._browse, "DELETE": self._discard}),
            _route(PATH + "/{destination}/replay", {"POST": self._replay}),
            _route(one, {"GET": self._show, "DELETE": self._discard}),
            _route(one + "/replay", {"POST": self._replay}),
            _route(DESTINATIONS + "/{destination}/resume", {"POST": self._end_pause}),
        ]

    async def _count(self, request: Request) -> Response:
        return _lines(await self._letters.count())

    async def _browse(self, request: Request) -> Response:
        asked = request.query_params.get("most", str(MOST))
        most = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
        if not most:
            return problem(400, "most is a whole number from 1")
        after = request.query_params.get("after", "")
        return _lines(await self._letters.browse(request.path_params["destination"], min(most, MOST), after))

    async def _show(self, request: Request) -> Response:
        found = await self._letters.show(request.path_params["destination"], request.path_params["id"])
        return JSONResponse(found, 200, _HEADERS) if found else problem(404, "there is no such dead letter")

    async def _replay(self, request: Request) -> Response:
        if not await self._evidenced("dead_letters.replayed", request):
            return _number("replayed", 0)
        return _number("replayed", await self._letters.replay(request.path_params["destination"], _names(request)))

    async def _discard(self, request: Request) -> Response:
        if not await self._evidenced("dead_letters.discarded", request):
            return _number("discarded", 0)
        return _number("discarded", await self._letters.discard(request.path_params["destination"], _names(request)))

    async def _evidenced(self, act: str, request: Request) -> bool:
        """Whether there is something to be done; then it is evidenced. A name that nothing has is written nowhere."""
        destination, names = request.path_params["destination"], _names(request)
        found = [await self._letters.show(destination, name) for name in names or ()]
        if not (any(found) if names else await self._letters.browse(destination, 1)):
            return False
        which = "one" if names else "all"
        await self._evidence.require(act, destination=named(destination), which=which, by=request.scope[ACTOR])
        return True

    async def _end_pause(self, request: Request) -> Response:
        destination = request.path_params["destination"]
        if destination not in self._lanes.states():
            return problem(404, "there is no such destination")
        await self._evidence.require("destination.resumed", destination=named(destination), by=request.scope[ACTOR])
        self._lanes.resume(destination)
        return Response(status_code=204, headers=_HEADERS)


def _route(path: str, acts: Mapping[str, Act]) -> Route:
    async def endpoint(request: Request) -> Response:
        act = acts.get(request.method)
        if act is None:
            return problem(405, f"ask with {' or '.join(acts)}", {"allow": ", ".join(acts)})
        if "origin" in request.headers:
            return problem(403, "no page of a browser may ask this")
        try:
            return await act(request)
        except StoreUnavailable:
            return problem(503, "the store does not answer", {"retry-after": "1"})
        except LogUnavailable:
            return problem(503, "log-unavailable: it cannot be evidenced, and was not done", {"retry-after": "5"})

    return Route(path, endpoint, methods=_METHODS)


def _names(request: Request) -> Collection[str] | None:
    return [request.path_params["id"]] if "id" in request.path_params else None


def _number(word: str, number: int) -> Response:
    return JSONResponse({word: number}, 200, _HEADERS)


def _lines(rows: Sequence[Mapping[str, Any]]) -> Response:
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    return Response(text, 200, _HEADERS, "application/x-ndjson")
