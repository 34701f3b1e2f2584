"""Look at the server that replicas share: whether it answers, what it promises, how fast it is, what time it has."""

import time
from collections.abc import Callable
from ipaddress import ip_address
from statistics import median
from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.bootstrap.plan import Plan
from gateway.bootstrap.replicas import reach, wanted
from gateway.doctor.clock import Reading
from gateway.doctor.result import Result, doubtful, fine, wrong
from gateway.store.redis.address import Address
from gateway.store.redis.fitness import Server, judge, read, shut_out
from gateway.store.redis.servers import command

CHECK = "store"
_ASKED = 5
_AWAY = "see that it runs and is let through: its own log, a firewall, networkPolicy.store; `store.authority` for TLS"


class Looked(NamedTuple):
    """What was seen, and what the servers told of the time."""

    results: list[Result]
    readings: list[Reading]


async def server(plan: Plan, clock: Callable[[], float]) -> Looked:
    """Every server that takes changes; nothing where events wait in the data directory. It changes nothing there."""
    address = plan.configured.store
    if address is None:
        return Looked([], [])
    looked = Looked([], [])
    servers = reach(plan)
    try:
        await servers.find()
        for client in servers.all():
            await _look(plan, client, clock, looked)
    except (RedisError, OSError) as error:
        refused = shut_out(error)
        says, do = (refused.wrong, refused.hint) if refused else (f"does not answer ({type(error).__name__})", _AWAY)
        looked.results.append(wrong(CHECK, str(address), says, do))
    finally:
        await servers.close()
    if not address.tls and not _is_here(address):
        do = "rediss:// in store.url: whoever is between reads what waits, and the password"
        looked.results.append(doubtful(CHECK, str(address), "is spoken to without TLS", do))
    return looked


async def _look(plan: Plan, client: Redis, clock: Callable[[], float], looked: Looked) -> None:
    name = _named(client)
    found = await read(client)
    verdict = judge(found, wanted(plan))
    if verdict.wrong:
        looked.results.append(wrong(CHECK, name, verdict.wrong, verdict.hint))
    else:
        looked.results.append(fine(CHECK, name, f"{found.name} {found.version}, durability {verdict.durability}"))
    looked.results.append(await _fast(plan, client, name, found))
    asked = clock()
    seconds, microseconds = await command("TIME", client=client)
    looked.readings.append(Reading(name, int(seconds) + int(microseconds) / 1e6, asked, clock(), step=0.0))


async def _fast(plan: Plan, client: Redis, name: str, found: Server) -> Result:
    took = []
    for _ in range(_ASKED):
        begun = time.perf_counter()
        await command("PING", client=client)
        took.append(time.perf_counter() - begun)
    milliseconds, most = median(took) * 1000, plan.configured.settings.store.timeout * 1000
    says = f"answers within {milliseconds:.1f} ms"
    if milliseconds * 4 > most:
        do = "bring it nearer, or raise store.timeout: a hit waits for it, and what takes longer is answered 503"
        return doubtful(CHECK, name, f"{says}, of {most:.0f} ms that it may take (store.timeout)", do)
    return fine(CHECK, name, says)


def _named(client: Redis) -> str:
    options = client.connection_pool.connection_kwargs
    return str(options.get("path") or f"{options.get('host', 'server')}:{options.get('port', '')}".rstrip(":"))


def _is_here(address: Address) -> bool:
    """Whether all of it is on this machine."""
    return bool(address.path) or all(_is_loopback(host) for host, _ in address.hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
