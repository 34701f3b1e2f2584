"""`gateway policy explain`: tell for a situation what each destination gets, or why nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from gateway.cli.json_line import NotJsonError, parse
from gateway.cli.options import json_option
from gateway.cli.policy_files import FILE, today, usable
from gateway.policy.explain import Explanation, as_json, as_text, explain_words


@click.command("explain")
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
@click.option("--situations", metavar="FILE", type=click.File("rb"), help="One such situation a line, JSON.")
@json_option
def explain(path: Path, situations: BinaryIO | None, json_: bool, **words: Any) -> None:
    """Tell for a situation what each destination gets, or why nothing, with the lines that say so."""
    policy, day = usable(path, today()), today()
    given: Iterator[tuple[str, dict[str, Any]]] = _lines(situations) if situations else iter([("", _named(words))])
    separator = ""
    for where, situation in given:
        try:
            explanations = explain_words(policy, situation, day)
        except ValueError as error:
            raise click.UsageError(f"{where}{error}") from None
        for explanation in explanations:
            click.echo(_shown(explanation, json_, separator))
            separator = "\n"


def _shown(explanation: Explanation, json_: bool, separator: str) -> str:
    if json_:
        return json.dumps(as_json(explanation), ensure_ascii=False)
    return separator + as_text(explanation)


def _named(words: dict[str, Any]) -> dict[str, Any]:
    named = {name: list(value) if isinstance(value, tuple) else value for name, value in words.items()}
    return {name: value for name, value in named.items() if value != []}


def _lines(file: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            situation = parse(line)
        except NotJsonError as error:
            raise click.UsageError(f"line {number} is {error}") from None
        if not isinstance(situation, dict):
            raise click.UsageError(f"line {number} is not an object")
        yield f"line {number}: ", situation
