"""Hold every connection to the limits of the edge, below anything that knows what a request means.

uvicorn's protocol has no time-outs and no header limits; this one refuses what is too long, too slow or framed in a way
that two servers could read differently (RFC 9112, sections 3, 6 and 11.2). What it refuses, no application ever sees.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import ClassVar, NamedTuple, NoReturn

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.web.exchange import Exchange, Head
from gateway.web.limits import Limits
from gateway.web.replies import Reply, raw, refusal, unavailable, written
from gateway.web.straight import BODILESS, Asked, Straight
from gateway.web.upgrade import body_parser, framing

_ABSOLUTE = re.compile(rb"(?i:http)://([^/?#@]+)(/.*)\Z", re.DOTALL)
_LINGER_SECONDS = 2.0
_PER_HEADER = len(b": \r\n")
_MOST_WAITING = 16  # requests of one connection that wait for the answer before theirs; browsers send none
_PER_CHUNK = 8  # bytes on the wire for one byte of body, where each is a chunk of its own


class Phase(Enum):
    """What a connection is waiting for, and so how long it may wait."""

    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    IDLE = "idle"
    LINGER = "linger"


_HEAD, _BODY, _ANSWER, _IDLE, _LINGER = Phase


class _Refused(Exception):
    """Stops the parser at the first fault."""


class _Fault(NamedTuple):
    """Why: a status and a word for the counter, nothing of the request. It outlives the exception, which would hold
    every byte that was being read."""

    status: int
    reason: str


class Guard(HttpToolsProtocol):
    """One connection. `limits`, what is served and `refused` (told each reason) come with the subclass that
    `crowd.guarded` makes. In `harmless` bytes nothing can be longer than it may be. Once that class is `winding_down`,
    each connection ends with its next answer; `dated` is the line of the date."""

    limits: ClassVar[Limits]
    harmless: ClassVar[int]
    straight: Straight
    winding_down: ClassVar[bool] = False
    dated: ClassVar[bytes] = b""
    body_limit: Callable[[str], int]
    refused: Callable[[str], None]

    # ------------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or shed one when there are too many."""
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        # The request whose turn it is, the one that is being read, and those that wait for their turn.
        self.active: Exchange | Asked | None = None
        self.reading: Exchange | Asked | None = None
        self.waiting: deque[Exchange | Asked] = deque()
        self.begun = False  # a request of the piece that is being read
        self.fault: _Fault | None = None
        self._enter(_HEAD)
        self.url = self.unread = b""
        self.fields: dict[bytes, list[bytes]] = {}
        self.piece = self.fed = 0
        if len(self.connections) > self.limits.connections and not self._shed_idle():
            self.refused("connections")
            self._say(raw(unavailable(self.limits.retry_after)))

    def data_received(self, data: bytes) -> None:
        """Read what comes."""
        self.read(data)

    def read(self, data: bytes) -> None:
        """Feed the parser until something is wrong."""
        if self.phase is _LINGER:
            return
        if self.phase is _IDLE:
            self._enter(_HEAD)
        self.begun = False
        self.piece = len(data)
        self.fed += self.piece
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as stop:
            self._read_on(data[stop.args[0] :])
        except httptools.HttpParserCallbackError:  # out of a callback: what `_stop` said, else a mistake of ours
            fault = self.fault or _Fault(503, "fault")
            self._refuse(fault.status, fault.reason)
        except httptools.HttpParserError:
            self._refuse(400, "framing")
        else:
            if self.fed:
                self._check_fed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits for an answer any more."""
        for each in (self.active, self.reading, *self.waiting):
            if each is not None:
                each.abandon()
        self.waiting.clear()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The process stops: end the connection, or have it end with the answers that are under way."""
        last = self.waiting[-1] if self.waiting else self.active
        if last is None or last.response_complete:
            self.transport.close()
        else:
            last.keep_alive = False

    def give_up(self) -> None:
        """The process stops, and this request took too long."""
        if isinstance(self.active, Asked):
            self.active.say(unavailable(1))
        self.transport.close()

    def check(self, now: float) -> None:
        """End a wait that took too long. `now` is the loop's time in seconds."""
        waited = now - self.since
        if self.transport.is_closing():  # with an answer that the client does not read
            if waited > self.limits.head_seconds:
                self.transport.abort()
        elif self.phase is _BODY and waited > self.limits.body_seconds:
            self._refuse(408, "slow_body")
        elif self.phase is _HEAD and waited > self.limits.head_seconds:
            self.refused("slow_head")
            self._hang_up()
        elif waited > {_IDLE: self.limits.idle_seconds, _LINGER: _LINGER_SECONDS}.get(self.phase, waited):
            self._hang_up()

    # ------------------------------------------------------------------ the parser's callbacks

    def on_message_begin(self) -> None:
        """A new request begins."""
        self.first, self.fed = self.piece, 0  # the bytes of the piece it begins in, and of those after it
        self.repeated = 0
        if self.phase is not _HEAD:
            self._enter(_HEAD)

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        self.url += url
        if self.first + self.fed > self.harmless:
            self._check_line()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header field. What all of them amount to is checked when the head is whole."""
        name = name.lower()
        if name in self.fields:
            self.fields[name].append(value)
            self.repeated += 1
        else:
            self.fields[name] = [value]

    def on_headers_complete(self) -> None:
        """The head is whole: check it, then have the request answered in its turn."""
        method, version = self.parser.get_method().decode("ascii"), self.parser.get_http_version()
        fields, self.fields = self.fields, {}  # what comes after the body would be a trailer
        self._check_head(method, version, fields)
        target = self._target(fields[b"host"][0])
        raw_path, _, query = target.partition(b"?")
        path = raw_path.decode("ascii")  # never percent-decoded: no path of ours has a percent sign
        if b"content-length" in fields or b"transfer-encoding" in fields:
            self._check_body(method, version, path, fields)
        self.keep_alive = version == "1.1" and not self.winding_down and self.parser.should_keep_alive()
        if b"upgrade" in fields and self.parser.should_upgrade():
            self.keep_alive, self.unread = False, framing(fields)
        if (target + b" ").startswith(self.straight.begins):
            self._start(Asked(self, method, path, query, fields))
        else:
            self._start(Exchange.of(self, Head(method, version, path, query, fields), keep_alive=self.keep_alive))

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self.body_size += len(body)
        if self.body_size > self.body_most:
            self._stop(413, "body")
        if self.reading is not None and not self.reading.response_complete:
            self.reading.feed(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self.unread:  # but for the body, before which the parser leaves off
            return
        if self.fields:
            self._stop(400, "trailer")
        if self.reading is None or self.reading.response_complete:
            self.reading = None
            self._enter(_IDLE)
            return
        self.phase = _ANSWER  # as long as it takes
        self.reading.end()
        self.reading = None

    def on_response_complete(self) -> None:
        """An answer is out: forget its request, then take the next one of the pipeline, or wait for one."""
        self.active = None
        if self.transport.is_closing():
            return
        if self.waiting:
            self.loop.call_soon(self._advance)
        elif self.phase is _ANSWER:
            self._enter(_IDLE)

    # ------------------------------------------------------------------ what a request needs

    def interim(self, text: bytes) -> None:
        """Send an interim answer."""
        self.transport.write(text)

    def reply(self, asked: Asked, given: Reply, more: Iterable[tuple[bytes, bytes]]) -> None:
        """Send the answer to a request. A client that does not read its answers is cut off."""
        if self.flow.write_paused:
            asked.keep_alive = False
        else:
            bare = asked.method == "HEAD"
            self.transport.write(written(given, self.dated, more, alive=asked.keep_alive, bare=bare))
        if not asked.keep_alive:
            self.transport.close()
        self.on_response_complete()

    # ------------------------------------------------------------------ what a head must be

    def _check_fed(self) -> None:
        """Bound what the parser itself may be holding: a line that does not end, chunks that are all frame."""
        if self.phase is _HEAD:
            if self.fed > self.limits.request_line + self.limits.headers_bytes + _PER_HEADER:
                self._refuse(431, "headers")
        elif self.phase is _BODY and self.fed > _PER_CHUNK * self.body_most + self.limits.headers_bytes:
            self._refuse(413, "body")

    def _check_line(self) -> None:
        if len(self.url) + len(self.parser.get_method()) + len(b"  HTTP/1.1") > self.limits.request_line:
            self._stop(414, "request_line")

    def _check_head(self, method: str, version: str, fields: dict[bytes, list[bytes]]) -> None:
        if version not in ("1.1", "1.0"):
            self._stop(505, "version")
        if len(fields.get(b"host", ())) != 1:
            self._stop(400, "host")
        if method == "CONNECT":
            self._stop(400, "method")
        if len(fields) + self.repeated > self.limits.headers:
            self._stop(431, "headers")
        if self.first + self.fed > self.harmless:
            self._check_sizes(fields)
        expect = fields.get(b"expect")
        if expect and [value.lower() for value in expect] != [b"100-continue"]:
            self._stop(417, "expect")
        self.expect_100_continue = expect is not None

    def _check_sizes(self, fields: dict[bytes, list[bytes]]) -> None:
        sizes = (len(name) + len(value) + _PER_HEADER for name, values in fields.items() for value in values)
        if sum(sizes) > self.limits.headers_bytes:
            self._stop(431, "headers")
        if sum(map(len, fields.get(b"cookie", ()))) > self.limits.cookies_bytes:
            self._stop(431, "cookies")

    def _check_body(self, method: str, version: str, path: str, fields: dict[bytes, list[bytes]]) -> None:
        coding, length = fields.get(b"transfer-encoding"), fields.get(b"content-length")
        if coding and (version == "1.0" or length or len(coding) > 1 or coding[0].lower() != b"chunked"):
            self._stop(400, "framing")
        if method in BODILESS and (coding or (length and length[0] != b"0")):
            self._stop(400, "body_of_get")
        self.body_size, self.body_most = 0, self.body_limit(path)
        if length and int(length[0]) > self.body_most:
            self._stop(413, "body")

    def _target(self, host: bytes) -> bytes:
        """The origin form of the request target; of an absolute one, whose host must be the Host field's."""
        url, self.url = self.url, b""
        if b"#" in url:  # what else cannot stand there, the parser refuses
            self._stop(400, "target")
        if url.startswith(b"/"):
            return url
        absolute = _ABSOLUTE.match(url)
        if absolute is None or absolute[1].lower() != host.lower():
            self._stop(400, "target")
        return absolute[2]

    # ------------------------------------------------------------------ the moves

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since = self.loop.time()

    def _read_on(self, rest: bytes) -> None:
        """Answer in HTTP/1.1 as if nobody had asked for another protocol. Behind the request nothing is read."""
        if self.unread:
            self.parser, self.unread = body_parser(self.unread, self), b""
            self.read(rest)
        else:
            self._last_request()

    def _start(self, request: Exchange | Asked) -> None:
        """Begin to answer a request, or queue it behind the one before it."""
        self.reading = request
        self.phase = _BODY  # whose time began with its head's
        if self.begun or self.waiting or self.active is not None:
            self._queue(request)
        elif self.transport.is_closing():  # the answer before was the last one
            self.reading = None
        else:
            self._begin(request)

    def _queue(self, request: Exchange | Asked) -> None:
        """Have a request wait for its turn. Each comes in a turn of its own of the loop, however many there are."""
        if len(self.waiting) >= _MOST_WAITING:
            self._stop(503, "pipeline")
        self.flow.pause_reading()
        self.waiting.append(request)
        self.loop.call_soon(self._advance)

    def _is_busy(self) -> bool:
        """Whether an earlier request must be answered first."""
        return bool(self.waiting) or self.active is not None

    def _advance(self) -> None:
        """Begin the request whose turn it is, if it is."""
        if self.waiting and self.active is None and not self.transport.is_closing():
            self.flow.resume_reading()
            self._begin(self.waiting.popleft())

    def _begin(self, request: Exchange | Asked) -> None:
        """The turn of a request has come."""
        self.active, self.begun = request, True
        if isinstance(request, Asked):
            request.begin()
        else:
            self._start_asgi_task(request, self.app)

    def _stop(self, status: int, reason: str) -> NoReturn:
        """Leave the parser from inside one of its callbacks."""
        self.fault = _Fault(status, reason)
        raise _Refused

    def _refuse(self, status: int, reason: str) -> None:
        """Answer the request that is being read with an error, unless an earlier one still waits for its answer."""
        self.refused(reason)
        if self.active is not self.reading and self._is_busy():
            self._last_request()
        elif self.reading is not None and self.reading.response_started:
            self.transport.close()
        else:
            if self.reading is not None:
                self.reading.abandon()
            self._say(raw(unavailable(self.limits.retry_after) if status == 503 else refusal(status)))

    def _last_request(self) -> None:
        """Read no further; the connection ends with the answer that is being made."""
        if self.active is not None:
            self.active.keep_alive = False
        self.waiting.clear()
        self._enter(_LINGER)

    def _say(self, text: bytes) -> None:
        """Write a last answer, then read on a little: a reset would take the answer from a client still sending."""
        self.transport.write(text)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._enter(_LINGER)

    def _hang_up(self) -> None:
        if self._is_busy():
            self._last_request()
        else:
            self.transport.close()

    def _shed_idle(self) -> bool:
        """Close the connection that has been idle longest, if any is."""
        idle = [other for other in self.connections if isinstance(other, Guard) and other.phase is _IDLE]
        if idle:
            min(idle, key=lambda other: other.since).transport.close()
        return bool(idle)


# Every word `refused` may be told, for the metric's label.
REFUSALS = (
    "connections", "request_line", "headers", "cookies", "body", "slow_head", "slow_body", "framing", "host", "target",
    "version", "method", "expect", "trailer", "body_of_get", "pipeline", "fault", "overload",
)  # fmt: skip
