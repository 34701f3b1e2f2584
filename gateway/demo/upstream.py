"""Pass requests on to the gateway's public listener, as the one proxy that it trusts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple

import aiohttp
from yarl import URL

from gateway.demo.situation import COOKIE, FROM_THE_EDGE, Situation

Headers = Sequence[tuple[str, str]]

# What belongs to one connection (RFC 9110, section 7.6.1), and what the client library writes itself.
_NOT_PASSED = frozenset((
    "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection", "content-length",
    "accept-encoding",
))  # fmt: skip
_NOT_RETURNED = _NOT_PASSED | {"date", "server"}


class Request(NamedTuple):
    """One request of a browser. `target` is path and query."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""


class Answer(NamedTuple):
    """What the gateway said."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Upstream:
    """The gateway at `base`, such as `http://127.0.0.1:8080`."""

    session: aiohttp.ClientSession
    base: str

    async def ask(self, request: Request, situation: Situation) -> Answer:
        """Pass one request on in a situation, and bring the answer back."""
        headers = [*passed(request.headers), *situation.headers().items()]
        url = URL(self.base + request.target, encoded=True)
        async with self.session.request(
            request.method, url, headers=headers, data=request.body or None, allow_redirects=False
        ) as answer:
            kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _NOT_RETURNED]
            return Answer(answer.status, kept, await answer.read())


def passed(headers: Headers) -> list[tuple[str, str]]:
    """What a proxy passes on: nothing that only the edge may say, and not the demo's own cookie."""
    kept = [(name.lower(), value) for name, value in headers if name.lower() not in _NOT_PASSED | FROM_THE_EDGE]
    without = [(name, _without_ours(value) if name == "cookie" else value) for name, value in kept]
    return [(name, value) for name, value in without if value]


def _without_ours(cookies: str) -> str:
    return "; ".join(pair for pair in cookies.split("; ") if not pair.startswith(f"{COOKIE}="))


def situation_in(headers: Iterable[tuple[str, str]]) -> Situation:
    """The switches as the browser remembers them."""
    for name, value in headers:
        if name.lower() == "cookie":
            try:
                found = SimpleCookie(value).get(COOKIE)
            except CookieError:
                found = None
            if found is not None:
                return Situation.from_text(found.value)
    return Situation()
