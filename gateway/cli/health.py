"""`gateway health`: ask a running gateway whether it lives and wants traffic, where there is no curl."""

import http.client
import json
import sys
from pathlib import Path

import click

from gateway.cli.admin_listener import Reply, address_of, ask
from gateway.cli.ending import well_configured
from gateway.cli.options import config_option

SECONDS = 3.0


@click.command("health")
@click.option("--at", metavar="HOST:PORT", help="Another admin listener than that of gateway.yaml.")
@click.option("--live", is_flag=True, help="Ask only whether the process lives, not whether it wants traffic.")
@config_option
def command(at: str | None, live: bool, config: Path) -> None:
    """Ask the running gateway whether it lives and wants traffic.

    Exit code 0: it does. 1: it does not, says why not, or does not answer.
    """
    with well_configured():
        address = address_of(at, config)
    try:
        reply = ask(address, "GET", "/livez" if live else "/readyz", seconds=SECONDS)
    except (OSError, http.client.HTTPException) as error:
        click.echo(f"no answer: {type(error).__name__}")
        sys.exit(1)
    click.echo("fine" if reply.status == 200 else f"answers {reply.status}{_why(reply)}")
    sys.exit(0 if reply.status == 200 else 1)


def _why(reply: Reply) -> str:
    try:
        said = json.loads(reply.text).get("why", [])
    except (ValueError, AttributeError):
        return ""
    return f": {', '.join(said)}" if said else ""
