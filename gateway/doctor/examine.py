"""Do the checks that are asked for, in their order."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.bootstrap.plan import Plan, read_ground
from gateway.days import day_of
from gateway.doctor.certificates import certificates
from gateway.doctor.clock import Reading, judge
from gateway.doctor.disk import disk, journal
from gateway.doctor.egress import egress
from gateway.doctor.files import files, of_finding, policies, versions
from gateway.doctor.result import CHECKS, Result, doubtful
from gateway.doctor.running import Ask, running
from gateway.doctor.secrets import secrets
from gateway.doctor.server import server
from gateway.errors import ConfigurationError
from gateway.settings.role import Role


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at: the operator's file as a `role` reads it, on behalf of a `user` and the `groups` it is in;
    `ask` reaches a gateway that runs, `clock` tells POSIX seconds."""

    config: Path
    role: Role
    user: int
    groups: frozenset[int]
    ask: Ask
    clock: Callable[[], float]


def examine(patient: Patient, checks: Collection[str]) -> list[Result]:
    """What the checks found, in the order of `CHECKS`. Without files that can be read, nothing else is looked at."""
    try:
        plan = read_ground(patient.config, patient.role)
    except ConfigurationError as error:
        return [of_finding("files", finding) for finding in error.findings]
    found = [*_at_rest(plan, patient, checks), *asyncio.run(_abroad(plan, patient, checks))]
    order = list(CHECKS)
    return sorted((each for each in found if each.check in checks), key=lambda each: order.index(each.check))


def _at_rest(plan: Plan, patient: Patient, checks: Collection[str]) -> Iterator[Result]:
    """Whatever is looked at on this machine alone."""
    day = day_of(patient.clock())
    yield from files(plan)
    results, policy = policies(plan, day) if {"policy", "running"} & set(checks) else ([], None)
    yield from results
    yield from versions(plan, day)
    yield from secrets(plan.configured, patient.user, patient.groups)
    if "store" in checks:
        yield from disk(plan.configured)
        yield from journal(plan.configured)
    if plan.configured.role.collects and "edge" in checks:
        yield from _unplaced(plan)
    asked = {"running", "proxies", "edge"} & set(checks)
    if not plan.configured.role.collects:
        asked -= {"proxies", "edge"}
    if asked:
        yield from running(patient.ask, policy, asked, edge=plan.configured.settings.edge is not None)


def _unplaced(plan: Plan) -> Iterator[Result]:
    if plan.configured.settings.edge is None and not plan.databases.sources:
        do = "name the header of the edge (`edge`), or a database (`geo`); until then the strictest rules hold"
        yield doubtful("edge", "regions", "nothing tells where a visitor is", do)


async def _abroad(plan: Plan, patient: Patient, checks: Collection[str]) -> list[Result]:
    """Whatever is looked at by asking others."""
    results: list[Result] = []
    readings: list[Reading] = []
    if {"store", "clock"} & set(checks):
        looked = await server(plan, patient.clock)
        results += looked.results
        readings += looked.readings
    if {"egress", "clock"} & set(checks):
        reached = await egress(plan, patient.clock)
        results += reached.results
        readings += reached.readings
    if "clock" in checks:
        results.append(judge(readings))
    if "tls" in checks and plan.configured.role.collects:
        hosts = [host for listed in plan.configured.settings.sites.values() for host in listed]
        results += await certificates(hosts, patient.clock)
    return results
