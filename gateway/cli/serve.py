"""`gateway serve`: run collector and worker until told to stop."""

import errno
import gc
import logging
import resource
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from socket import socket

import click
import uvloop

from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import Plan, read_ground
from gateway.bootstrap.processes import MISCONFIGURED, Processes
from gateway.bootstrap.serving import Sockets, serve
from gateway.bootstrap.storing import shared
from gateway.cli.options import config_option, role_option
from gateway.errors import ConfigurationError, Finding
from gateway.settings.role import Role
from gateway.telemetry import found, open_log

MOST_PROCESSES = 64

_ELSEWHERE = "name an address of this machine under `listeners`"
_LISTEN = {
    errno.EADDRINUSE: "end what listens there, or name another port under `listeners`",
    errno.EACCES: "a port below 1024 needs rights of its own: name a higher one under `listeners`",
}


@click.command("serve")
@config_option
@role_option
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_PROCESSES),
    default=1,
    show_default=True,
    help="How many processes do so. More than one need store.url.",
)
def command(config: Path, role: str, workers: int) -> None:
    """Collect, decide, weaken and deliver until SIGTERM. SIGHUP has the policy looked at.

    The log is one JSON object a line on standard error. Exit code 1: something is wrong with gateway.yaml. Without a
    valid policy the last good one is in force, or everything is refused. Of several processes each has an admin
    listener of its own, at one port after the other, and one that dies is started again.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is a policy to look at; it must not end anything
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold what was in flight
    open_log("info", sys.stderr)
    try:
        plan = read_ground(config, Role(role))
        logging.getLogger().setLevel(plan.configured.settings.log_level.upper())
        _tell((*plan.warnings, *(shared(plan) if workers > 1 else ())))
        sockets = Sockets(plan.configured.settings.listeners, Role(role), workers)
    except ConfigurationError as error:
        _tell(error.findings)
        sys.exit(1)
    except OSError as error:
        reason = f"cannot listen at {error.filename}: {error.strerror}"
        _tell([Finding(str(config), 1, 1, "G040", reason, _LISTEN.get(error.errno or 0, _ELSEWHERE))])
        sys.exit(1)
    failed = _many(plan, sockets, workers) if workers > 1 else _one(plan, sockets.of(0))
    sys.exit(1 if failed else 0)


def _many(plan: Plan, sockets: Sockets, number: int) -> int:
    """Several processes that have this plan in common; the exit code."""

    def run(process: int, lifeline: int) -> int:
        mine = replace(plan, configured=replace(plan.configured, process=process))
        return _one(mine, sockets.of(process), lifeline)

    gc.freeze()  # what is there now is shared by all, as long as nobody touches it
    return Processes(number, run, sockets.close).watch()


def _one(plan: Plan, sockets: Mapping[str, socket], lifeline: int | None = None) -> int:
    """Serve in this process; the exit code."""
    try:
        uvloop.run(_serve(plan, sockets, lifeline))
    except ConfigurationError as error:
        _tell(error.findings)
        return MISCONFIGURED
    return 0


async def _serve(plan: Plan, sockets: Mapping[str, socket], lifeline: int | None) -> None:
    await serve(Gateway(plan), sockets, lifeline)


def _tell(findings: Iterable[Finding]) -> None:
    for finding in findings:
        found(finding)
