"""Have hits wait in a line of bounded length where more come than can be answered, and refuse unread those beyond it.

A loop that answers whoever comes answers everybody late. So hits get a slice of each turn of the loop, the rest wait
for the next one, and to refuse a hit costs a small part of what it costs to answer it. Everything that is no hit (a
choice, a withdrawal, a page, the admin listener) waits for no hit and is never refused here.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from gateway.web.guard import Guard, Phase
from gateway.web.limits import Limits
from gateway.web.plain import Plain
from gateway.web.replies import raw, unavailable, written
from gateway.web.straight import Served

# Seconds of a turn of the loop that hits may have. Whoever is refused has waited for two such slices at most.
_SLICE = 0.005


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
    """A connection whose hits wait for their turn. `crowd`, and what is said to who must not wait on a connection that
    goes on or that ends, come with the subclass that `guarded` makes."""

    crowd: ClassVar[Crowd]
    plain: ClassVar[Plain]
    away: ClassVar[bytes]
    away_for_good: ClassVar[bytes]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `Guard`."""
        self.held = b""  # what came, and waits unread
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Answer what comes, have it wait, or refuse it."""
        if self.held:
            self._hold(data)
        elif self.crowd.is_free(self.loop) or not self._is_hit(data):
            self.read(data)
        elif self.crowd.is_full():
            self._turn_away(data)
        else:
            self._hold(data)
            self.crowd.wait(self._go_on, self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self.held = b""
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """See `Guard`. Who waits in the line is answered first."""
        self._go_on()
        super().shutdown()

    def _hold(self, data: bytes) -> None:
        """Keep what came until it can be read. Few send more before they are answered, and so few are stopped."""
        self.held += data
        if len(self.held) > self.harmless:
            self.flow.pause_reading()

    def _go_on(self) -> None:
        data, self.held = self.held, b""
        if data and not self.transport.is_closing():
            self.flow.resume_reading()
            self.read(data)

    def _is_hit(self, data: bytes) -> bool:
        """Whether a hit begins here: where a request may begin, and at a path of hits."""
        if self.phase is Phase.IDLE or (self.phase is Phase.HEAD and not self.piece):
            return data.partition(b" ")[2].startswith(self.straight.begins)
        return False

    def _turn_away(self, data: bytes) -> None:
        """Refuse a hit unread. The connection goes on where there is no doubt about where the next request begins."""
        self.refused("overload")
        if self.winding_down or self.flow.write_paused or not self.plain.is_one(data):
            self._say(self.away_for_good)
        else:
            self.transport.write(self.away)
            self._enter(Phase.IDLE)


def guarded(limits: Limits, served: Served, refused: Callable[[str], None]) -> type[Guard]:
    """The protocol class of one listener. `refused` is called with a word of a closed list for each refusal."""
    away = unavailable(limits.retry_after)
    members = {
        "limits": limits,
        # One less for each field: it counts with a space behind its colon, which need not have come.
        "harmless": min(limits.request_line, limits.headers_bytes - limits.headers, limits.cookies_bytes),
        "straight": served.straight,
        "body_limit": staticmethod(served.body_limit),
        "refused": staticmethod(refused),
        "crowd": Crowd(limits.waiting),
        "plain": Plain(),
        "away": written(away, b"", (), alive=True),  # without a date, which an error need not have (RFC 9110, 6.6.1)
        "away_for_good": raw(away),
    }
    return type("Guarded", (Crowded,), members)
