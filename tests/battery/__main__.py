"""Run the battery of the reliability card: `python -m tests.battery`, in full some hours, with `--quick` a minute.

Prints each check with its figure, and ends with 1 where one is missed. `--write` puts the figures into docs/reliability.md.
"""

import sys

import click

from tests.battery import card
from tests.battery.rows import ROWS, Row
from tests.battery.runs import Figure


def run(row: Row, *, quick: bool) -> Figure:
    """The figure of a row, whatever happens."""
    check = row.quick if quick and row.quick else row.full
    try:
        return check()
    except (AssertionError, OSError, RuntimeError, TimeoutError) as error:
        return Figure(f"ended by {type(error).__name__}", reached=False)


@click.command()
@click.option("--quick", is_flag=True, help="Only what has a quick form, in that.")
@click.option("--only", multiple=True, help="Only rows whose names begin so; may be given again.")
@click.option("--write", is_flag=True, help="Put the figures into docs/reliability.md.")
def main(*, quick: bool, only: tuple[str, ...], write: bool) -> None:
    """Run the rows one after the other."""
    rows = [row for row in ROWS if (not quick or row.quick) and (not only or row.name.startswith(only))]
    if not rows:
        raise click.BadParameter(f"known: {', '.join(row.name for row in ROWS)}", param_hint="--only")
    missed = False
    for row in rows:
        figure = run(row, quick=quick)
        missed |= not figure.reached
        click.echo(f"{'  ' if figure.reached else '✗ '}{row.name}: {figure.said} (passes: {row.passes})")
        if write:
            card.write({row.name: figure}, f"{'quick, ' if quick else ''}{card.circumstances()}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
