"""`gateway audit`: check the log of evidence, and prove to others what is in it, without asking anybody."""

import sqlite3
import sys
from pathlib import Path

import click

from gateway.audit.log import Kept
from gateway.audit.merkle import consistency, inclusion
from gateway.audit.note import NoteError, VerifierKey, checkpoint_of, parse_key, parse_note, verifier_key
from gateway.audit.proof import Growth, Proof, grew, parse_growth, parse_proof, proves, write_growth, write_proof
from gateway.audit.sqlite import FILE, read
from gateway.audit.verify import verify as judge
from gateway.bootstrap.machine import log_seeds, read_keys
from gateway.cli.commands import Commands
from gateway.cli.ending import INCOMPLETE, WRONG, fail
from gateway.cli.options import config_option
from gateway.errors import ConfigurationError
from gateway.settings.read import load_settings

log_option = click.option(
    "--log", "file", type=click.Path(path_type=Path), help="Another file than the one in the data directory."
)
keys_option = click.option(
    "--vkey", "keys", multiple=True, help="A verifier key to trust, in the place of the machine's own."
)


@click.group("audit", cls=Commands)
def group() -> None:
    """The log of evidence. Exit code 0: right; 1: something is wrong; 2: something cannot be said."""


@group.command("verify")
@click.option("--since", type=click.Path(path_type=Path), help="A checkpoint from before that it must go on from.")
@click.option(
    "--proof", type=click.Path(path_type=Path), help="Check this proof of `gateway audit prove` instead of the log."
)
@log_option
@keys_option
@config_option
def verify(since: Path | None, proof: Path | None, file: Path | None, keys: tuple[str, ...], config: Path) -> None:
    """Compute the whole log anew and hold it against its signatures.

    Prints its verifier keys and the last checkpoint: keep both elsewhere, for --vkey and --since of the next time. With
    --proof no log is needed: that a leaf is in it, or with --since that it has only grown from there.
    """
    if proof:
        (_check_growth(proof, since, keys, config) if since else _check_proof(proof, keys, config))
        return
    kept = _read(file, config)
    trusted = _keys(kept.origin, keys, config)
    verdict = judge(kept, trusted, _text(since) if since else "")
    for line in verdict.wrong:
        click.echo(f"wrong: {line}")
    for line in verdict.open:
        click.echo(f"open: {line}")
    if verdict.wrong:
        sys.exit(WRONG)
    click.echo(f"{kept.origin}: {verdict.signed} of {verdict.size} leaves are as they were signed")
    for key in trusted:
        click.echo(f"key {key}")
    if kept.checkpoints:
        click.echo(f"\n{kept.checkpoints[-1][1]}", nl=False)
    sys.exit(INCOMPLETE if verdict.open else 0)


@group.command("show")
@log_option
@config_option
def show(file: Path | None, config: Path) -> None:
    """Print every leaf, with its number."""
    for row in _read(file, config).rows:
        click.echo(f"{row.place}  {row.leaf.decode('utf-8', 'replace')}")


@group.command("prove")
@click.argument("leaf", type=click.IntRange(0), required=False)
@click.option("--since", type=click.IntRange(1), help="Prove that the log of so many leaves has only grown.")
@log_option
@config_option
def prove(leaf: int | None, since: int | None, file: Path | None, config: Path) -> None:
    """Print the proof that the leaf of number LEAF is in the log, with the leaf (tlog-proof).

    With --since: what a witness needs to sign the last checkpoint beside the log itself (tlog-witness).
    """
    if (leaf is None) == (since is None):
        raise click.UsageError("name a leaf, or say --since")
    kept = _read(file, config)
    size, note, _ = kept.checkpoints[-1] if kept.checkpoints else (0, "", b"")
    hashes = [row.hash for row in kept.rows[:size]]
    try:
        if leaf is not None:
            proof = Proof(kept.rows[leaf].leaf, leaf, tuple(inclusion(hashes, leaf)), note)
            click.echo(write_proof(proof), nl=False)
        else:
            grown = Growth(since or 0, tuple(consistency(hashes, since or 0)), note)
            click.echo(write_growth(grown), nl=False)
    except IndexError:
        fail(f"{size} leaves are signed until now", INCOMPLETE)


def _check_proof(path: Path, keys: tuple[str, ...], config: Path) -> None:
    try:
        proof = parse_proof(_text(path))
        origin = checkpoint_of(parse_note(proof.checkpoint)).origin
    except NoteError as error:
        fail(f"{path}: {error}", WRONG)
    if not proves(proof, _keys(origin, keys, config)):
        fail(f"{path}: this proves nothing to these keys", WRONG)
    click.echo(f"{origin}: leaf {proof.place} is\n{proof.leaf.decode('utf-8', 'replace')}")


def _check_growth(path: Path, since: Path, keys: tuple[str, ...], config: Path) -> None:
    try:
        growth = parse_growth(_text(path))
        checkpoint = checkpoint_of(parse_note(growth.checkpoint))
    except NoteError as error:
        fail(f"{path}: {error}", WRONG)
    if not grew(growth, _text(since), _keys(checkpoint.origin, keys, config)):
        fail(f"{path}: this proves nothing to these keys", WRONG)
    click.echo(f"{checkpoint.origin}: {checkpoint.size} leaves, of which the first {growth.before} are as they were")


def _read(file: Path | None, config: Path) -> Kept:
    path = file or _directory(config) / FILE
    try:
        return read(path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        fail(f"{path}: {error}", WRONG)
    except OSError as error:
        fail(f"{path}: {error.strerror}", INCOMPLETE)


def _keys(origin: str, texts: tuple[str, ...], config: Path) -> list[VerifierKey]:
    try:
        if texts:
            return [parse_key(text) for text in texts]
        return [verifier_key(origin, seed) for seed in log_seeds(read_keys(_directory(config)))]
    except NoteError as error:
        raise click.BadParameter(str(error), param_hint="--vkey") from None
    except (OSError, ValueError):
        fail("the machine's own key cannot be read here: say --vkey", INCOMPLETE)


def _directory(config: Path) -> Path:
    try:
        return config.parent / load_settings(config).data_dir
    except ConfigurationError:
        fail(f"{config}: it cannot be read, or is wrong; `gateway check` tells more", INCOMPLETE)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        fail(f"{path}: {error.strerror}", INCOMPLETE)
    except UnicodeDecodeError:
        fail(f"{path}: it is not text", WRONG)
