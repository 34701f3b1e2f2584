"""`gateway policy check`: say everything that is wrong or doubtful in policies and packs."""

import dataclasses
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway.cli.findings import show
from gateway.cli.options import json_option
from gateway.cli.policy_files import files, read, today
from gateway.policy.compile import Reading
from gateway.policy.lint_age import pack_age


@click.command("check")
@files
@json_option
def check(paths: tuple[Path, ...], json_: bool) -> None:
    """Say everything that is wrong or doubtful in policies or packs. Exit code 1 where anything is wrong."""
    day = today()
    errors = 0
    for path in paths:
        reading = read(path, day, packs=True)
        errors += reading.errors
        if json_:
            click.echo(json.dumps(_checked(path, reading, day), ensure_ascii=False))
        else:
            show(reading.findings, False)
            click.echo(_summary(path, reading, day))
    sys.exit(1 if errors else 0)


def _summary(path: Path, reading: Reading, day: int) -> str:
    if reading.errors:
        return f"{reading.errors} error(s), {len(reading.findings) - reading.errors} warning(s)"
    parts = [f"{path}: fine"]
    if reading.policy:
        named = f"{reading.policy.name} {reading.policy.version}".rstrip()
        parts.append(f"policy {named} {reading.policy.fingerprint}")
    if reading.pack:
        parts.append(f"pack {reading.pack.name} {reading.pack.version}{_reviewed(reading, day)}")
    if unsure := _unsure(reading):
        parts.append(f"{len(unsure)} of its regions unsure")
    if reading.findings:
        parts.append(f"{len(reading.findings)} warning(s)")
    return ", ".join(parts) + "".join(f"\n  {line}" for line in _coming(reading, day))


def _reviewed(reading: Reading, day: int) -> str:
    days = pack_age(reading.pack, day)
    return " (nobody says when it was reviewed)" if days is None else f" (reviewed {days} days ago)"


def _unsure(reading: Reading) -> list[str]:
    """The regions of which the pack's own writer is not sure."""
    rows = reading.pack.rows.values() if reading.pack else ()
    return [row.name for row in rows if row.certainty == "low"]


def _coming(reading: Reading, day: int) -> Iterator[str]:
    """The laws of the pack that are not yet in force, the next one first."""
    rows = reading.pack.rows.values() if reading.pack else ()
    for begins, row in sorted(((row.applies_from or 0, row) for row in rows), key=lambda pair: pair[0]):
        if begins > day:
            date = datetime.date(1970, 1, 1) + datetime.timedelta(days=begins)
            yield f"from {date}: region {row.name}, {row.law}"


def _checked(path: Path, reading: Reading, day: int) -> dict[str, Any]:
    """What `check --json` prints for one file."""
    policy, pack = reading.policy, reading.pack
    return {
        "file": str(path),
        "ok": not reading.errors,
        "policy": {"name": policy.name, "version": policy.version, "fingerprint": policy.fingerprint}
        if policy
        else None,
        "pack": {"name": pack.name, "version": pack.version, "age": pack_age(pack, day), "unsure": _unsure(reading)}
        if pack
        else None,
        "findings": [dataclasses.asdict(finding) for finding in reading.findings],
    }
