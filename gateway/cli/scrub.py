"""`gateway scrub`: text in, text out with personal data masked."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from gateway.anonymise.scrub.detect import DETECTOR, detector
from gateway.anonymise.scrub.labels import Label, mask
from gateway.anonymise.scrub.walk import KINDS, Detector
from gateway.anonymise.scrub.work import generous
from gateway.bootstrap.scrubbing import load_rules
from gateway.cli.ending import well_configured
from gateway.cli.options import json_option

MOST_KEY_LINES = 200


class NoText(click.ClickException):
    """A line of the input that holds no text."""

    exit_code = 2


@click.command("scrub")
@click.argument("texts", metavar="[FILE]", type=click.File("rb"), default="-")
@click.option("--kind", type=click.Choice(KINDS), default="text", show_default=True, help="What each line is.")
@click.option(
    "--rules", type=click.Path(path_type=Path), help="A file with rules of your own, beside the shipped ones."
)
@json_option
def command(texts: BinaryIO, kind: str, rules: Path | None, json_: bool) -> None:
    """Mask what is personal in each line of FILE, or of standard input; say on standard error how much of what.

    With --json a line is an object with a "text" and its "kind", and what is found is told instead of masked: the
    label of each span, and its place in code points. Nothing is kept. Exit code 2 where a line is no such object, 1
    where the rules are wrong.
    """
    with well_configured(json_):
        chosen = detector(load_rules(rules)) if rules else DETECTOR
    counts: Counter[Label] = Counter()
    lines = _lines(texts)
    for made in _told(lines, kind, chosen, counts) if json_ else _masked(lines, kind, chosen, counts):
        click.echo(made)
    summary = ", ".join(f"{label} {number}" for label, number in sorted(counts.items()))
    click.echo(f"found: {summary or 'nothing'}", err=True)


def _masked(lines: Iterable[str], kind: str, finder: Detector, counts: Counter[Label]) -> Iterator[str]:
    for line in _with_keys_whole(lines):
        spans = finder.spans(line, kind, most=generous(line))
        counts.update(span.label for span in spans)
        yield mask(line, spans)


def _told(lines: Iterable[str], kind: str, finder: Detector, counts: Counter[Label]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            text, its_kind = _text(record), record.get("kind", kind)
        except (ValueError, TypeError, RecursionError) as error:
            raise NoText(f'line {number} is no object with a "text" ({type(error).__name__})') from None
        spans = finder.spans(text, its_kind if isinstance(its_kind, str) else kind, most=generous(text))
        counts.update(span.label for span in spans)
        found = [{"start": span.start, "end": span.end, "label": span.label.value} for span in spans]
        yield json.dumps({"text": text, "spans": found})


def _text(record: Any) -> str:
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise TypeError
    text: str = record["text"]
    return text


def _lines(stream: BinaryIO) -> Iterator[str]:
    for line in stream:
        yield line.rstrip(b"\r\n").decode("utf-8", "replace")


def _with_keys_whole(lines: Iterable[str]) -> Iterator[str]:
    """The lines; those of a private key together, for each of them alone looks like nothing."""
    held: list[str] = []
    for line in lines:
        if held or ("-----BEGIN " in line and "PRIVATE KEY" in line and "-----END " not in line):
            held.append(line)
            if "-----END " not in line and len(held) < MOST_KEY_LINES:
                continue
            line = "\n".join(held)  # noqa: PLW2901 - the lines are one from here
            held = []
        yield line
    if held:
        yield "\n".join(held)
