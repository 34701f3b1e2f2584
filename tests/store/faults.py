"""A proxy that stands between a store and its server, and spoils what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.blackbox.running import HOST


class Proxy:
    """Passes bytes between `port` and a server. While `held` they stay where they are; replies come `late` by so many
    seconds; `cut` tells for each reply, by its number, whether the connection breaks in its place."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.late = 0.0
        self.cut: Callable[[int], bool] = lambda number: False
        self.replies = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def hold(self, held: bool) -> None:
        if held:
            self._flowing.clear()
        else:
            self._flowing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(HOST, self._upstream)
            self._writers.add(far_writer)
            tasks = [self._pass(reader, far_writer, False), self._pass(far_reader, writer, True)]
            _, pending = await asyncio.wait(map(asyncio.ensure_future, tasks), return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            far_writer.close()
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: bool) -> None:
        with suppress(OSError):
            while piece := await reader.read(1 << 16):
                await self._flowing.wait()
                if back:
                    self.replies += 1
                    if self.cut(self.replies):
                        return
                    await asyncio.sleep(self.late)
                writer.write(piece)
                await writer.drain()

    def end(self) -> None:
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server of a URL."""
    proxy = Proxy(urlsplit(url).port or 0)
    listener = await asyncio.start_server(proxy.serve, HOST, 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        proxy.hold(False)
        proxy.end()
        await asyncio.sleep(0)
