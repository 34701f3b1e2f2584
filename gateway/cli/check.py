"""`gateway check`: read every file together, run nothing, and name everything that is wrong."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from gateway.bootstrap.fit import fitted
from gateway.bootstrap.plan import Plan, has_errors, read_plan, unreadable
from gateway.bootstrap.shipped import resolver
from gateway.bootstrap.source import Source
from gateway.bootstrap.trial import failures, try_policy
from gateway.cli.ending import well_configured
from gateway.cli.findings import show
from gateway.cli.options import config_option, json_option, role_option
from gateway.errors import Finding
from gateway.settings.role import Role
from gateway.vendors.checks import stale

EPOCH = date(1970, 1, 1)


@click.command("check")
@config_option
@role_option
@json_option
def command(config: Path, role: str, json_: bool) -> None:
    """Check gateway.yaml, the environment, the policy, its pack, the manifests, keys and secrets together.

    Exit code 0: `gateway serve` would start in this role, and put this policy in force. 1: something is wrong.
    """
    with well_configured(json_):
        plan = read_plan(config, Role(role))
    today = datetime.now(UTC).date()
    tried = [*_tried(plan, (today - EPOCH).days)]
    if has_errors(tried):
        show((*plan.warnings, *tried), json_)
        sys.exit(1)
    used = {destination.manifest.id: destination.manifest for destination in plan.destinations.values()}
    show(
        [*plan.warnings, *tried, *(finding for manifest in used.values() for finding in stale(manifest, today))], json_
    )
    if not json_:
        policy = plan.policy
        click.echo(f"{config}: fine; policy {policy.name} {policy.version} ({policy.fingerprint})")
        for name, destination in plan.destinations.items():
            sources = ", ".join(plan.configured.settings.destinations[name].sources)
            trial = ", only tried" if destination.binding.test else ""
            click.echo(f"  {name}: {destination.manifest.id}, fed by {sources}{trial}")


def _tried(plan: Plan, day: int) -> Iterator[Finding]:
    """What is found when the policy is tried as it would reign, and everything about the candidate."""
    configured = plan.configured
    path, beside = configured.settings.policy, configured.settings.candidate
    yield from failures(plan.policy, str(configured.beside(path)), day)
    if beside is None:
        return
    file = configured.beside(beside)
    text = Source(file).look().policy
    if text is None:
        yield unreadable(configured, "candidate", file)
    else:
        yield from fitted(try_policy(text, str(file), resolver(file), day), configured).findings
