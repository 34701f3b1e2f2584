"""Stand in for a destination: take what a deployment delivers, keep it byte for byte, and answer that all is well."""

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

MOST_BYTES = 256 << 20
_MOST_BODY = 8 << 20
# What the shipped manifests take for success; Meta's looks for this word.
_ANSWER = b'{"events_received": 1}'


class Capture(AbstractContextManager["Capture"]):
    """A listener at host and port. `requests` grows while it is open; `lost` counts what does not fit, or not whole."""

    def __init__(self, host: str, port: int) -> None:
        """Listen. OSError where the address cannot be had."""
        self._requests: list[bytes] = []
        self._bytes = 0
        self.lost = 0
        self._lock = threading.Lock()
        self._server = _Server((host, port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.place = f"{host}:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def requests(self) -> Sequence[bytes]:
        """What has arrived so far: head and body of each request."""
        with self._lock:
            return tuple(self._requests)

    def take(self, request: bytes, *, whole: bool = True) -> None:
        """Keep one request, or what there is of it."""
        with self._lock:
            self._bytes += len(request)
            fits = self._bytes <= MOST_BYTES
            self.lost += not (fits and whole)
            if fits:
                self._requests.append(request)


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def _handler(capture: Capture) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(1 << 16)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self._body()
            capture.take(
                self.raw_requestline + bytes(str(self.headers), "utf-8", "replace") + b"\n" + body[:_MOST_BODY],
                whole=len(body) <= _MOST_BODY,
            )
            # What is left of it is no request.
            self.close_connection |= len(body) > _MOST_BODY
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(_ANSWER)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else _ANSWER)

        def _body(self) -> bytes:
            """The body; of a larger one a byte more than is kept."""
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                return self._chunks()
            length = self.headers.get("Content-Length", "0")
            return self.rfile.read(min(int(length), _MOST_BODY + 1)) if length.isdigit() else b""

        def _chunks(self) -> bytes:
            body = b""
            while len(body) <= _MOST_BODY and (
                size := int(self.rfile.readline(32).partition(b";")[0].strip() or b"0", 16)
            ):
                body += self.rfile.read(min(size, _MOST_BODY + 1 - len(body)))
                self.rfile.readline(8)
            self.rfile.readline(8)
            return body

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing: a line would hold what was sent."""

    return Handler
