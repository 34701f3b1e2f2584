"""The admin listener: is the process alive and wanted, what has it counted and given up, and what would it decide."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router

from gateway.web.explain import Explain, explaining
from gateway.web.keyed import TRUSTED, Doorman, Keyed
from gateway.web.operating import Evidence, Lanes, Letters, Operating
from gateway.web.replies import App, Receive, Scope, Send, answer, unavailable

State = Mapping[str, Any]
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_METRICS_TYPE = "text/plain; version=1.0.0; charset=utf-8"


class Operated(NamedTuple):
    """What an operator may change of a running process, its dead letters and the pause of a destination, and where
    that is evidenced; and the routes by which persons are answered."""

    letters: Letters
    lanes: Lanes
    evidence: Evidence
    answering: Sequence[Route] = ()


def admin(
    ready: Callable[[], Awaitable[tuple[bool, State]]],
    metrics: Callable[[], Awaitable[bytes]],
    explain: Explain,
    operated: Operated,
    doorman: Doorman,
) -> Keyed:
    """The routes, behind their keys. `ready` tells whether traffic is wanted and why; `metrics` is the page in
    Prometheus' text format; `explain` asks the policy in force about a situation."""

    async def livez(request: Request) -> Response:
        return PlainTextResponse("alive\n", headers=_HEADERS)

    async def readyz(request: Request) -> Response:
        wanted, state = await ready()
        headers = _HEADERS if wanted else {**_HEADERS, "retry-after": "1"}
        told = state if request.scope[TRUSTED] else {}
        return JSONResponse({"ready": wanted, **told}, 200 if wanted else 503, headers)

    async def page(request: Request) -> Response:
        return Response(await metrics(), 200, _HEADERS, _METRICS_TYPE)

    routes = [
        Route("/livez", livez, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", page, methods=["GET"]),
        explaining(explain),
        *Operating(operated.letters, operated.lanes, operated.evidence).routes(),
        *operated.answering,
    ]
    return Keyed(Router(routes, redirect_slashes=False), doorman)


def shielded(app: App, fault: Callable[[BaseException], None]) -> App:
    """The same application, whose exceptions become a 503 and a line of the log."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:  # noqa: BLE001  the border: no traceback may reach a client or a log
            fault(error)
            await answer(scope, send, unavailable(1))

    return serve
