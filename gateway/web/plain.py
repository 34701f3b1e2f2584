"""Tell a request that can be refused unread, on a connection that goes on, from all others: one whole GET and no more.

A parser says so, of the same make as the one that reads what is not refused, so that both see it end alike.
"""

import httptools

_END = b"\r\n\r\n"
_BEGUN_AND_ENDED = 2


class Plain:
    """Looks at what came on any connection, one piece at a time, and keeps nothing of it."""

    def __init__(self) -> None:
        self._renew()

    def is_one(self, data: bytes) -> bool:
        """Whether this is one whole GET of HTTP/1.1 without a body, behind which the connection goes on."""
        self._told, self._goes_on = 0, False
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            is_one = False
        else:
            is_one = self._goes_on and self._told == _BEGUN_AND_ENDED and data.endswith(_END) and self._is_usual()
        if not is_one:
            self._renew()
        return is_one

    def on_message_begin(self) -> None:
        """A request begins."""
        self._told += 1

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._told += 1
        self._goes_on = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """It has a body, and so is not plain."""
        self._told += 1

    def on_chunk_header(self) -> None:
        """The same, even if its body is empty."""
        self._told += 1

    def _is_usual(self) -> bool:
        return self._parser.get_method() == b"GET" and self._parser.get_http_version() == "1.1"

    def _renew(self) -> None:
        """Forget a request that has begun, or after which nothing may follow."""
        self._parser = httptools.HttpRequestParser(self)
