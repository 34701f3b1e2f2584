"""Build the store of many replicas from the operator's file."""

from collections.abc import Callable
from pathlib import Path

from gateway.bootstrap.plan import Plan
from gateway.bootstrap.storing import Told, tell_damage, wrapping
from gateway.store.redis.engine import Options, Outside, RedisStore
from gateway.store.redis.fitness import Wanted
from gateway.store.redis.servers import Credentials, Servers, servers
from gateway.store.redis.spool import Spool
from gateway.store.sqlite.writer import Limits


def shared_store(plan: Plan, told: Told, clock: Callable[[], float]) -> RedisStore:
    """The store, not yet open. ValueError where no server is named."""
    configured, settings = plan.configured, plan.configured.settings.store
    limits = Limits(file=configured.settings.delivery.most_waiting)
    directory = configured.beside(configured.settings.data_dir)
    spool = Spool(directory, wrapping(plan), limits, clock) if settings.spool else None
    options = Options(settings.prefix, wanted(plan), settings.timeout, memory=directory)
    store = RedisStore(Outside(reach(plan), wrapping(plan), clock, spool), options)
    store.keeper.lost, store.keeper.fault, store.keeper.forgotten = told
    if spool:
        spool.fault, spool.damaged = told.fault, tell_damage
    return store


def reach(plan: Plan) -> Servers:
    """The servers, not yet found. ValueError where none is named."""
    configured, settings = plan.configured, plan.configured.settings.store
    if configured.store is None:
        raise ValueError("no server is named")

    def beside(path: Path | None) -> Path | None:
        return configured.beside(path) if path else None

    credentials = Credentials(*map(beside, (settings.authority, settings.certificate, settings.key)))
    return servers(configured.store, credentials, settings.timeout)


def wanted(plan: Plan) -> Wanted:
    """What the operator wants of them."""
    settings = plan.configured.settings.store
    return Wanted(settings.durability, settings.vouched, settings.wait_replicas)
