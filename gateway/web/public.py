"""The public listener's application: the host is known, the path finds its part, and no fault shows.

Hits are told from everything else by their path before any router runs.
"""

import asyncio
from collections.abc import Callable

from gateway.web.collect import Collect
from gateway.web.replies import WHOLE, App, Message, Receive, Reply, Scope, Send, answer, private, refusal, unavailable
from gateway.web.sites import Sites
from gateway.web.tag.serve import PATH, TagDesk


class Public:
    """ASGI. `pages` answers what is no hit; `answered` is told each status, `fault` each exception nobody expected."""

    def __init__(
        self,
        sites: Sites,
        collect: Collect,
        pages: App,
        answered: Callable[[int], None],
        fault: Callable[[BaseException], None],
    ) -> None:
        self._sites = sites
        self._collect = collect
        self._pages = pages
        self._tag = TagDesk()
        self._answered = answered
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        site = self._sites.of_host(scope["fields"][b"host"][0])
        if site is None:
            await self._say(scope, send, refusal(421))
            return
        scope["site"] = site
        if scope["path"] == PATH:
            await self._say(scope, send, self._tag.respond(scope))
            return
        if not self._collect.takes(scope["path"]):
            await self._page(scope, receive, send)
            return
        given = await self._hit(scope, receive)
        if given is not None:
            cors = self._sites.cors(scope["fields"], site) if b"origin" in scope["fields"] else ()
            await self._say(scope, send, given, *cors)

    async def _hit(self, scope: Scope, receive: Receive) -> Reply | None:
        try:
            return await self._collect.respond(scope, receive)
        except asyncio.CancelledError:  # the process stops, and this request took too long
            return unavailable(1)
        except Exception as error:  # noqa: BLE001  the border: no traceback may reach a client or a log
            self._fault(error)
            return unavailable(1)

    async def _say(self, scope: Scope, send: Send, given: Reply, *more: tuple[bytes, bytes]) -> None:
        self._answered(given.status)
        await answer(scope, send, given, *more)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def counted(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._answered(message["status"])
                message = {**message, "headers": private(message.get("headers", ()))}
            elif message["type"] == WHOLE:
                started = True
                self._answered(message["reply"].status)
            await send(message)

        try:
            await self._pages(scope, receive, counted)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  the same border
            if isinstance(error, Exception):
                self._fault(error)
            if not started:
                await self._say(scope, send, unavailable(1))
