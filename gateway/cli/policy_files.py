"""Read the policy files that a command is given."""

import sys
import time
from pathlib import Path

import click

from gateway.bootstrap.shipped import resolver
from gateway.cli.findings import show
from gateway.days import day_of
from gateway.policy.compile import Reading, read_pack_file, read_policy
from gateway.policy.decide import Policy

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
files = click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=FILE)


def today() -> int:
    """Days since 1970-01-01 UTC."""
    return day_of(time.time())


def read(path: Path, day: int, *, require_tests: bool = False, packs: bool = False) -> Reading:
    """What became of a policy file, or of a pack where `packs` are asked for too.

    Ends the command as misused where it is no text, or a pack that nobody asked for.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"{path} is not a readable UTF-8 file") from None
    if any(line.startswith("pack:") for line in text.splitlines()):
        if not packs:
            raise click.UsageError(f"{path} is a pack: name a policy that extends it")
        return read_pack_file(text, str(path), today=day)
    return read_policy(text, str(path), resolver(path), today=day, require_tests=require_tests)


def usable(path: Path, day: int) -> Policy:
    """The policy in a file. Prints the findings and ends the command with 1 where it must not be used."""
    reading = read(path, day)
    if reading.policy is None:
        show(reading.findings, False)
        sys.exit(1)
    return reading.policy
