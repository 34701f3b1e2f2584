"""`gateway doctor`: look at a deployment from where it runs, and say what to do."""

import http.client
import json
import os
import sys
import time
from pathlib import Path

import click

from gateway.cli.admin_listener import address_of, ask
from gateway.cli.options import config_option, json_option, role_option
from gateway.doctor.examine import Patient, examine
from gateway.doctor.result import CHECKS, Result, chosen, exit_code, summed
from gateway.errors import ConfigurationError
from gateway.settings.role import Role

SECONDS = 5.0
_names = click.Choice(list(CHECKS))


@click.command("doctor")
@config_option
@role_option
@click.option("--at", metavar="HOST:PORT", help="Another admin listener than that of gateway.yaml.")
@click.option("--api-key", type=click.Path(path_type=Path), help="A file with an API key for it, from another machine.")
@click.option("--only", type=_names, multiple=True, help="Do this check alone: again for each.")
@click.option("--skip", type=_names, multiple=True, help="Leave this check out: again for each.")
@json_option
def command(
    role: str, at: str | None, api_key: Path | None, config: Path, json_: bool, **named: tuple[str, ...]
) -> None:
    """Look at a deployment from where it runs: files, secrets, store, clock, the ways out, and the gateway that runs.

    Changes nothing. Each host of a destination gets one request without any field; --skip egress --skip clock leaves
    that out. Exit code 0: nothing is wrong; 1: something is; 2: something could not be looked at.
    """

    def asking(path: str) -> tuple[int, str] | None:
        try:
            return ask(address_of(at, config), "GET", path, seconds=SECONDS, key=key)
        except (ConfigurationError, OSError, http.client.HTTPException):
            return None

    key = _key(api_key)
    groups = frozenset((os.getgid(), *os.getgroups()))
    patient = Patient(config, Role(role), os.getuid(), groups, asking, time.time)
    results = examine(patient, chosen(named["only"], named["skip"]))
    _show(results, json_)
    sys.exit(exit_code(results))


def _key(path: Path | None) -> str:
    try:
        return path.read_text("ascii").strip() if path else ""
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"there is no key in {path}") from None


def _show(results: list[Result], json_: bool) -> None:
    for result in results:
        click.echo(json.dumps(result._asdict()) if json_ else str(result))
    if not json_:
        click.echo(summed(results))
