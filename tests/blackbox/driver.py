"""Send hits on a schedule, whatever the answers are, and keep the books of what became of each.

The schedule is open: a server that stalls is still sent its hits, so a stall shows instead of slowing the test down.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

HOST = "127.0.0.1"
ANSWER_SECONDS = 20.0


class Fate(StrEnum):
    """What the sender knows: 2xx; any other answer, or no connection; or nothing, for the connection broke."""

    ACKED = "acked"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


class Planned(NamedTuple):
    """A hit to send. `owed` names the destinations that must get it once it is acknowledged; none for a hit that
    consent forbids. `order` is the order id it carries."""

    id: str
    order: str
    request: bytes
    owed: tuple[str, ...]


class Entry(NamedTuple):
    """One line of the books. `status` is 0 where no answer came; `due` is on the monotonic clock, `seconds` from then to
    the answer, however long the hit had to wait for its turn."""

    planned: Planned
    fate: Fate
    status: int
    due: float = 0.0
    seconds: float = 0.0


class Answer(NamedTuple):
    """One HTTP answer, header names in lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class Driver:
    """Sends what `plan` makes, numbered from 0, `rate` a second over `connections`, until stopped or `most` are sent."""

    def __init__(self, port: int, plan: Callable[[int], Planned], rate: float, connections: int = 48) -> None:
        self._port, self._plan, self._rate, self._connections = port, plan, rate, connections
        self._waiting: asyncio.Queue[tuple[Planned, float] | None] = asyncio.Queue()
        self._stopping = asyncio.Event()
        self.entries: list[Entry] = []

    def stop(self) -> None:
        """Send no more; those under way are finished and entered."""
        self._stopping.set()

    async def acked(self, more: int) -> None:
        """Return when so many more hits than now have been acknowledged."""
        enough = more + self._acked()
        async with asyncio.timeout(60):
            while self._acked() < enough:
                await asyncio.sleep(0.05)

    def _acked(self) -> int:
        return sum(entry.fate is Fate.ACKED for entry in self.entries)

    async def run(self, most: int = 1 << 30) -> list[Entry]:
        senders = [asyncio.create_task(self._sender()) for _ in range(self._connections)]
        try:
            for number in self._schedule(most):
                self._waiting.put_nowait((self._plan(number), time.monotonic()))
                await asyncio.sleep(0)
                if self._stopping.is_set():
                    break
                await self._pace(number + 1)
        finally:
            for _ in senders:
                self._waiting.put_nowait(None)
            await asyncio.gather(*senders)
        return self.entries

    def _schedule(self, most: int) -> Iterator[int]:
        self._began = time.monotonic()
        return iter(range(most))

    async def _pace(self, number: int) -> None:
        wait = self._began + number / self._rate - time.monotonic()
        if wait > 0.002:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    async def _sender(self) -> None:
        stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while (waited := await self._waiting.get()) is not None:
            planned, due = waited
            fate, status = Fate.REFUSED, 0
            try:
                stream = stream or await asyncio.open_connection(HOST, self._port)
                fate = Fate.AMBIGUOUS
                answer = await asyncio.wait_for(exchange(*stream, planned.request), ANSWER_SECONDS)
                status = answer.status
                fate = Fate.ACKED if 200 <= status < 300 else Fate.REFUSED
                closed = answer.headers.get(b"connection", b"").lower() == b"close"
            except (OSError, EOFError, TimeoutError, ValueError, IndexError, RuntimeError):
                closed = True  # RuntimeError is what uvloop calls a connection that was cut while it was idle
            if closed and stream is not None:
                stream[1].close()
                stream = None
            self.entries.append(Entry(planned, fate, status, due, time.monotonic() - due))
        if stream is not None:
            stream[1].close()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Answer:
    """Send one request, read its answer. EOFError, ValueError or IndexError where that is no HTTP."""
    writer.write(request)
    await writer.drain()
    lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    status = int(lines[0].split(b" ")[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:]) if name}
    return Answer(status, headers, await reader.readexactly(int(headers.get(b"content-length", b"0"))))


def statuses(entries: list[Entry]) -> Counter[int]:
    """How often each status came (0: none)."""
    return Counter(entry.status for entry in entries)
