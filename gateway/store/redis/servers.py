"""Hold connections to the servers of an address: one, the one the Sentinels name, or those of a cluster."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import RedisError

from gateway.store.redis.address import Address

# One of several servers has so long to take a connection before the next is tried.
CONNECT_SECONDS = 0.5

# The library counts the time in which the process itself was busy, too; who asks has a limit that does not.
_SPARE_SECONDS = 1.0

# The library opens 100, and takes the next command for one that failed: the lanes write more at once than that.
_MOST_CONNECTIONS = 2_000

Place = tuple[str, int]
"""host, port"""


class Credentials(NamedTuple):
    """Files that prove who the servers are (`authority`) and who we are."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Servers(Protocol):
    """Where what stands behind a tag is to be found."""

    async def find(self) -> None:
        """Look for the servers anew. RedisError or OSError where none can be found."""

    def of(self, tag: str) -> Redis:
        """The server that has what stands behind a tag, after `find`."""

    def all(self) -> Sequence[Redis]:
        """Every server that takes changes, after `find`."""

    async def drop(self) -> None:
        """Forget connections that nobody uses: their other end may be gone."""

    async def close(self) -> None:
        """Let go of everything."""


async def command(*words: str | bytes | float, client: Redis) -> Any:
    """What a server answers to one command."""
    return await client.execute_command(*words)  # type: ignore[no-untyped-call]


def servers(address: Address, credentials: Credentials, seconds: float) -> Servers:
    """The servers of an address; what one of them does not answer within `seconds` and a little has failed."""
    options = _options(address, credentials, seconds)
    if address.kind == "cluster":
        return Cluster(address, options)
    if address.kind == "sentinel":
        password = {"password": address.sentinel_password} if address.sentinel_password else {}
        watching = Sentinel(  # type: ignore[no-untyped-call]
            address.hosts, sentinel_kwargs={**_without_login(options), **password}, **options
        )
        found = watching.master_for(address.service, redis_class=Redis, db=address.database)
        return Single(found, watching.sentinels)
    # Nobody else is to be tried in its place: it may take as long to let us in as to answer. This limit counts our own
    # pauses too, and that of `gateway.store.redis.line`, which is the shorter one, does not.
    options["socket_connect_timeout"] = options["socket_timeout"]
    if address.path:
        return Single(Redis(unix_socket_path=address.path, db=address.database, **options))
    ((host, port),) = address.hosts
    return Single(Redis(host=host, port=port, db=address.database, **options))


class Single:
    """One server, be it the one that Sentinels (`watching`) name at each connect."""

    def __init__(self, client: Redis, watching: Sequence[Redis] = ()) -> None:
        self._client = client
        self._watching = watching

    async def find(self) -> None:
        """See `Servers`."""
        await command("PING", client=self._client)

    def of(self, tag: str) -> Redis:
        """See `Servers`."""
        return self._client

    def all(self) -> Sequence[Redis]:
        """See `Servers`."""
        return (self._client,)

    async def drop(self) -> None:
        """See `Servers`."""
        await self._client.connection_pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        """See `Servers`."""
        for client in (self._client, *self._watching):
            await client.aclose()


class Cluster:
    """The primaries of a cluster, each by a client of its own: the library's client of clusters sends by itself what it
    may have sent before, and cannot wait for replicas."""

    def __init__(self, address: Address, options: Mapping[str, Any]) -> None:
        self._hosts = address.hosts
        self._options = options
        self._clients: dict[Place, Redis] = {}
        self._primaries: list[tuple[range, Place]] = []

    async def find(self) -> None:
        """See `Servers`. Whoever answers first tells it of all."""
        failure: Exception = ConnectionError("a cluster has a server")
        for place in dict.fromkeys((*(place for _, place in self._primaries), *self._hosts)):
            try:
                slots = await command("CLUSTER SLOTS", client=self._client(place))
            except (RedisError, OSError) as error:
                failure = error
                continue
            self._primaries = [
                (range(first, last + 1), ((primary[0] or b"").decode() or place[0], primary[1]))
                for first, last, primary, *_ in slots
            ]
            return
        raise failure

    def of(self, tag: str) -> Redis:
        """See `Servers`. ConnectionError where the cluster has nobody for it."""
        slot = key_slot(tag.encode())
        place = next((place for slots, place in self._primaries if slot in slots), None)
        if place is None:
            raise ConnectionError("no server of the cluster has it")
        return self._client(place)

    def all(self) -> Sequence[Redis]:
        """See `Servers`."""
        return [self._client(place) for place in dict.fromkeys(place for _, place in self._primaries)]

    async def drop(self) -> None:
        """See `Servers`."""
        for client in self._clients.values():
            await client.connection_pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        """See `Servers`."""
        for client in self._clients.values():
            await client.aclose()

    def _client(self, place: Place) -> Redis:
        if place not in self._clients:
            self._clients[place] = Redis(host=place[0], port=place[1], **self._options)
        return self._clients[place]


def _options(address: Address, credentials: Credentials, seconds: float) -> dict[str, Any]:
    """No command is sent twice by the library: it cannot know what that would do."""
    options: dict[str, Any] = {
        "socket_timeout": seconds + _SPARE_SECONDS,
        "max_connections": _MOST_CONNECTIONS,
        "socket_connect_timeout": min(seconds, CONNECT_SECONDS),
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "client_name": "gateway",
    }
    options |= {"username": address.user} if address.user else {}
    options |= {"password": address.password} if address.password else {}
    if address.tls:
        files = {
            "ssl_ca_certs": credentials.authority,
            "ssl_certfile": credentials.certificate,
            "ssl_keyfile": credentials.key,
        }
        options |= {"ssl": True, **{name: str(path) for name, path in files.items() if path}}
    return options


def _without_login(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in ("username", "password")}
