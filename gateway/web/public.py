"""The public listener's application: the host is known, the path finds its part, and no fault shows.

Hits are told from everything else by their path before any router runs.
"""

import asyncio
from collections.abc import Callable

from gateway.web.collect import Collect
from gateway.web.replies import App, Message, Receive, Scope, Send, answer, refusal, unavailable
from gateway.web.sites import Sites


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
        self._answered = answered
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        started = False

        async def counted(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._answered(message["status"])
            await send(message)

        try:
            await self._dispatch(scope, receive, counted)
        except asyncio.CancelledError:  # the process stops, and this request took too long
            if not started:
                await answer(counted, unavailable(1))
        except Exception as error:  # noqa: BLE001  the border: no traceback may reach a client or a log
            self._fault(error)
            if not started:
                await answer(counted, unavailable(1))

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        site = self._sites.of_host(scope["fields"][b"host"][0])
        if site is None:
            await answer(send, refusal(421))
            return
        scope["site"] = site
        if self._collect.takes(scope["path"]):
            if b"origin" in scope["fields"]:
                scope["cors"] = self._sites.cors(scope["fields"], site)
            await self._collect(scope, receive, send)
        else:
            await self._pages(scope, receive, send)
