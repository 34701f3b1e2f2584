"""The vendors of the demo: servers on loopback that answer as the real ones do and keep what they were sent."""

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from gateway.web.collect import read_body
from gateway.web.limits import Limits
from gateway.web.listener import Listener, bind
from gateway.web.replies import REPLIES, Receive, Reply, Scope, Send, answer, reply
from gateway.web.straight import Served

MOST_KEPT = 100
MOST_BYTES = 1 << 20


class Caught(NamedTuple):
    """One request as it arrived at a vendor. `url` begins with the vendor's path."""

    destination: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def everything(self) -> bytes:
        """All of it in one string of bytes, for looking a value up."""
        lines = [f"{self.method} {self.url}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\n".join(lines).encode() + b"\n" + self.body


class Answering(NamedTuple):
    """How one destination's vendor answers."""

    destination: str
    reply: Reply


_META = reply(200, b"application/json", b'{"events_received":1,"messages":[],"fbtrace_id":"demo"}')


def answering(destination: str, vendor: str) -> Answering:
    """The answer that the vendor's own documents promise."""
    replies = {"meta": _META, "ga4": REPLIES["204"], "linkedin": REPLIES["gif"]}
    return Answering(destination, replies.get(vendor, reply(200, b"application/json", b"{}")))


class Vendors:
    """One listener a destination, each on a port of its own."""

    def __init__(self, vendors: Sequence[Answering]) -> None:
        self._sockets = {vendor.destination: bind("127.0.0.1", 0) for vendor in vendors}
        self._by_port = {self._sockets[vendor.destination].getsockname()[1]: vendor for vendor in vendors}
        for bound in self._sockets.values():
            bound.listen()
        self._caught: list[Caught] = []
        self._arrival = asyncio.Event()

    def endpoint(self, destination: str) -> str:
        """Where a destination's vendor listens."""
        return f"http://127.0.0.1:{self._sockets[destination].getsockname()[1]}"

    def listeners(self) -> list[Listener]:
        """What has to be served."""
        return [
            Listener(Served(self, lambda path: MOST_BYTES), bound, Limits(), lambda word: None)
            for bound in self._sockets.values()
        ]

    def forget(self) -> None:
        """Drop what has been caught so far."""
        self._caught.clear()

    async def caught(self, destinations: Collection[str], seconds: float) -> list[Caught]:
        """What has been caught since `forget`, as soon as each of `destinations` got something, or after `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not set(destinations) <= {each.destination for each in self._caught}:
                    self._arrival.clear()
                    await self._arrival.wait()
        return list(self._caught)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request down and answer it."""
        body = await read_body(receive)
        vendor = self._by_port[scope["server"][1]]
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        target = scope["raw_path"].decode("latin-1") + query
        self._caught.append(Caught(vendor.destination, scope["method"], target, headers, body or b""))
        del self._caught[:-MOST_KEPT]
        self._arrival.set()
        await answer(scope, send, vendor.reply)
