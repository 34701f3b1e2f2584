"""The constant replies of the HTTP edge: nothing in them depends on what the request held."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# The smallest transparent GIF that every mail client and browser shows (GIF89a, one pixel).
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")

# The extension of ASGI by which our own listener takes a whole Reply in one message.
WHOLE = "gateway.reply"
EXTENSIONS: dict[str, dict[object, object]] = {WHOLE: {}}

_NO_STORE = (b"cache-control", b"no-store")
_NOSNIFF = (b"x-content-type-options", b"nosniff")
# Nothing may be given to another visitor than the one it was for, not even by a cache that heeds no `no-store`.
VARY = (b"vary", b"origin, cookie, sec-gpc, dnt")
_NOT_TRACKING = (b"tk", b"N")


class Reply(NamedTuple):
    """A whole answer: ASGI's header pairs and the body; `head` is its first lines as they go out."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    head: bytes


def reply(status: int, kind: bytes = b"", body: bytes = b"", *more: tuple[bytes, bytes]) -> Reply:
    """An answer that no cache keeps and no browser reinterprets."""
    headers = [_NO_STORE, _NOSNIFF, VARY]
    if kind:
        headers.append((b"content-type", kind))
    if status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", b"%d" % len(body)))
    return whole(status, (*headers, *more), body)


def whole(status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> Reply:
    """An answer of these headers and no other."""
    line = b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())
    return Reply(status, headers, body, line + lines(headers))


def not_tracking(given: Reply) -> Reply:
    """The same answer with `Tk: N` (Tracking Preference Expression, section 6.2.4)."""
    return given._replace(headers=(*given.headers, _NOT_TRACKING), head=given.head + lines([_NOT_TRACKING]))


def private(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a page with those that every answer has, where the page left them out."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    return [*given, *(pair for pair in (_NO_STORE, _NOSNIFF, VARY) if pair[0] not in names)]


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Header pairs as lines of a head."""
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


def refusal(status: int, *more: tuple[bytes, bytes]) -> Reply:
    """An error with the standard phrase of its status and not a word more."""
    return reply(status, b"text/plain; charset=utf-8", HTTPStatus(status).phrase.encode(), *more)


def unavailable(retry_after: int) -> Reply:
    """Nothing was kept; come again after so many seconds."""
    return refusal(503, (b"retry-after", b"%d" % retry_after))


# What a pixel's manifest may promise its page, by name.
REPLIES = {
    "gif": reply(200, b"image/gif", GIF),
    "204": reply(204),
    "js": reply(200, b"text/javascript; charset=utf-8"),
    "json": reply(200, b"application/json", b"{}"),
}


def raw(answer: Reply) -> bytes:
    """The bytes of an answer that ends its connection, for faults met below ASGI."""
    return written(answer, b"", (), alive=False)


def written(
    given: Reply, dated: bytes, more: Iterable[tuple[bytes, bytes]], *, alive: bool, bare: bool = False
) -> bytes:
    """The bytes of an answer. `dated` is the line of its date, `alive` says whether the connection goes on, `bare`
    leaves the body out."""
    close = b"\r\n" if alive else b"connection: close\r\n\r\n"
    added = lines(more) if more else b""
    return b"".join((given.head, dated, added, close, b"" if bare else given.body))


async def answer(scope: Scope, send: Send, given: Reply, *more: tuple[bytes, bytes]) -> None:
    """Give one of the answers."""
    if WHOLE in scope.get("extensions", ()):
        await send({"type": WHOLE, "reply": given, "more": more})
        return
    await send({"type": "http.response.start", "status": given.status, "headers": [*given.headers, *more]})
    await send({"type": "http.response.body", "body": given.body})
