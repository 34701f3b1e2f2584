"""A load balancer of the plain kind: it asks each backend whether it wants traffic, and hands connections to those that do."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from tests.blackbox.driver import HOST, exchange
from tests.blackbox.running import free_port

LOOK_SECONDS = 0.1
ANSWER_SECONDS = 1.0
PIECE = 65_536


class Backend(NamedTuple):
    """Where a gateway takes hits, and where it tells how it is."""

    port: int
    admin_port: int


class Balancer:
    """Listens on `port` in a thread of its own, as a context manager."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self.port = free_port()
        self._backends = backends
        self._wanting: list[Backend] = []
        self._turn = 0
        self._begun = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> "Balancer":
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        self._task = asyncio.create_task(self._serve())
        with suppress(asyncio.CancelledError):
            await self._task
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self) -> None:
        await self._look()
        server = await asyncio.start_server(self._connected, HOST, self.port)
        self._begun.set()
        async with server:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                await self._look()

    async def _look(self) -> None:
        wants = await asyncio.gather(*(self._wants(each) for each in self._backends))
        self._wanting = [each for each, good in zip(self._backends, wants, strict=True) if good]

    async def _wants(self, backend: Backend) -> bool:
        with suppress(OSError, EOFError, ValueError, IndexError, TimeoutError):
            reader, writer = await asyncio.open_connection(HOST, backend.admin_port)
            try:
                asked = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                return (await asyncio.wait_for(exchange(reader, writer, asked), ANSWER_SECONDS)).status == 200
            finally:
                writer.close()
        return False

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        wanting = self._wanting
        try:
            backend = wanting[self._turn % len(wanting)]
            ahead = await asyncio.open_connection(HOST, backend.port)
        except (OSError, ZeroDivisionError):
            writer.close()
            return
        await asyncio.gather(_pipe(reader, ahead[1]), _pipe(ahead[0], writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, RuntimeError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.close()
