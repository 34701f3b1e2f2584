"""A real listener in a thread, with a collector that only notes what it was given, and a raw socket to speak to it."""

import asyncio
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable

from gateway.errors import StoreUnavailable
from gateway.hit import Hit, RawEvent
from gateway.vendors.own_events import OwnEvents
from gateway.web.collect import Collect
from gateway.web.limits import Limits
from gateway.web.listener import Listener, bind
from gateway.web.public import Public
from gateway.web.replies import answer, refusal
from gateway.web.sites import Sites

HOST = b"Host: shop.example\r\n"
# No client of a busy machine is slower than the one, nor does anybody wait long for the other.
PATIENT = Limits(head_seconds=60, body_seconds=60, idle_seconds=60)
QUICK = Limits(head_seconds=0.6, body_seconds=0.6, idle_seconds=0.6)
PATIENCE_SECONDS = 30


class Noting:
    """Decodes like the real one, and notes the events instead of keeping them."""

    def __init__(self) -> None:
        self.events: list[RawEvent] = []
        self.hits = 0
        self.begun = 0
        self.full = False
        self.broken = False
        self.delay = 0.0

    async def collect(self, hit: Hit) -> int:
        if self.broken:
            raise RuntimeError("canary-of-a-fault")
        if self.full:
            raise StoreUnavailable("full", 7)
        self.begun += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        events = OwnEvents().decode(hit) if hit.pixel == "events" else []
        self.events += events
        self.hits += 1
        return len(events)


class Edge:
    """The public listener on a free port, from `start` to `stop`."""

    def __init__(self, limits: Limits = PATIENT) -> None:
        self.collector = Noting()
        self.refused: Counter[str] = Counter()
        self.faults: list[str] = []
        self._bound = bind("127.0.0.1", 0)
        self.port = self._bound.getsockname()[1]
        collect = Collect(
            lambda: self.collector, {"meta_pixel": "gif", "ga4_collect": "204"}, limits, lambda: 1_790_000_000.0
        )
        sites = Sites({"shop": ["shop.example", "shop.test"]})
        public = Public(
            sites, collect, _nothing, lambda status: None, lambda error: self.faults.append(type(error).__name__)
        )
        self._make: Callable[[], Listener] = lambda: Listener(
            public.served, self._bound, limits, lambda reason: self.refused.update([reason])
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def start(self) -> "Edge":
        self._thread.start()
        self.until(lambda: hasattr(self, "listener") and self.listener.started)
        return self

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true in the other thread."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "not in time"
            time.sleep(0.002)

    def stop(self) -> None:
        self.listener.should_exit = True
        self._thread.join()

    async def _run(self) -> None:
        self.listener = self._make()
        await self.listener.run_until_stopped()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)

    def send(self, *pieces: bytes) -> bytes:
        """What comes back until the connection ends, or nobody would wait any longer."""
        with self.connect() as speaking:
            out = b""
            try:
                for piece in pieces:
                    speaking.sendall(piece)
            except OSError:
                pass
            try:
                while piece := speaking.recv(65536):
                    out += piece
            except TimeoutError:
                return out + b"<silence>"
            except ConnectionError:
                pass
            return out

    def status(self, *pieces: bytes) -> int:
        """The status of the only answer; 0 where the connection was closed without one."""
        out = self.send(*pieces)
        found = statuses(out)
        assert len(found) <= 1, out
        return found[0] if found else 0


async def _nothing(scope, receive, send) -> None:
    await answer(scope, send, refusal(404))


def statuses(out: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", out) if code != b"100"]


def get(target: bytes, *headers: bytes, host: bytes = HOST) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"GET " + target + b" HTTP/1.1\r\n" + host + lines + b"Connection: close\r\n\r\n"


def post(target: bytes, body: bytes, *headers: bytes, kind: bytes = b"application/json") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    length = b"Content-Length: %d\r\nContent-Type: %s\r\nConnection: close\r\n\r\n" % (len(body), kind)
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + lines + length + body
