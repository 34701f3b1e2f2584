"""A destination on loopback that keeps every request byte for byte, and misbehaves when it is told to."""

import asyncio
import functools
import json
import os
import random
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import uvloop

HOST = "127.0.0.1"
MAX_BODY = 8 << 20
HANG_SECONDS = 120.0

# Misbehaviours. reset: read, then cut without a word. lost_ack: taken, then cut, so that the sender cannot know. hang: no
# answer. halfopen: not even read. garbage: no HTTP. truncated: less than was announced. slowdrip: a byte now and then.
# big: an answer of many MiB. bomb: one that is many MiB once it is unpacked.
KINDS = ("reset", "lost_ack", "hang", "halfopen", "garbage", "truncated", "slowdrip", "big", "bomb")
_TAKING = ("lost_ack", "big", "bomb")
BIG, UNPACKED = 16 << 20, 200 << 20

# Where a delivered event carries its id: Meta's and a CloudEvent's.
_ID_NAMES = ("event_id", "id")
_LISTS = ("data", "events")


@dataclass(frozen=True)
class Behaviour:
    """How requests are answered.

    `kind` is `answer` (with `status`, `headers`, `body`), or one of `KINDS`. It holds for `share` of the requests, at
    random; others get 200. An answer takes `delay` seconds.
    """

    kind: str = "answer"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"events_received": 1}'
    share: float = 1.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        if self.kind != "answer" and self.kind not in KINDS:
            raise ValueError(f"no such behaviour: {self.kind}")

    @property
    def takes(self) -> bool:
        """Whether a request met by this behaviour counts as delivered."""
        return self.kind in _TAKING or (self.kind == "answer" and 200 <= self.status < 300)


FINE = Behaviour()
DOWN = Behaviour(status=503)


class Captured(NamedTuple):
    """One request as it came, whether the destination took it, and when, on the monotonic clock."""

    head: bytes
    body: bytes
    taken: bool
    at: float = 0.0

    def events(self) -> "list[Delivery]":
        """The events it carries, if it was taken."""
        return events_of(self.body) if self.taken else []

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode("latin-1")


class Delivery(NamedTuple):
    """One event that arrived: `order` is its order id, or empty."""

    id: str
    order: str


class Destination:
    """A server in a thread of its own. `requests` grows while it runs; use it as a context manager. With `tls` it speaks
    that. `poison` is an event's id, and how a request with it is answered whatever the others get."""

    def __init__(self, tls: ssl.SSLContext | None = None, poison: tuple[str, Behaviour] | None = None) -> None:
        self._tls, self._poison = tls, poison
        self.requests: list[Captured] = []
        self._behaviour = FINE
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), daemon=True)

    def __enter__(self) -> "Destination":
        self._thread.start()
        if not self._ready.wait(60):
            raise RuntimeError("the destination did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def behave(self, behaviour: Behaviour) -> None:
        """From the next request on, on open connections too."""
        if behaviour.kind == "bomb":
            bomb()  # made here, for it takes a while
        self._behaviour = behaviour

    def deliveries(self) -> list[Delivery]:
        """Every event that was taken, in the order of arrival, repetitions included."""
        return [delivery for request in list(self.requests) for delivery in request.events()]

    def taken(self) -> int:
        return sum(request.taken for request in list(self.requests))

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connection, HOST, 0, limit=1 << 17, ssl=self._tls)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while not writer.is_closing():
                if self._behaviour.kind == "halfopen" and random.random() < self._behaviour.share:
                    await asyncio.sleep(HANG_SECONDS)
                head = await reader.readuntil(b"\r\n\r\n")
                await self._request(head, await _body(head, reader), writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _request(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        behaviour = self._behaviour if random.random() < self._behaviour.share else FINE
        if self._poison and behaviour is FINE and self._poison[0].encode() in body:
            behaviour = self._poison[1]
        self.requests.append(Captured(head, body, behaviour.takes, time.monotonic()))
        await asyncio.sleep(behaviour.delay)
        if behaviour.kind in KINDS:
            await _misbehave(behaviour.kind, writer)
            return
        headers = {"Content-Type": "application/json", **behaviour.headers, "Content-Length": str(len(behaviour.body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {behaviour.status} X\r\n{lines}\r\n".encode() + behaviour.body)
        await writer.drain()


@functools.cache
def bomb() -> bytes:
    """Zeros, packed piece by piece."""
    packing = zlib.compressobj(6, wbits=31)
    piece = bytes(1 << 20)
    return b"".join(packing.compress(piece) for _ in range(UNPACKED >> 20)) + packing.flush()


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


async def _misbehave(kind: str, writer: asyncio.StreamWriter) -> None:
    match kind:
        case "reset" | "lost_ack":
            linger_none = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_none)
            writer.transport.abort()
            return
        case "hang" | "halfopen":
            await asyncio.sleep(HANG_SECONDS)
        case "garbage":
            writer.write(os.urandom(200))
        case "truncated":
            writer.write(_HEAD + b"Content-Length: 1000\r\n\r\n{")
        case "slowdrip":
            await _pieces(writer, b" ", 1000, 0.2)
        case "big":
            await _pieces(writer, bytes(1 << 16), BIG >> 16, 0.0)
        case "bomb":
            writer.write(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb()) + bomb())
    await writer.drain()
    writer.close()


async def _pieces(writer: asyncio.StreamWriter, piece: bytes, times: int, seconds: float) -> None:
    writer.write(_HEAD + b"Content-Length: %d\r\n\r\n" % (len(piece) * times))
    for _ in range(times):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(seconds)


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    headers = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        return await _chunks(reader)
    size = int(headers.get(b"content-length", b"0"))
    if size > MAX_BODY:
        raise ConnectionError("a body beyond every limit")
    return await reader.readexactly(size)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        if len(body) + size > MAX_BODY:
            raise ConnectionError("a body beyond every limit")
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


def events_of(body: bytes) -> list[Delivery]:
    """The events of a delivered body: a JSON object, a batch under `data` or `events`, or an array."""
    if not body:
        return []
    document = json.loads(body)
    batch: Any = document
    if isinstance(document, dict):
        batch = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), [document])
    return [Delivery(_id(event), _order(event)) for event in batch]


def _id(event: Mapping[str, Any]) -> str:
    return str(next(event[name] for name in _ID_NAMES if name in event))


def _order(event: Mapping[str, Any]) -> str:
    return next((str(value) for name, value in _walk(event) if name in ("order_id", "order.id")), "")


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves by name: the key itself, and where the parent is `order`, the two together."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}" if path == "order" else key)
    else:
        yield path, value
