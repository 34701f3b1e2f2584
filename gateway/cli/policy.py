"""`gateway policy`: check policies, run their tests and promises, explain and compare what they decide."""

import json

import click

from gateway.cli.commands import Commands
from gateway.cli.policy_check import check
from gateway.cli.policy_diff import diff, replay_command
from gateway.cli.policy_explain import explain
from gateway.cli.policy_proof import prove_command, test
from gateway.policy.json_schema import SCHEMAS


@click.group("policy", cls=Commands)
def policy() -> None:
    """Check policies, run their tests and promises, explain and compare what they decide."""


@policy.command("schema")
@click.option("--pack", "kind", flag_value="pack", help="The schema of a pack.")
@click.option("--policy", "kind", flag_value="policy", default="policy", hidden=True)
def schema(kind: str) -> None:
    """Print the JSON Schema of a policy file, for editors."""
    click.echo(json.dumps(SCHEMAS[kind](), indent=2))


for command in (check, test, prove_command, explain, diff, replay_command):
    policy.add_command(command)
