"""One request and its answer, as uvicorn has it, and a short way for an answer that is whole already."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.web.replies import EXTENSIONS, WHOLE, Reply, lines, written


class Head(NamedTuple):
    """What a request says before its body; `fields` are lower-case names to lists of values."""

    method: str
    version: str
    path: str
    query: bytes
    fields: dict[bytes, list[bytes]]


class Exchange(RequestResponseCycle):
    """Beside the messages of ASGI it takes a `Reply` in one (`replies.WHOLE`), whose lines were put together when it
    was made. It holds no reference to itself, so that it is gone with its request and leaves the collector nothing."""

    @classmethod
    def of(cls, connection: HttpToolsProtocol, head: Head, *, keep_alive: bool) -> "Exchange":
        """The exchange of a request that came on a connection."""
        scope = {
            "type": "http",
            "asgi": {"version": connection.asgi_version, "spec_version": "2.3"},
            "http_version": head.version,
            "method": head.method,
            "scheme": "http",
            "path": head.path,
            "raw_path": head.path.encode("ascii"),
            "query_string": head.query,
            "root_path": "",
            "headers": [(name, value) for name, values in head.fields.items() for value in values],
            "extensions": EXTENSIONS,
            "fields": head.fields,
            "server": connection.server,
            "client": connection.client,
        }
        return cls(
            scope=scope,  # type: ignore[arg-type]
            transport=connection.transport,
            flow=connection.flow,
            logger=connection.logger,
            access_logger=connection.access_logger,
            access_log=False,
            default_headers=connection.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=connection.expect_100_continue,
            keep_alive=keep_alive,
            on_response=connection.on_response_complete,
        )

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self.body += piece
        self.message_event.set()

    def end(self) -> None:
        """The request is whole."""
        self.more_body = False
        self.message_event.set()

    def abandon(self) -> None:
        """Nobody waits for the answer any more."""
        self.disconnected = self.disconnected or not self.response_complete
        self.message_event.set()

    async def send(self, message: Any) -> None:
        """Send a message of the application."""
        if message["type"] == WHOLE:
            self._reply(message["reply"], message["more"])
        else:
            await super().send(message)

    def _reply(self, given: Reply, more: Iterable[tuple[bytes, bytes]]) -> None:
        """Write the answer at once. A client that does not read its answers is cut off."""
        if self.disconnected or self.response_started:
            return
        self.response_started = self.response_complete = True
        self.message_event.set()
        if self.flow.write_paused:
            self.keep_alive = False
        else:
            bare, dated = self.scope["method"] == "HEAD", lines(self.default_headers)
            self.transport.write(written(given, dated, more, alive=self.keep_alive, bare=bare))
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
