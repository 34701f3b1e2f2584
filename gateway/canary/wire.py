"""Send one request at a time, byte for byte as it was written, and no more of them a second than was agreed."""

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from gateway.canary.requests import Request

ANSWER_SECONDS = 10.0
_PIECE = 1 << 16
_MOST_ANSWER = 4 << 20


class Reply(NamedTuple):
    """What came back: the status (0: nothing readable) and all bytes of it."""

    status: int
    text: bytes

    @property
    def body(self) -> bytes:
        """What follows the head; chunks are left as they came."""
        return self.text.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> list[str]:
        """The values of a header."""
        lines = self.text.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines)
        return [value.strip() for title, _, value in pairs if title.strip().lower() == name]


@dataclass(slots=True)
class Wire:
    """A server, and how many requests a second it may get at most. `sent` counts them, `key` is an API key for it."""

    host: str
    port: int
    tls: bool = False
    rate: float = 20.0
    key: str = ""
    sent: int = 0
    _next: float = 0.0

    def send(self, request: Request, headers: Mapping[str, str]) -> Reply:
        """Make one request on a connection of its own. OSError where there is none to be had."""
        self._pause()
        self.sent += 1
        head = _head(request, {**headers, "Authorization": f"Bearer {self.key}"} if self.key else headers)
        text = b""
        with self._connect() as connection:
            with suppress(
                ConnectionError
            ):  # refused before it was read to the end: the answer may be there all the same
                connection.sendall(head + (request.body or b""))
            with suppress(ConnectionError, TimeoutError):
                while len(text) < _MOST_ANSWER and (piece := connection.recv(_PIECE)):
                    text += piece
        status = text[9:12]
        return Reply(int(status) if status.isdigit() else 0, text)

    def _connect(self) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), ANSWER_SECONDS)
        plain.settimeout(ANSWER_SECONDS)
        if not self.tls:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise

    def _pause(self) -> None:
        now = time.monotonic()
        time.sleep(max(0.0, self._next - now))
        self._next = max(now, self._next) + 1 / self.rate


def _head(request: Request, headers: Mapping[str, str]) -> bytes:
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if request.body is not None:
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()
