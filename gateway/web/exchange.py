"""One request and its answer, as uvicorn has it, and a short way for an answer that is whole already."""

from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.web.replies import WHOLE, Reply, lines


class Exchange(RequestResponseCycle):
    """Beside the messages of ASGI it takes a `Reply` in one (`replies.WHOLE`), whose lines were put together when it
    was made. It holds no reference to itself, so that it is gone with its request and leaves the collector nothing."""

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
            close = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
            body = b"" if self.scope["method"] == "HEAD" else given.body
            added = lines((*self.default_headers, *more))
            self.transport.write(b"".join((given.head, added, close, body)))
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
