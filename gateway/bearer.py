"""Put an access token on the requests of destinations that need one, and get it when there is none."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

from gateway.outbound import Outbound, Reply
from gateway.sender import Route, Still, always

# A token is not used in its last seconds: it must still be good when the vendor looks at it.
MARGIN = 60.0
LONGEST = 3_600.0
MOST = 64

# Nothing left because the way to a token is gone for now; and because its giver says no.
_LATER, _NO = Reply(0, sent=False), Reply(401, sent=False)


class Sends(Protocol):
    """The way out."""

    async def send(self, outbound: Outbound, route: Route, still: Still = ...) -> Reply:
        """The answer to a request."""


class Token(NamedTuple):
    """An access token, and the POSIX second from which on it is not used any more."""

    text: str
    until: float


class Bearer:
    """Sends as the sender does. Where a route names how a token is got, its requests carry one.

    Tokens are kept in memory alone, one for each route, and one request at a time asks for it. `now` is POSIX seconds.
    """

    def __init__(self, sender: Sends, now: Callable[[], float]) -> None:
        self._sender = sender
        self._now = now
        self._tokens: dict[Route, Token] = {}
        self._locks: dict[Route, asyncio.Lock] = {}

    async def send(self, outbound: Outbound, route: Route, still: Still = always) -> Reply:
        """The answer. Status 0 and unsent where no token could be got for now, 401 where it is refused.

        Whether the request is `still` right is asked when its token is there. A token that the vendor does not take any
        more is replaced, and the request sent once again.
        """
        giver = route.token
        if giver is None:
            return await self._sender.send(outbound, route, still)
        kept = self._tokens.get(route)
        token = await self._token(route, None)
        reply = await self._with(token, outbound, route, still)
        if isinstance(token, Token) and token is kept and giver.refused(reply):
            token = await self._token(route, token)
            reply = await self._with(token, outbound, route, still)
        if isinstance(token, Token) and giver.refused(reply):
            self._forget(route, token)
        return reply

    async def _with(self, token: Token | Reply, outbound: Outbound, route: Route, still: Still) -> Reply:
        if isinstance(token, Reply):
            return token
        headers = {**outbound.headers, "Authorization": f"Bearer {token.text}"}
        return await self._sender.send(replace(outbound, headers=headers), route, still)

    async def _token(self, route: Route, refused: Token | None) -> Token | Reply:
        """A token that is good and not the refused one; or the answer to give where there is none."""
        async with self._locks.setdefault(route, asyncio.Lock()):
            if refused is not None:
                self._forget(route, refused)
            token = self._tokens.get(route)
            if token is not None and token.until > self._now():
                return token
            asked = self._now()
            request = route.token.request(asked) if route.token else None
            if route.token is None or request is None:
                return _NO
            reply = await self._sender.send(request, route)
            fresh = _read(reply, asked, route.token.lifetime)
            if fresh is None:
                return _LATER if reply.status in (0, 408, 429) or reply.status >= 500 else _NO
            if len(self._tokens) >= MOST:
                self._tokens.clear()  # routes of destinations that are no more
            self._tokens[route] = fresh
            return fresh

    def _forget(self, route: Route, token: Token) -> None:
        if self._tokens.get(route) is token:
            del self._tokens[route]


def _read(reply: Reply, asked: float, lifetime: float) -> Token | None:
    """The token of an answer (RFC 6749, section 5.1), good for `lifetime` where that does not say; or None."""
    if reply.status != 200:
        return None
    try:
        given = json.loads(reply.body)
        text, seconds = given["access_token"], float(given.get("expires_in", lifetime))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not (isinstance(text, str) and text and text.isascii() and text.isprintable() and seconds >= 0):
        return None
    return Token(text, asked + min(seconds, LONGEST) - MARGIN)
