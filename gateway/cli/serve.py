"""`gateway serve`: run collector and worker until told to stop."""

import logging
import resource
import sys
from pathlib import Path

import click
import uvloop

from gateway import __version__
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import Plan, read_plan
from gateway.bootstrap.serving import ROLES, serve
from gateway.cli.options import config_option
from gateway.errors import ConfigurationError, Finding
from gateway.telemetry import log, open_log

_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING}


@click.command("serve")
@config_option
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True, help="Which parts to run.")
def command(config: Path, role: str) -> None:
    """Collect, decide, weaken and deliver until SIGTERM.

    The log is one JSON object a line on standard error. Exit code 1: something is wrong with the files.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold what was in flight
    open_log("info", sys.stderr)
    try:
        plan = read_plan(config)
        logging.getLogger().setLevel(plan.configured.settings.log_level.upper())
        log("started", version=__version__, role=role)
        uvloop.run(_run(plan, role))
    except ConfigurationError as error:
        _complain(error.findings)
    except OSError as error:
        place = Finding(str(config), 1, 1, "G040", f"cannot listen: {error.strerror}", "is the port taken?")
        _complain((place,))


async def _run(plan: Plan, role: str) -> None:
    for warning in plan.warnings:
        _tell(warning)
    await serve(Gateway(plan), role)


def _complain(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        _tell(finding)
    sys.exit(1)


def _tell(finding: Finding) -> None:
    level = _LEVELS.get(finding.severity, logging.INFO)
    message = f"{finding.message} ({finding.hint})" if finding.hint else finding.message
    place: dict[str, str | float] = {"file": finding.file, "line": finding.line, "column": finding.column}
    log("finding", level, code=finding.code, message=message, **place)
