"""`gateway check`: read every file together, run nothing, and name everything that is wrong."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.trial import failures
from gateway.cli.findings import show
from gateway.cli.options import config_option, json_option
from gateway.errors import ConfigurationError
from gateway.vendors.checks import stale

EPOCH = date(1970, 1, 1)


@click.command("check")
@config_option
@json_option
def command(config: Path, json_: bool) -> None:
    """Check gateway.yaml, the environment, the policy, its pack, the manifests, keys and secrets together.

    Exit code 0: `gateway serve` would start. 1: something is wrong.
    """
    try:
        plan = read_plan(config)
    except ConfigurationError as error:
        show(error.findings, json_)
        sys.exit(1)
    today = datetime.now(UTC).date()
    broken = tuple(
        failures(plan.policy, str(plan.configured.beside(plan.configured.settings.policy)), (today - EPOCH).days)
    )
    if broken:
        show((*plan.warnings, *broken), json_)
        sys.exit(1)
    used = {destination.manifest.id: destination.manifest for destination in plan.destinations.values()}
    show([*plan.warnings, *(finding for manifest in used.values() for finding in stale(manifest, today))], json_)
    if not json_:
        policy = plan.policy
        click.echo(f"{config}: fine; policy {policy.name} {policy.version} ({policy.fingerprint})")
        for name, destination in plan.destinations.items():
            sources = ", ".join(plan.configured.settings.destinations[name].sources)
            click.echo(f"  {name}: {destination.manifest.id}, fed by {sources}")
