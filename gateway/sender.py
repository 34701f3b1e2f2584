"""The only way out: send one Outbound to a vendor, and read as little of the answer as its outcome needs.

Rules: nothing but the Outbound's own headers leaves, beside Host, Content-Length, one User-Agent and the wish for an
uncompressed answer. No redirect is followed, no proxy, cookie or credential of the environment is used. A name is
looked up once for a connection, all its addresses are judged, and the one that is connected to once more when its
socket is opened: no second look-up can lead anywhere else. Whoever sends may look a last time, when nothing is in the
way any more, whether it is still right.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol

import aiohttp
from aiohttp.abc import AbstractCookieJar
from aiohttp.connector import Connection
from aiohttp.http import StreamWriter
from multidict import CIMultiDict
from yarl import URL

from gateway.addresses import Networks, guarded
from gateway.errors import GatewayError
from gateway.names import Lookup, Names, ask_the_system
from gateway.outbound import Outbound, Reply
from gateway.sinks import lines, parquet

# What is no request: a writer of files, given the directory, a name in it and the lines.
_WRITERS: dict[str, Callable[[Path, str, bytes], None]] = {"APPEND": lines.append, "PARQUET": parquet.write}

USER_AGENT = "consent-gateway"
BODY_BYTES = 64 * 1024

# A body of so many bytes is written together with its headers: an idle connection always has room for that.
SHORT_BYTES = 16 * 1024

# A kept connection that turns out to be spoilt is closed, and another one is tried; a vendor that answers before it is
# asked on a fresh one, too, wants to be left alone.
_TRIES = 2

# What the aiohttp client or the connection itself decides, and no manifest may.
_OWN_HEADERS = frozenset(("host", "content-length", "transfer-encoding", "connection", "cookie", "te", "upgrade"))
_NO_TYPE: CIMultiDict[None] = CIMultiDict({"Content-Type": None})


class Forbidden(GatewayError):
    """An Outbound that its destination's route does not allow: a mistake in a manifest or a setting."""


class Outdated(GatewayError):
    """An Outbound that was not right any more when it could have left. Nothing of it did."""


class _Spoilt(aiohttp.ClientError):
    """A connection on which something came before the request left: its answers are those of others."""


Still = Callable[[], Awaitable[bool]]
"""Whether a request is still right. It is asked when its connection is there, the last thing before its first byte."""


async def always() -> bool:
    """Right at every time."""
    return True


@dataclass(slots=True)
class _Passage:
    """A request on its way out: whether it is still right, its body if that is short, and whether some of it may have
    left."""

    still: Still
    short: bytes
    sent: bool = False


_PASSAGE: ContextVar[_Passage] = ContextVar("passage")


class TokenGiver(Protocol):
    """How the access tokens of a destination are got."""

    @property
    def lifetime(self) -> float:
        """Seconds for which a token is kept whose answer does not say."""

    def request(self, now: float) -> Outbound | None:
        """The request for a token, for POSIX seconds; None where it cannot be made."""

    def refused(self, reply: Reply) -> bool:
        """Whether a reply says that the token is not taken any more."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where the requests of one destination may go.

    `hosts` are names, with `:port` where it is not the scheme's own. `networks` are addresses of the operator's own
    networks which are allowed beside the global ones (`LOOPBACK` for demonstrations), there also without TLS and at any
    port.
    `directory` is where files may be written. `token` tells how an access token is got, where requests carry one.
    """

    hosts: frozenset[str] = frozenset()
    networks: Networks = ()
    directory: Path | None = None
    token: TokenGiver | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to open a connection, and for everything together."""

    connect: float = 3.0
    total: float = 6.0


class Sender:
    """Sessions to the vendors, one for each set of allowed networks. `now` gives POSIX seconds, for Retry-After dates.

    `tls` replaces the system's certificate authorities; its verification stays on. `lookup` replaces its names.
    """

    def __init__(
        self,
        now: Callable[[], float],
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
        lookup: Lookup = ask_the_system,
    ) -> None:
        self._now = now
        self._lookup = lookup
        self._timeouts = timeouts or Timeouts()
        self._tls = tls or ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._tls.verify_mode != ssl.CERT_REQUIRED or not self._tls.check_hostname:
            raise ValueError("the TLS context must verify certificates and names")
        self._sessions: dict[tuple[Networks, bool], aiohttp.ClientSession] = {}

    async def send(self, outbound: Outbound, route: Route, still: Still = always) -> Reply:
        """The answer, status 0 where none came. Forbidden where the route does not allow the request, Outdated where it
        is not right any more."""
        if outbound.method in _WRITERS:
            await _look(still)
            return await asyncio.to_thread(_write, outbound, route.directory)
        url = _allowed_url(outbound, route)
        headers = {"User-Agent": USER_AGENT, **outbound.headers, "Accept-Encoding": "identity"}
        short = outbound.body if len(outbound.body) <= SHORT_BYTES else b""
        if short:
            headers["Content-Length"] = str(len(short))
        passage = _Passage(still, short)
        _PASSAGE.set(passage)
        ask = partial(
            self._session(route.networks, url.scheme).request,
            outbound.method,
            url,
            headers=headers,
            data=None if short else outbound.body or None,
            allow_redirects=False,
        )
        for _ in range(_TRIES):
            try:
                async with ask() as response:
                    return await self._reply(response)
            except _Spoilt:
                continue
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
                break
        return Reply(0, sent=passage.sent)

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _reply(self, response: aiohttp.ClientResponse) -> Reply:
        content, body = response.content, bytearray()
        while len(body) < BODY_BYTES and not content.at_eof():
            body += await content.read(BODY_BYTES - len(body))
        if not content.at_eof():
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        asked = headers.get("retry-after")
        after = retry_after(asked, self._now()) if asked else None
        return Reply(response.status, body=bytes(body), retry_after=after, headers=headers)

    def _session(self, networks: Networks, scheme: str) -> aiohttp.ClientSession:
        """The session for these networks. Without TLS it reaches no others."""
        own_only = scheme == "http"
        for known, session in self._sessions.items():  # a few, and networks take longer to hash than to compare
            if known == (networks, own_only):
                return session
        session = self._sessions[networks, own_only] = self._open(networks, own_only)
        return session

    def _open(self, networks: Networks, own_only: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            limit_per_host=16,
            resolver=Names(networks, self._lookup, own_only=own_only),
            ttl_dns_cache=30,
            keepalive_timeout=15,
            socket_factory=lambda place: guarded(place, networks, own_only=own_only),
        )
        jar: AbstractCookieJar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(
            connector=connector,
            request_class=_Request,
            cookie_jar=jar,
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=self._timeouts.total, connect=self._timeouts.connect),
            read_bufsize=BODY_BYTES,
        )


class _Request(aiohttp.ClientRequest):
    """A request that looks whether it is still right when it has its connection, be it a new one or one that was kept:
    names, handshakes and a token may have taken seconds. It has the headers that it is given, and no others."""

    def update_auto_headers(self, skip_auto_headers: Iterable[str] | None) -> None:
        """Add none, neither now nor with a body."""
        self._skip_auto_headers = _NO_TYPE

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        passage = _PASSAGE.get()
        await _look(passage.still)
        if conn.protocol is not None and conn.protocol.should_close:
            raise _Spoilt
        passage.sent = True
        if not passage.short or conn.protocol is None:
            return await super().send(conn)
        # The client has a task for each body, for it may be answered before it is written. A short one never waits.
        writer = StreamWriter(conn.protocol, self.loop)
        await writer.write_headers(f"{self.method} {self.url.raw_path_qs} HTTP/1.1", self.headers)
        await writer.write_eof(passage.short)
        return self.response_class(
            self.method,
            self.url,
            writer=None,
            continue100=None,
            timer=self._timer,
            request_info=self.request_info,
            traces=[],
            loop=self.loop,
            session=self.session,
            stream_writer=writer,
        )


async def _look(still: Still) -> None:
    if not await still():
        raise Outdated("a request is not right any more")


def retry_after(value: str, now: float) -> float | None:
    """Seconds of a Retry-After header in either of its forms (RFC 9110, section 10.2.3), or None."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _allowed_url(outbound: Outbound, route: Route) -> URL:
    try:
        url = URL(outbound.url)
    except ValueError:
        raise Forbidden("the URL of a request cannot be read") from None
    own_network = bool(route.networks)
    if url.scheme != "https" and not (url.scheme == "http" and own_network):
        raise Forbidden("requests leave by https only")
    any_port = url.is_default_port() or own_network
    if not (any_port and url.host in route.hosts) and url.host_port_subcomponent not in route.hosts:
        raise Forbidden("the host of a request is not one of its destination's")
    if url.user is not None or url.password is not None:
        raise Forbidden("a URL carries credentials")
    for name, value in outbound.headers.items():
        if name.lower() in _OWN_HEADERS or not (name + value).isprintable():
            raise Forbidden("a header of a request is not a manifest's to set")
    return url


def _write(outbound: Outbound, directory: Path | None) -> Reply:
    """Write to a file of the directory and wait for the disk."""
    path = PurePosixPath(URL(outbound.url).path)
    if directory is None or not outbound.url.startswith("file:///") or path.parent != PurePosixPath(directory):
        raise Forbidden("a file to write is not in its destination's directory")
    try:
        _WRITERS[outbound.method](directory, path.name, outbound.body)
    except OSError:
        return Reply(0, sent=False)
    return Reply(200)
