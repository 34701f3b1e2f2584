"""Show findings of configuration files: for people with place and hint, for programs as one JSON object a line."""

import dataclasses
import json
from collections.abc import Iterable

import click

from gateway.errors import Finding


def show(findings: Iterable[Finding], as_json: bool) -> None:
    """Print them in their order, to standard output."""
    for finding in findings:
        click.echo(json.dumps(dataclasses.asdict(finding)) if as_json else str(finding))
