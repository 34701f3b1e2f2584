"""Read from a server what it can promise, and say how much of what it has acknowledged a loss of power may take.

What the settings of a server mean: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from gateway.store.protocols import DURABILITY
from gateway.store.redis.servers import command

# Scripts say themselves that they may run in a full memory since then.
_OLDEST = {"redis": (7, 0), "valkey": (7, 2)}
_RIGHTS = "give it `~{prefix:*` and the commands that docs/how-to/redis.md names"
_READ = ("appendfsync", "no-appendfsync-on-rewrite")


class Server(NamedTuple):
    """What a server says of itself. `appendfsync` is empty where it does not let itself be asked; `lazy` means that
    it does not write through while it compacts its file."""

    name: str = "redis"
    version: str = "0"
    role: str = "master"
    aof: bool = False
    appendfsync: str = ""
    lazy: bool = False
    policy: str = "noeviction"


class Wanted(NamedTuple):
    """What the operator wants: the `least` class that will do, the class that is `vouched` for where a server does not
    let itself be asked, and how many replicas each change waits for."""

    least: str = "strict"
    vouched: str = ""
    replicas: int = 0


class Verdict(NamedTuple):
    """The class a server can promise, and what is wrong with it for the operator; nothing where it will do."""

    durability: str
    wrong: str = ""
    hint: str = ""


async def read(client: Redis) -> Server:
    """What a server says. RedisError where it does not answer."""
    about: Mapping[str, object] = await command("INFO", client=client)
    name = "valkey" if about.get("server_name") == "valkey" else "redis"
    settings = await _settings(client)
    return Server(
        name=name,
        version=str(about.get(f"{name}_version", "0")),
        role=str(about.get("role", "")),
        aof=str(about.get("aof_enabled", "0")) == "1",
        appendfsync=settings.get("appendfsync", ""),
        lazy=settings.get("no-appendfsync-on-rewrite", "no") == "yes",
        policy=str(about.get("maxmemory_policy", "")),
    )


async def _settings(client: Redis) -> dict[str, str]:
    try:
        found: Mapping[str | bytes, str | bytes] = await command("CONFIG GET", *_READ, client=client)
    except (NoPermissionError, ResponseError):
        return {}
    return {_text(name): _text(value) for name, value in found.items()}


def _text(value: str | bytes) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value


def judge(server: Server, wanted: Wanted) -> Verdict:
    """What a server can promise, and whether that will do."""
    if _number(server.version) < _OLDEST[server.name]:
        oldest = " or ".join(f"{name} {major}.{minor}" for name, (major, minor) in _OLDEST.items())
        return Verdict("none", f"the server is {server.name} {server.version}", f"at least {oldest}")
    if server.role != "master":
        return Verdict("none", f"the server is a {server.role}", "name the one that takes changes, or its Sentinels")
    if server.policy.startswith("allkeys"):
        return Verdict(
            "none",
            f"the server throws away what it has acknowledged (maxmemory-policy {server.policy})",
            "set maxmemory-policy noeviction; a cache and a queue need a server each",
        )
    if server.aof and not server.appendfsync and not wanted.vouched:
        hint = "say in `store.vouched` what it promises: strict, replicated, relaxed or none"
        return Verdict("none", "the server does not tell when it writes to disk", hint)
    durability = _durability(server, wanted)
    if DURABILITY.index(durability) > DURABILITY.index(wanted.least):
        return Verdict(durability, f"the server's durability is {durability}, not {wanted.least}", _advice(server))
    return Verdict(durability)


def shut_out(error: BaseException | None) -> Verdict | None:
    """The verdict on a server that answers so because it does not let us in; None where it says something else."""
    if isinstance(error, AuthenticationError):
        hint = "see `store.user` and `store.password`, for Sentinels `store.sentinel_password`"
        return Verdict("none", "the server does not accept the user and the password", hint)
    if isinstance(error, NoPermissionError):
        return Verdict("none", "the server does not let the user do what is needed", _RIGHTS)
    return None


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on several servers: what is wrong with one is wrong with all."""
    return max(verdicts, key=lambda verdict: (bool(verdict.wrong), DURABILITY.index(verdict.durability)))


def _durability(server: Server, wanted: Wanted) -> str:
    if not server.aof:
        return "none"
    if not server.appendfsync:
        return wanted.vouched
    if server.appendfsync == "always" and not server.lazy:
        return "strict"
    if server.appendfsync == "no":
        return "none"
    return "replicated" if wanted.replicas else "relaxed"


def _advice(server: Server) -> str:
    if not server.aof:
        return "set appendonly yes and appendfsync always, or say `durability: none` under `store`"
    return "set appendfsync always and no-appendfsync-on-rewrite no, or say under `store` which durability will do"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(step) for step in version.split(".") if step.isdigit())
