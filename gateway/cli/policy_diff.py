"""`gateway policy diff` and `replay`: what another version of a policy would change."""

import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from gateway.cli.json_line import NotJsonError, parse
from gateway.cli.options import json_option
from gateway.cli.policy_files import FILE, today, usable
from gateway.policy.impact import Change, Impact, weigh
from gateway.policy.replay import Record, RecordError, Replay, read_records, replay

_WORDS = {True: "WIDENS ", False: "narrows"}
_EPOCH = datetime.date(1970, 1, 1)


@click.command("diff")
@click.argument("before", metavar="BEFORE", type=FILE)
@click.argument("after", metavar="AFTER", type=FILE)
@json_option
def diff(before: Path, after: Path, json_: bool) -> None:
    """Compare two policies for every place, destination, event and visitor. Exit code 1 where one widens.

    Both are compared as if they enforced, today and on each later day on which a law changes.
    """
    day = today()
    impact = weigh(usable(before, day), usable(after, day), day)
    if json_:
        for change, places in impact.places.items():
            click.echo(json.dumps({**_told(change), "regions": places}, ensure_ascii=False))
    else:
        click.echo("\n".join([*_lines(impact), f"{impact.compared} situations compared, {impact.changed} changed"]))
    sys.exit(1 if impact.widens else 0)


def _date(day: int) -> str:
    return str(_EPOCH + datetime.timedelta(days=day))


def _told(change: Change) -> dict[str, Any]:
    told = change._asdict()
    return told | {"day": _date(change.day) if change.day is not None else None}


def _lines(impact: Impact) -> Iterator[str]:
    for change, places in impact.places.items():
        since = f"   from {_date(change.day)}" if change.day is not None else ""
        head = f"{_WORDS[change.wider]}  {change.destination:<14} {change.event:<10} {change.visitor:<20}"
        yield f"{head} {change.text}   {', '.join(places)}{since}".rstrip()


@click.command("replay")
@click.argument("log", metavar="LOG", type=click.File("rb"))
@click.argument("policies", metavar="[BEFORE] POLICY", nargs=-1, required=True, type=FILE)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of records that do not say theirs, not today.")
@json_option
def replay_command(log: BinaryIO, policies: tuple[Path, ...], on: datetime.datetime | None, json_: bool) -> None:
    """Ask a policy again about recorded facts. Exit code 1 where more would leave than before.

    Before is what was recorded, or what BEFORE decides.
    A record is {"facts": …, "event": …}; the lines of `gateway simulate` are records too.
    """
    if len(policies) > 2:
        raise click.UsageError("at most two policies")
    day = (on.date() - _EPOCH).days if on else today()
    loaded = [usable(path, day) for path in policies]
    before = loaded[0] if len(loaded) > 1 else None
    try:
        result = replay(_records(log), before, loaded[-1], day)
    except RecordError as error:
        raise click.UsageError(str(error)) from None
    click.echo("\n".join(_replayed(result, json_)))
    sys.exit(1 if result.widens else 0)


def _records(log: BinaryIO) -> Iterator[Record]:
    for number, line in enumerate(log, 1):
        if line.strip():
            try:
                yield from read_records(parse(line))
            except (NotJsonError, RecordError) as error:
                raise RecordError(f"line {number}: {error}") from None


def _replayed(result: Replay, json_: bool) -> Iterator[str]:
    for change, times in sorted(result.changes.items()):
        if json_:
            yield json.dumps({**change._asdict(), "records": times}, ensure_ascii=False)
        else:
            head = f"{_WORDS[change.wider]}  {change.destination:<14} {change.event:<10}"
            yield f"{head} {change.text}   {change.regions} ×{times}"
    if not json_:
        changed = sum(result.changes.values())
        yield f"{result.records} records, {result.compared} verdicts compared, {changed} changed"
