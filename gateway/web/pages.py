"""What the public listener serves besides hits: choices, the proof that signals are honoured, a visitor's page."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, Router

from gateway.consent.headers import says_dnt, says_gpc
from gateway.web.consent import ConsentDesk

KeySet = Mapping[str, Sequence[Mapping[str, str]]]

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "vary": "accept, origin, cookie, sec-gpc, dnt",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Opt-out signal</title>
<main>
<h1>Opt-out signal</h1>
{}
</main>
</html>
"""


class SignalStatus:
    """`/signal-status`: whether this browser sends an opt-out signal, and whether it is honoured
    (11 CCR 7025(c)(6)). `honours` says which of `gpc` and `dnt` the policy acts on."""

    def __init__(self, honours: Mapping[str, bool]) -> None:
        self._honours = honours

    async def __call__(self, request: Request) -> Response:
        """JSON where it is asked for, else a page."""
        fields: Mapping[bytes, list[bytes]] = request.scope["fields"]
        sent = {"gpc": says_gpc(fields), "dnt": says_dnt(fields)}
        honoured = {name: sent[name] and self._honours.get(name, False) for name in sent}
        if any(b"application/json" in value for value in fields.get(b"accept", [])):
            return JSONResponse({"sent": sent, "honoured": honoured}, headers=_HEADERS)
        return HTMLResponse(
            _PAGE.format("".join(f"<p>{line}</p>" for line in _lines(sent, honoured))), headers=_HEADERS
        )


def _lines(sent: Mapping[str, bool], honoured: Mapping[str, bool]) -> list[str]:
    titles = {"gpc": "Global Privacy Control", "dnt": "Do Not Track"}
    lines = []
    for name, title in titles.items():
        if honoured[name]:
            lines.append(f"{title}: opt-out request honored.")
        elif sent[name]:
            lines.append(f"{title}: received; this site does not act on it.")
        else:
            lines.append(f"{title}: your browser does not send it.")
    return lines


def pages(
    desk: ConsentDesk, honours: Mapping[str, bool], reviewed: str, keys: KeySet, own: Sequence[Route] = ()
) -> Router:
    """The routes. A path matches exactly or not at all. `reviewed` is the date the policy was last looked over, `keys`
    the public keys that receipts are checked with, `own` are the routes of the visitor's own page."""
    support = {"gpc": honours.get("gpc", False), "lastUpdate": reviewed}

    async def well_known(request: Request) -> Response:
        return JSONResponse(support, headers=_HEADERS)

    async def key_set(request: Request) -> Response:
        return JSONResponse(keys, headers=_HEADERS, media_type="application/jwk-set+json")

    routes = [
        Route("/consent", desk.__call__, methods=["GET", "POST", "DELETE"]),
        Route("/signal-status", SignalStatus(honours).__call__, methods=["GET"]),
        Route("/.well-known/gpc.json", well_known, methods=["GET"]),
        Route("/.well-known/jwks.json", key_set, methods=["GET"]),
        *own,
    ]
    return Router(routes, redirect_slashes=False)
