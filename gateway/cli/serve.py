"""`gateway serve`: run collector and worker until told to stop."""

import logging
import resource
import signal
import sys
from pathlib import Path

import click
import uvloop

from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import Plan, read_ground
from gateway.bootstrap.serving import ROLES, serve
from gateway.cli.options import config_option
from gateway.errors import ConfigurationError, Finding
from gateway.telemetry import found, open_log


@click.command("serve")
@config_option
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True, help="Which parts to run.")
def command(config: Path, role: str) -> None:
    """Collect, decide, weaken and deliver until SIGTERM. SIGHUP has the policy looked at.

    The log is one JSON object a line on standard error. Exit code 1: something is wrong with gateway.yaml. Without a
    valid policy the last good one is in force, or everything is refused.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is a policy to look at; it must not end anything
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold what was in flight
    open_log("info", sys.stderr)
    try:
        plan = read_ground(config)
        logging.getLogger().setLevel(plan.configured.settings.log_level.upper())
        uvloop.run(_run(plan, role))
    except ConfigurationError as error:
        _complain(error.findings)
    except OSError as error:
        place = Finding(str(config), 1, 1, "G040", f"cannot listen: {error.strerror}", "is the port taken?")
        _complain((place,))


async def _run(plan: Plan, role: str) -> None:
    for warning in plan.warnings:
        found(warning)
    await serve(Gateway(plan), role)


def _complain(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        found(finding)
    sys.exit(1)
