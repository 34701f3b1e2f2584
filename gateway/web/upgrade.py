"""Read the body of a request that asks for another protocol: the parser leaves off behind its head.

Nobody is given another protocol here, and such a request means what it would without asking (RFC 9110, section 7.8).
HTTP clients that would rather speak HTTP/2 ask so with their first request, be it a POST.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import httptools

_FRAMING = (b"content-length", b"transfer-encoding")


class Reader(Protocol):
    """Whoever is told of a body, as httptools tells it."""

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the trailer."""

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""

    def on_message_complete(self) -> None:
        """The request is whole."""


class _Callbacks:
    """What of a reader is called: for the head that a body needs before it, nothing yet."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._begun = False
        self.on_body = reader.on_body
        self.on_message_complete = reader.on_message_complete

    def on_headers_complete(self) -> None:
        self._begun = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._begun:
            self._reader.on_header(name, value)


def framing(fields: Mapping[bytes, Sequence[bytes]]) -> bytes:
    """The lines that say how long a body is; none where there is no body, or an empty one."""
    lines = [(name, value) for name in _FRAMING for value in fields.get(name, ()) if value.strip(b"0")]
    return b"".join([b"%b: %b\r\n" % line for line in lines])


def body_parser(lines: bytes, reader: Reader) -> httptools.HttpRequestParser:
    """A parser that goes on behind a head with these lines of framing."""
    parser = httptools.HttpRequestParser(_Callbacks(reader))
    parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % lines)
    return parser
