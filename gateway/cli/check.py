"""`gateway check`: read every file together, run nothing, and name everything that is wrong."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.bootstrap.plan import read_plan
from gateway.cli.findings import show
from gateway.errors import ConfigurationError
from gateway.vendors.checks import stale


@click.command("check")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("gateway.yaml"),
    envvar="GATEWAY_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The operator's file.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(config: Path, as_json: bool) -> None:
    """Check gateway.yaml, the environment, the policy, its pack, the manifests, keys and secrets together.

    Exit code 0: `gateway serve` would start. 1: something is wrong.
    """
    try:
        plan = read_plan(config)
    except ConfigurationError as error:
        show(error.findings, as_json)
        sys.exit(1)
    today = datetime.now(UTC).date()
    used = {destination.manifest.id: destination.manifest for destination in plan.destinations.values()}
    show([*plan.warnings, *(finding for manifest in used.values() for finding in stale(manifest, today))], as_json)
    if not as_json:
        policy = plan.policy
        click.echo(f"{config}: fine; policy {policy.name} {policy.version} ({policy.fingerprint})")
        for name, destination in plan.destinations.items():
            sources = ", ".join(plan.configured.settings.destinations[name].sources)
            click.echo(f"  {name}: {destination.manifest.id}, fed by {sources}")
