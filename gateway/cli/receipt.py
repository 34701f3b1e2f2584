"""`gateway receipt`: check what a visitor shows as a receipt, without asking anybody."""

import json
from pathlib import Path

import click

from gateway.audit.jws import UnknownKey, Unsigned, parse_key_set, public_of
from gateway.audit.receipt import KEY, verify_receipt
from gateway.cli.commands import Commands
from gateway.cli.ending import INCOMPLETE, WRONG, fail
from gateway.cli.options import config_option
from gateway.errors import ConfigurationError
from gateway.keys import Keys, keys_of
from gateway.settings.read import load


@click.group("receipt", cls=Commands)
def group() -> None:
    """Receipts. Exit code 0: right; 1: not one of ours; 2: nobody here can say."""


@group.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--jwks", type=click.Path(path_type=Path), help="The keys, as /.well-known/jwks.json tells them.")
@config_option
def verify(file: Path, jwks: Path | None, config: Path) -> None:
    """Check the receipt in FILE and print what it says. Without --jwks the keys are those of gateway.yaml."""
    try:
        keys = parse_key_set(_bytes(jwks)) if jwks else _own(config)
    except Unsigned as error:
        fail(f"{jwks}: {error}", INCOMPLETE)
    try:
        kind, claims = verify_receipt(_bytes(file).decode("utf-8", "replace").strip(), keys)
    except UnknownKey as error:
        fail(f"{file}: {error}", INCOMPLETE)
    except Unsigned as error:
        fail(f"{file}: {error}", WRONG)
    click.echo(json.dumps({"receipt": kind, **claims}, ensure_ascii=False, indent=2))


def _own(config: Path) -> list[bytes]:
    try:
        roots = load(config).roots
    except ConfigurationError:
        fail(f"{config}: it cannot be read, or is wrong; say --jwks", INCOMPLETE)
    return [public_of(seed) for seed in keys_of(Keys(roots[0], roots[1:]).ring(KEY))]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        fail(f"{path}: {error.strerror}", INCOMPLETE)
