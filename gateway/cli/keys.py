"""`gateway keys`: make the root key."""

import base64
import os
import secrets
import sys
from pathlib import Path

import click

from gateway.keys import ROOT_BYTES


@click.group("keys")
def group() -> None:
    """The root key, from which every other key is derived."""


@group.command("new")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def new(file: Path | None) -> None:
    """Make a fresh root key: print it, or write it into FILE, which must not exist yet (readable by you alone).

    Keep a copy apart from the backups of the data: whoever has both can undo the pseudonyms.
    """
    text = base64.b64encode(secrets.token_bytes(ROOT_BYTES)).decode()
    if file is None:
        click.echo(text)
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        click.echo(f"{file}: {error.strerror}", err=True)
        sys.exit(1)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text + "\n")
