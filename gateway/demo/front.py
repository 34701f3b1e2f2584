"""The one address of the demo: the shop, the exhibit, and in front of the gateway the edge that it trusts.

A hit of a page goes through the exhibit, everything else of the gateway's straight through. Only requests for this very
machine are answered, and only pages of this very origin may post.
"""

from urllib.parse import urlsplit

from starlette.routing import Router

from gateway.demo import choices
from gateway.demo.exhibit import Exhibit
from gateway.demo.pages import Pages
from gateway.demo.passages import Arrived
from gateway.demo.rendering import Renderer
from gateway.demo.scenes import VENDOR_OF
from gateway.demo.shop import Shop
from gateway.demo.upstream import Answer, Request, situation_in
from gateway.web.collect import read_body
from gateway.web.replies import Receive, Scope, Send, answer, refusal

HOSTS = frozenset(("127.0.0.1", "localhost", "::1"))
_HITS = ("/g/", "/p.gif", "/e")
_GATEWAY = ("/consent", "/signal-status", "/.well-known/gpc.json", "/.well-known/jwks.json", "/privacy")
_SEEN_BY_VENDORS = ("user-agent", "accept-language")
_TITLES = {"meta_pixel": "Meta", "ga4_collect": "Google Analytics", "linkedin_insight": "LinkedIn"}


class Front:
    """ASGI."""

    def __init__(self, exhibit: Exhibit) -> None:
        self._exhibit = exhibit
        renderer = Renderer()
        routes = [*Shop(renderer, exhibit.upstream).routes(), *Pages(renderer, exhibit).routes()]
        self._pages = Router(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope = {**scope, "headers": [(name, _as_person(name, value)) for name, value in scope["headers"]]}
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        host = dict(headers).get("host", "")
        if urlsplit(f"//{host}").hostname not in HOSTS:
            await answer(scope, send, refusal(421))
        elif not _same_origin(scope["method"], dict(headers), host):
            await answer(scope, send, refusal(403))
        elif scope["path"].startswith(_HITS) or _is_the_gateways(scope["path"]):
            await self._pass_on(scope, receive, send, headers)
        else:
            await self._pages(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, headers: list[tuple[str, str]]) -> None:
        body = await read_body(receive)
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1")
        request = Request(scope["method"], f"{path}?{query}" if query else path, headers, body or b"")
        situation = situation_in(headers)
        if _is_the_gateways(path):
            given = await self._exhibit.upstream.ask(request, situation)
        else:
            choice = await choices.read(self._exhibit.upstream, headers, situation)
            seen = tuple((name, value) for name, value in headers if name in _SEEN_BY_VENDORS)
            title, vendor, rest = _addressee(path, headers)
            text = request.body.decode("utf-8", "replace")
            arrived = Arrived(title, request.method, vendor, rest, query, seen, text, situation, choice.words)
            given = await self._exhibit.follow(arrived, request)
        await _return(send, given)


def _is_the_gateways(path: str) -> bool:
    """Whether a path is one of a page of the gateway's own."""
    return path in _GATEWAY or path.startswith("/privacy/")


def _as_person(name: bytes, value: bytes) -> bytes:
    """A header, but for the word by which a browser says that a program drives it: here it plays a person.

    The gateway takes declared robots for no people, and would show of every hit that nothing left.
    """
    return value.replace(b"HeadlessChrome/", b"Chrome/") if name == b"user-agent" else value


def _same_origin(method: str, headers: dict[str, str], host: str) -> bool:
    """Whether a request that changes something comes from a page of this demo, or from no page at all."""
    origin = headers.get("origin", f"http://{host}")
    site = headers.get("sec-fetch-site", "same-origin")
    return method in ("GET", "HEAD") or (origin == f"http://{host}" and site in ("same-origin", "none"))


def _addressee(path: str, headers: list[tuple[str, str]]) -> tuple[str, str, str]:
    """Title, vendor and vendor's path of a hit of the shop's pages."""
    if not path.startswith("/g/"):
        return "Our own hit, from the shop", f"http://{dict(headers)['host']}", path
    pixel, _, rest = path.removeprefix("/g/").partition("/")
    title = f"{_TITLES.get(pixel, pixel)}, from the shop"
    return title, VENDOR_OF.get(pixel, f"https://{pixel}"), f"/{rest}"


async def _return(send: Send, given: Answer) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given.headers]
    headers.append((b"content-length", b"%d" % len(given.body)))
    if given.status in (204, 304):
        headers.pop()
    await send({"type": "http.response.start", "status": given.status, "headers": headers})
    await send({"type": "http.response.body", "body": given.body})
