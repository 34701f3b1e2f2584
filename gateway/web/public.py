"""What the public listener serves: the host is known, the path finds its part, and no fault shows.

Hits are told from everything else by their path, and answered without ASGI; the rest is an application.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from gateway.web.collect import BEGINS, Collect
from gateway.web.replies import WHOLE, App, Message, Receive, Reply, Scope, Send, answer, private, refusal, unavailable
from gateway.web.sites import Header, Sites
from gateway.web.straight import Asked, Served
from gateway.web.tag.serve import PATH, TagDesk


class Public:
    """ASGI, and `Straight` for hits. `pages` answers what is no hit; `answered` is told each status, `fault` each
    exception nobody expected."""

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
        self.begins = BEGINS

    @property
    def served(self) -> Served:
        """All of it, for a listener."""
        return Served(self, self._collect.body_limit, self)

    def early(self, asked: Asked) -> None:
        """Answer a hit whose body is still to come, if no body can change the answer."""
        site = self._sites.of_host(asked.fields[b"host"][0])
        given = self._collect.early(asked) if site is not None else refusal(421)
        if given is not None:
            self._give(asked, self._cors(asked, site), given)

    def respond(self, asked: Asked) -> None:
        """Have a hit answered, whatever happens."""
        site = self._sites.of_host(asked.fields[b"host"][0])
        if site is None:
            self._give(asked, (), refusal(421))
            return
        give = partial(self._give, asked, self._cors(asked, site))
        try:
            self._collect.respond(asked, site, give)
        except Exception as error:  # noqa: BLE001  the border: no traceback may reach a client or a log
            give(error)

    def _cors(self, asked: Asked, site: str | None) -> tuple[Header, ...]:
        return self._sites.cors(asked.fields, site) if site is not None and b"origin" in asked.fields else ()

    def _give(self, asked: Asked, more: tuple[Header, ...], given: Reply | BaseException) -> None:
        if isinstance(given, BaseException):
            if isinstance(given, Exception):
                self._fault(given)
            given = unavailable(1)
        self._answered(given.status)
        asked.say(given, more)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that is no hit, whatever happens."""
        site = self._sites.of_host(scope["fields"][b"host"][0])
        if site is None:
            await self._say(scope, send, refusal(421))
            return
        scope["site"] = site
        if scope["path"] == PATH:
            await self._say(scope, send, self._tag.respond(scope))
        else:
            await self._page(scope, receive, send)

    async def _say(self, scope: Scope, send: Send, given: Reply) -> None:
        self._answered(given.status)
        await answer(scope, send, given)

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
