"""Choose the store that the operator's file names: the embedded one, or the one of many replicas."""

import importlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from gateway.bootstrap.plan import Plan
from gateway.errors import ConfigurationError, Finding, StoreUnavailable
from gateway.store.protocols import Condition, Store
from gateway.store.sqlite.engine import SqliteStore
from gateway.store.sqlite.quarantine import Damage
from gateway.store.sqlite.writer import Limits
from gateway.telemetry import Sample, log

ENGINES = ("sqlite", "redis")


class Told(NamedTuple):
    """Who is told of a store's troubles: `lost` how many events were there when a server has lost everything, `fault`
    each exception that nobody expected; `forgotten` is called when a server no longer knows who has withdrawn."""

    lost: Callable[[int], None] = lambda number: None
    fault: Callable[[BaseException], None] = lambda error: None
    forgotten: Callable[[], None] = lambda: None


NOBODY = Told()


def store_of(plan: Plan, told: Told = NOBODY) -> Store:
    """The store, not yet open."""
    configured = plan.configured
    if configured.store is None:
        store = SqliteStore(configured.beside(configured.settings.data_dir), wrapping(plan), limits_of(plan))
        store.damaged = tell_damage
        return store
    # Its client takes half a second to import: who has no server should not wait for it.
    shared = importlib.import_module("gateway.bootstrap.replicas")
    those: Store = shared.shared_store(plan, told, time.time)
    return those


async def open_store(store: Store, plan: Plan) -> None:
    """Open the store of a plan. ConfigurationError also where its directory cannot be used."""
    try:
        await store.open()
    except (OSError, StoreUnavailable) as error:
        cause = error.__cause__ or error
        reason = getattr(cause, "strerror", None) or cause  # of a file, without its name
        directory = str(plan.configured.beside(plan.configured.settings.data_dir))
        hint = "make it a directory of this process's user on a disk that has room, or name another `data_dir`"
        finding = Finding(directory, 1, 1, "G095", f"the data directory cannot be used: {reason}", hint)
        raise ConfigurationError([finding]) from error


def wrapping(plan: Plan) -> list[bytes]:
    """The keys that the store wraps its own keys with, the current one first."""
    return plan.keys_for("sealing")


def shared(plan: Plan) -> list[Finding]:
    """What is doubtful where several processes run on this plan. ConfigurationError where they would have no store in
    common."""
    configured = plan.configured
    if configured.store is None:
        hint = "name a Redis or Valkey server, or run one process: it is the only one to have the data directory"
        message = "several processes need a store that they share"
        raise ConfigurationError([configured.finding(("store", "url"), "G092", message, hint)])
    if configured.role.collects and not configured.share:
        message = "each process has a salt of its own: what it makes pseudonyms of differs from one to the other"
        hint = "let them agree: salt: {share: …}"
        return [replace(configured.finding(("salt", "share"), "G093", message, hint), severity="warning")]
    return []


def limits_of(plan: Plan) -> Limits:
    """How much may wait on this machine."""
    return Limits(file=plan.configured.settings.delivery.most_waiting)


def tell_damage(damage: Damage) -> None:
    """Say in the log what was found damaged and set aside."""
    read = "all of it was read" if damage.whole else "some of it could not be read"
    log("quarantined", logging.ERROR, file=str(damage.moved_to), count=damage.saved, reason=read)


def shown(condition: Condition) -> dict[str, object]:
    """A condition as `/readyz` shows it."""
    state = {"engine": condition.engine, "durability": condition.durability, "sound": condition.sound}
    return {**state, **({"why": condition.why} if condition.why else {}), "aside": condition.aside}


def gauges(condition: Condition) -> dict[str, list[Sample]]:
    """A condition as `/metrics` shows it."""
    return {
        "gateway_store_info": [((condition.engine, condition.durability), 1)],
        "gateway_store_away": [((), bool(condition.why))],
        "gateway_store_aside_events": [((), condition.aside)],
    }
