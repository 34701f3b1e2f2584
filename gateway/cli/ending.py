"""End a command that cannot do what was asked, and say why on standard error, or with findings on standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from gateway.cli.findings import show
from gateway.errors import ConfigurationError

WRONG, INCOMPLETE = 1, 2

NOT_EVIDENCED = "it cannot be evidenced, and was not done: the log cannot be written"


def fail(message: str, code: int = WRONG) -> NoReturn:
    """End the command with a word on standard error. `code` is INCOMPLETE where nobody here can say what is right."""
    click.echo(message, err=True)
    sys.exit(code)


@contextmanager
def well_configured(as_json: bool = False) -> Iterator[None]:
    """Show what is found wrong with configuration files that are read within, and end the command with 1."""
    try:
        yield
    except ConfigurationError as error:
        show(error.findings, as_json)
        sys.exit(WRONG)
