"""`gateway keys`: make, show, check, replace and retire the root key."""

import base64
import json
import secrets
from pathlib import Path

import click

from gateway.cli.commands import Commands
from gateway.cli.ending import fail
from gateway.cli.options import json_option
from gateway.cli.whole_file import create, replace
from gateway.keys import MOST_ROOTS, ROOT_BYTES, VENDORS, Keys, fingerprint, parse_roots, readers

_ROTATED = """\
{file}: {new} is current now, {old} is believed as before. Restart the gateway on every replica.
Pseudonyms change from now on. Receipts and cookies that {old} sealed hold until they end;
when the last of them has ended (consent.lifetime), `gateway keys retire {file}` takes it out."""

file_argument = click.argument("file", type=click.Path(path_type=Path))


@click.group("keys", cls=Commands)
def group() -> None:
    """The root key, from which every other key is derived.

    Its file holds one key a line, the current one first. Older ones are only believed: nothing new is made with them.
    """


@group.command("new")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def new(file: Path | None) -> None:
    """Make a fresh root key: print it, or write it into FILE, which must not exist yet (readable by you alone).

    Keep a copy apart from the backups of the data: whoever has both can undo the pseudonyms.
    """
    text = _fresh()
    if file is None:
        click.echo(text)
        return
    try:
        create(file, f"{text}\n".encode(), 0o600)
    except FileExistsError:
        fail(f"{file}: it is there already, and stays; `gateway keys rotate {file}` puts a fresh key before its keys")
    except OSError as error:
        fail(f"{file}: {error.strerror}")


@group.command("list")
@file_argument
@json_option
def list_(file: Path, json_: bool) -> None:
    """Name the keys of FILE by fingerprints, which tell nothing about them."""
    for number, root in enumerate(_read(file)):
        row = {"fingerprint": fingerprint(root), "use": "older" if number else "current"}
        click.echo(json.dumps(row) if json_ else f"{row['fingerprint']}  {row['use']}")


@group.command("check")
@file_argument
def check(file: Path) -> None:
    """Say whether FILE can be used: good keys, readable by its owner alone. Exit code 1 where it cannot."""
    roots = _read(file)
    if readers(file.stat().st_mode):
        fail(f"{file}: others can read it; chmod 600 {file}")
    click.echo(f"{file}: fine; {len(roots)} of at most {MOST_ROOTS} keys")


@group.command("rotate")
@file_argument
def rotate(file: Path) -> None:
    """Put a fresh key before those of FILE. What they sealed is believed until `gateway keys retire`."""
    roots = _read(file)
    if len(roots) >= MOST_ROOTS:
        fail(f"{file}: there are {MOST_ROOTS} keys already; `gateway keys retire {file}` takes one out")
    text = _fresh()
    _replace(file, [text, *map(_text, roots)])
    new_one = fingerprint(base64.b64decode(text))
    click.echo(_ROTATED.format(file=file, new=new_one, old=fingerprint(roots[0])))


@group.command("retire")
@file_argument
def retire(file: Path) -> None:
    """Take the oldest key out of FILE: what it sealed is worth nothing any more. The last one stays."""
    roots = _read(file)
    if len(roots) < 2:
        fail(f"{file}: there is no older key")
    _replace(file, [_text(root) for root in roots[:-1]])
    click.echo(f"{file}: {fingerprint(roots[-1])} is gone")


@group.command("vendors")
@file_argument
@click.argument("target", type=click.Path(path_type=Path))
def vendors(file: Path, target: Path) -> None:
    """Write into TARGET what a worker may have of the keys of FILE: those of its destinations and of what is queued,
    which open no cookie."""
    texts = [_text(Keys(root).derive(VENDORS)) for root in _read(file)]
    try:
        create(target, "\n".join([*texts, ""]).encode(), 0o600)
    except FileExistsError:
        fail(f"{target}: it is there already, and stays; name a new file, and put that in its place")
    except OSError as error:
        fail(f"{target}: {error.strerror}")


def _fresh() -> str:
    return _text(secrets.token_bytes(ROOT_BYTES))


def _text(root: bytes) -> str:
    return base64.b64encode(root).decode()


def _read(file: Path) -> tuple[bytes, ...]:
    try:
        return parse_roots(file.read_text("utf-8"))
    except FileNotFoundError:
        fail(f"{file}: there is no such file; `gateway keys new {file}` makes one")
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except ValueError as error:
        reason = "it is not text" if isinstance(error, UnicodeDecodeError) else str(error)
        fail(f"{file}: {reason}")


def _replace(file: Path, keys: list[str]) -> None:
    try:
        replace(file, "\n".join([*keys, ""]).encode(), private=True)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
