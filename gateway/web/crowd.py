"""Have hits wait in a line of bounded length where more come than can be answered, and refuse unread those beyond it.

A loop that answers whoever comes answers everybody late. So hits get a slice of each turn of the loop, the rest wait
for the next one, and to refuse a hit costs a small part of what it costs to answer it. Everything that is no hit (a
choice, a withdrawal, a page, the admin listener) waits for no hit and is never refused here.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from gateway.web.guard import Guard, Phase
from gateway.web.limits import Limits
from gateway.web.replies import Reply, raw, unavailable, written
from gateway.web.straight import Served

# Seconds of a turn of the loop that hits may have. Whoever is refused has waited for two such slices at most.
_SLICE = 0.005

# What stands in a head that must be read before the connection can go on, in lower case.
_TELLING = re.compile(rb"\n(?:content-length|transfer-encoding|upgrade|expect|connection:(?![ \t]*keep-alive[ \t]*\r))")
_END = b"\r\n\r\n"


class Crowd:
    """Those who wait on one listener, `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._line: deque[Callable[[], None]] = deque()
        self._ends = 0.0  # when the hits of this turn have had their slice; 0 where there was none in it

    def is_free(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether who comes now can be answered now."""
        if self._line:
            return False
        now = monotonic()
        if not self._ends:
            self._ends = now + _SLICE
            loop.call_soon(self._turn)
        return now < self._ends

    def is_full(self) -> bool:
        """Whether nobody more may wait."""
        return len(self._line) >= self._most

    def wait(self, go_on: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        """Have somebody called when it is their turn."""
        if not self._line:
            loop.call_soon(self._advance, loop)
        self._line.append(go_on)

    def _turn(self) -> None:
        self._ends = 0.0

    def _advance(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let those go on who are first in the line, for a slice."""
        ends = monotonic() + _SLICE
        while self._line and monotonic() < ends:
            self._line.popleft()()
        if self._line:
            loop.call_soon(self._advance, loop)


class Crowded(Guard):
    """A connection whose hits wait for their turn. `crowd`, and the answer to who must not wait, come with the subclass
    that `guarded` makes."""

    crowd: ClassVar[Crowd]
    away: ClassVar[Reply]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `Guard`."""
        self.held = b""  # what came, and waits unread
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Answer what comes, have it wait, or refuse it."""
        if self.held:
            self.held += data
        elif self.crowd.is_free(self.loop) or not self._is_hit(data):
            super().data_received(data)
        elif self.crowd.is_full():
            self._turn_away(data)
        else:
            self.held = data
            self.flow.pause_reading()
            self.crowd.wait(self._go_on, self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self.held = b""
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """See `Guard`. Who waits in the line is answered first."""
        self._go_on()
        super().shutdown()

    def _go_on(self) -> None:
        data, self.held = self.held, b""
        if data and not self.transport.is_closing():
            self.flow.resume_reading()
            super().data_received(data)

    def _is_hit(self, data: bytes) -> bool:
        """Whether a hit begins here: where a request may begin, and at a path of hits."""
        begins = self.phase is Phase.IDLE or (self.phase is Phase.HEAD and not self.piece)
        if not begins or self._is_busy():
            return False
        _, _, target = data[: self.limits.request_line].partition(b"\r")[0].partition(b" ")
        return self.straight.takes(target.partition(b" ")[0].partition(b"?")[0].decode("latin-1"))

    def _turn_away(self, data: bytes) -> None:
        """Refuse a hit unread. The connection goes on where there is no doubt about where the next request begins."""
        self.refused("overload")
        if self.winding_down or self.flow.write_paused or not _is_plain(data):
            self._say(raw(self.away))
        else:
            self.transport.write(written(self.away, self.dated, (), alive=True))
            self._enter(Phase.IDLE)


def _is_plain(data: bytes) -> bool:
    """Whether this is one whole GET of HTTP/1.1 without a body, and nothing in it speaks of the connection."""
    if not data.startswith(b"GET ") or data.find(_END) != len(data) - len(_END):
        return False
    return data.partition(b"\r\n")[0].endswith(b" HTTP/1.1") and _TELLING.search(data.lower()) is None


def guarded(limits: Limits, served: Served, refused: Callable[[str], None]) -> type[Guard]:
    """The protocol class of one listener. `refused` is called with a word of a closed list for each refusal."""
    members = {
        "limits": limits,
        "straight": served.straight,
        "body_limit": staticmethod(served.body_limit),
        "refused": staticmethod(refused),
        "crowd": Crowd(limits.waiting),
        "away": unavailable(limits.retry_after),
    }
    return type("Guarded", (Crowded,), members)
