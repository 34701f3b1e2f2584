"""`gateway policy`: check policies, run their tests and promises, and explain what they decide."""

import dataclasses
import datetime
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import click

from gateway.bootstrap.shipped import resolver
from gateway.cli.findings import show
from gateway.cli.options import json_option
from gateway.policy.cases import CaseReport, Failure, run_cases
from gateway.policy.compile import Reading, read_pack_file, read_policy
from gateway.policy.decide import Policy
from gateway.policy.explain import as_json, as_text, explain
from gateway.policy.promises import PromiseReport, prove
from gateway.policy.situations import read_situation

SECONDS_A_DAY = 86400
OLD_PACK_DAYS = 180

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
files = click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=FILE)


@click.group("policy")
def policy() -> None:
    """Check policies, run their tests and promises, and explain what they decide."""


@policy.command("check")
@files
@json_option
def check(paths: tuple[Path, ...], json_: bool) -> None:
    """Say everything that is wrong or doubtful in policies or packs. Exit code 1 where anything is wrong."""
    today = _today()
    errors = 0
    for path in paths:
        reading = _read(path, today, False)
        errors += reading.errors
        if json_:
            click.echo(json.dumps(_checked(path, reading, today), ensure_ascii=False))
        else:
            show(reading.findings, False)
            click.echo(_summary(path, reading, today))
    sys.exit(1 if errors else 0)


@policy.command("test")
@files
@click.option("--require-tests", is_flag=True, help="A policy without tests is wrong.")
@json_option
def test(paths: tuple[Path, ...], require_tests: bool, json_: bool) -> None:
    """Run the tests of policies, and prove their promises over every situation. Exit code 1 where one fails."""
    today = _today()
    right = True
    for path in paths:
        reading = _read(path, today, require_tests)
        if reading.policy is None:
            right = False
            show(reading.findings, json_)
            continue
        cases, promises = run_cases(reading.policy, today), prove(reading.policy, today)
        right = right and not (cases.failures or promises.failures)
        if json_:
            click.echo(json.dumps(_tested(path, cases, promises), ensure_ascii=False))
        else:
            click.echo("\n".join(_told(path, cases, promises)))
    sys.exit(0 if right else 1)


@policy.command("explain")
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--region", metavar="CODE[,CODE]", help="Where the visitor may be, like US-CA; without it, unknown.")
@click.option("--event", metavar="NAME", help="Without it, each event that a destination lists.")
@click.option("--destination", metavar="NAME", help="Without it, all.")
@click.option("--consent", metavar="PURPOSE=yes|no|all", multiple=True, help="What the visitor chose: again for each.")
@click.option("--consent-age", metavar="20d", help="How long ago.")
@click.option("--age", type=click.IntRange(0, 150), help="The visitor's age, if the site knows it.")
@click.option("--gpc", is_flag=True, help="Global Privacy Control is on.")
@click.option("--dnt", is_flag=True, help="Do Not Track is on.")
@click.option("--notified", is_flag=True, help="The yes was given after a notice that it conflicts with the signal.")
@click.option("--bot", is_flag=True, help="A declared bot.")
@click.option("--suppressed", is_flag=True, help="The visitor objected or was erased.")
@click.option(
    "--situations", metavar="FILE", type=click.File(encoding="utf-8"), help="One such situation a line, JSON."
)
@json_option
def explain_command(path: Path, situations: TextIO | None, json_: bool, **words: Any) -> None:
    """Tell for a situation what each destination gets, or why nothing, with the lines that say so."""
    today = _today()
    reading = _read(path, today, False)
    if reading.policy is None:
        show(reading.findings, False)
        sys.exit(1)
    given: Iterator[dict[str, Any]] = _lines(situations) if situations else iter([_named(words)])
    separator = ""
    for situation in given:
        for explanation in _explanations(reading.policy, situation, today):
            if json_:
                click.echo(json.dumps(as_json(explanation), ensure_ascii=False))
            else:
                click.echo(separator + as_text(explanation))
            separator = "\n"


def _named(words: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in words.items()}


def _lines(file: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            situation = json.loads(line)
        except (ValueError, RecursionError):
            raise click.UsageError(f"line {number} is not JSON") from None
        if not isinstance(situation, dict):
            raise click.UsageError(f"line {number} is not an object")
        yield situation


def _explanations(policy: Policy, words: dict[str, Any], today: int) -> Any:
    destination = words.get("destination")
    if destination is not None and destination not in list(policy.destinations):
        raise click.UsageError(f'the policy has no destination "{destination}"')
    try:
        situation = read_situation(words, policy.purposes)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return explain(policy, situation, destination, today)


def _today() -> int:
    """Days since 1970-01-01 UTC."""
    return int(time.time()) // SECONDS_A_DAY


def _read(path: Path, today: int, require_tests: bool) -> Reading:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"{path} is not a readable UTF-8 file") from None
    if any(line.startswith("pack:") for line in text.splitlines()):
        return read_pack_file(text, str(path))
    return read_policy(text, str(path), resolver(path), today=today, require_tests=require_tests)


def _summary(path: Path, reading: Reading, today: int) -> str:
    if reading.errors:
        return f"{reading.errors} error(s), {len(reading.findings) - reading.errors} warning(s)"
    parts = [f"{path}: fine"]
    if reading.policy:
        named = f"{reading.policy.name} {reading.policy.version}".rstrip()
        parts.append(f"policy {named} {reading.policy.fingerprint}")
    if reading.pack:
        parts.append(f"pack {reading.pack.name} {reading.pack.version}{_reviewed(reading, today)}")
    if unsure := _unsure(reading):
        parts.append(f"{len(unsure)} of its regions unsure")
    if reading.findings:
        parts.append(f"{len(reading.findings)} warning(s)")
    return ", ".join(parts) + "".join(f"\n  {line}" for line in _coming(reading, today))


def _age(reading: Reading, today: int) -> int | None:
    """How many days ago the pack was reviewed."""
    try:
        reviewed = datetime.date.fromisoformat(reading.pack.reviewed if reading.pack else "")
    except ValueError:
        return None
    return today - (reviewed - datetime.date(1970, 1, 1)).days


def _reviewed(reading: Reading, today: int) -> str:
    days = _age(reading, today)
    if days is None:
        return " (nobody says when it was reviewed)"
    return f" (reviewed {days} days ago{': too long' if days > OLD_PACK_DAYS else ''})"


def _unsure(reading: Reading) -> list[str]:
    """The regions of which the pack's own writer is not sure."""
    rows = reading.pack.rows.values() if reading.pack else ()
    return [row.name for row in rows if row.certainty == "low"]


def _coming(reading: Reading, today: int) -> Iterator[str]:
    """The laws of the pack that are not yet in force."""
    for row in reading.pack.rows.values() if reading.pack else ():
        if row.applies_from is not None and row.applies_from > today:
            date = datetime.date(1970, 1, 1) + datetime.timedelta(days=row.applies_from)
            yield f"from {date}: region {row.name}, {row.law}"


def _checked(path: Path, reading: Reading, today: int) -> dict[str, Any]:
    """What `check --json` prints for one file."""
    policy, pack = reading.policy, reading.pack
    return {
        "file": str(path),
        "ok": not reading.errors,
        "policy": {"name": policy.name, "version": policy.version, "fingerprint": policy.fingerprint}
        if policy
        else None,
        "pack": {"name": pack.name, "version": pack.version, "age": _age(reading, today), "unsure": _unsure(reading)}
        if pack
        else None,
        "findings": [dataclasses.asdict(finding) for finding in reading.findings],
    }


def _failed(failures: list[Failure]) -> list[dict[str, Any]]:
    return [{"name": one.name, "text": one.text, **one.place._asdict()} for one in failures]


def _tested(path: Path, cases: CaseReport, promises: PromiseReport) -> dict[str, Any]:
    """What `test --json` prints for one file."""
    return {
        "file": str(path),
        "ok": not (cases.failures or promises.failures),
        "tests": cases.tests,
        "checked": cases.checked,
        "failures": _failed(cases.failures),
        "never_allowed": cases.never_allowed,
        "never_denied": cases.never_denied,
        "promises": promises.promises,
        "situations": promises.checked,
        "broken": _failed(promises.failures),
    }


def _told(path: Path, cases: CaseReport, promises: PromiseReport) -> Iterator[str]:
    for failure in (*cases.failures, *promises.failures):
        yield f"{failure.place}: {failure.name}\n    {failure.text}"
    broken = len({failure.name for failure in cases.failures})
    yield f"{path}: {cases.tests - broken} of {cases.tests} tests hold ({cases.checked} expectations)"
    if promises.promises:
        kept = promises.promises - len(promises.failures)
        yield f"{path}: {kept} of {promises.promises} promises hold ({promises.checked} situations tried)"
    for word, names in (("allow", cases.never_allowed), ("deny", cases.never_denied)):
        if names:
            yield f"{path}: never tested as {word}: {', '.join(names)}"
