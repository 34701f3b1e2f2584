"""Build the store of many replicas from the operator's file."""

from collections.abc import Callable
from pathlib import Path

from gateway.bootstrap.plan import Plan
from gateway.bootstrap.storing import Told
from gateway.store.redis.engine import Options, RedisStore
from gateway.store.redis.fitness import Wanted
from gateway.store.redis.servers import Credentials, servers
from gateway.store.redis.spool import Spool
from gateway.store.sqlite.writer import Limits


def shared_store(plan: Plan, told: Told, clock: Callable[[], float]) -> RedisStore:
    """The store, not yet open. ValueError where no server is named."""
    configured, settings = plan.configured, plan.configured.settings.store
    if configured.store is None:
        raise ValueError("no server is named")

    def beside(path: Path | None) -> Path | None:
        return configured.beside(path) if path else None

    credentials = Credentials(*map(beside, (settings.authority, settings.certificate, settings.key)))
    wanted = Wanted(settings.durability, settings.vouched, settings.wait_replicas)
    limits = Limits(file=configured.settings.delivery.most_waiting)
    spool = Spool(configured.beside(configured.settings.data_dir), limits, clock) if settings.spool else None
    options = Options(settings.prefix, wanted, settings.timeout)
    store = RedisStore(servers(configured.store, credentials, settings.timeout), options, clock, spool)
    store.keeper.lost, store.keeper.fault = told
    if spool:
        spool.fault = told.fault
    return store
