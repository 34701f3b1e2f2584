"""One request that is answered without ASGI: no task, no message and no event, but its parts and one write.

The guard makes it where a target begins as one of `Straight.begins`, feeds it its body, and tells it when its turn has
come. What answers it says so once, at that moment or later, with a `Reply` that is whole.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from gateway.web.replies import App, Reply

BODILESS = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(Protocol):
    """What a request needs of the connection it came on. `keep_alive` says whether that goes on after the request that
    was just read."""

    straight: "Straight"
    peer: str
    keep_alive: bool
    expect_100_continue: bool

    def interim(self, text: bytes) -> None:
        """Send an interim answer."""

    def reply(self, asked: "Asked", given: Reply, more: Iterable[tuple[bytes, bytes]]) -> None:
        """Send the answer to a request."""


class Straight(Protocol):
    """What answers requests without ASGI. `begins` is how a request line of its own begins after the method, and no
    other does; a target is followed by a space there."""

    @property
    def begins(self) -> tuple[bytes, ...]:
        """All of them."""

    def early(self, asked: "Asked") -> None:
        """Answer a request whose body is still to come, if no body can change the answer."""

    def respond(self, asked: "Asked") -> None:
        """Have a whole request answered by one call of its `say`. Never raises."""


class Asked:
    """A request under way. `fields` are the headers as lower-case names to lists of values, `peer` is the address of
    the TCP peer. It knows its connection only until it is answered, so that both are gone with their last use."""

    __slots__ = (
        "_begun", "_connection", "_expects", "_pieces", "_whole", "fields", "keep_alive", "method", "path", "peer",
        "query", "response_complete",
    )  # fmt: skip

    def __init__(
        self, connection: Connection, method: str, path: str, query: bytes, fields: Mapping[bytes, list[bytes]]
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.peer = connection.peer
        self.keep_alive = connection.keep_alive
        self.response_complete = self._begun = self._whole = False
        self._expects = connection.expect_100_continue
        self._pieces: list[bytes] | None = None
        self._connection: Connection | None = connection

    @property
    def body(self) -> bytes:
        """What has come of the body."""
        return b"".join(self._pieces) if self._pieces else b""

    @property
    def response_started(self) -> bool:
        """Whether a byte of the answer is out; it goes out as a whole."""
        return self.response_complete

    def begin(self) -> None:
        """Its turn has come: every answer before it is out."""
        self._begun = True
        connection = self._connection
        if connection is None:
            return
        if self._whole:
            connection.straight.respond(self)
        elif self.method not in BODILESS:
            connection.straight.early(self)
            if self._expects and not self.response_complete:
                connection.interim(_CONTINUE)

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body."""
        if self._pieces is None:
            self._pieces = []
        self._pieces.append(piece)

    def end(self) -> None:
        """The request is whole."""
        self._whole = True
        if self._begun and self._connection is not None:
            self._connection.straight.respond(self)

    def abandon(self) -> None:
        """Nobody waits for the answer any more."""
        self._connection = None

    def say(self, given: Reply, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Give the answer, with more headers; only the first one counts."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self.response_complete = True
            connection.reply(self, given, more)


class Nothing:
    """For a listener that has no such paths."""

    begins = ()

    def early(self, asked: Asked) -> None:
        """Nobody asks."""

    def respond(self, asked: Asked) -> None:
        """Nobody asks."""


class Served(NamedTuple):
    """What a listener serves: an application, how many bytes a body may have by path, and what answers some of the
    paths without ASGI."""

    app: App
    body_limit: Callable[[str], int]
    straight: Straight = Nothing()
