"""`gateway ip`: encrypt addresses of logs and reports so that only who holds the root key can tell them, and back."""

import secrets
import sys
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import click

from gateway.anonymise import ip, ipcrypt
from gateway.cli.commands import Commands
from gateway.keys import Keys, parse_roots, readers

Convert = Callable[[str], str | None]

MODES = tuple(ipcrypt.KEY_BYTES)

key_option = click.option(
    "--key",
    "file",
    type=click.Path(path_type=Path),
    default=Path("root.key"),
    show_default=True,
    help="The file of the root key; its current key is used.",
)
hex_option = click.option("--hex-key", type=click.Path(path_type=Path), help="A file with the mode's own key in hex.")
mode_option = click.option(
    "--mode",
    type=click.Choice(MODES),
    default="ndx",
    show_default=True,
    help="ndx: never the same twice. det: an address, always the same. pfx: an address that keeps shared networks.",
)
words_argument = click.argument("words", nargs=-1)


@click.group("ip", cls=Commands)
def group() -> None:
    """Addresses in reports and logs: encrypted for who holds the root key, or truncated for good.

    What is given as WORDS, else line by line on standard input, is answered line by line; what cannot be read is an
    empty line, and exit code 1 at the end.
    """


@group.command("encrypt")
@mode_option
@key_option
@hex_option
@click.option("--tweak", help="For ndx, 16 bytes in hex in the place of random ones; for tests only.")
@words_argument
def encrypt(mode: str, file: Path, hex_key: Path | None, tweak: str | None, words: tuple[str, ...]) -> None:
    """Encrypt addresses with ipcrypt (draft-denis-ipcrypt)."""
    key = _key(mode, file, hex_key)
    fixed = _bytes(tweak, "--tweak") if tweak else b""
    if len(fixed) not in (0, ipcrypt.BLOCK):
        raise click.UsageError(f"--tweak is not {ipcrypt.BLOCK} bytes")

    def convert(text: str) -> str | None:
        address = ip.parse(text)
        if address is None:
            return None
        if mode == "ndx":
            return ipcrypt.encrypt_ndx(address, key, fixed or secrets.token_bytes(ipcrypt.BLOCK)).hex()
        return str((ipcrypt.encrypt_det if mode == "det" else ipcrypt.encrypt_pfx)(address, key))

    _answer(words, convert)


@group.command("decrypt")
@mode_option
@key_option
@hex_option
@words_argument
def decrypt(mode: str, file: Path, hex_key: Path | None, words: tuple[str, ...]) -> None:
    """Undo `encrypt`, with the same mode and key. Another key gives another address: nothing tells that it is wrong."""
    key = _key(mode, file, hex_key)

    def convert(text: str) -> str | None:
        if mode == "ndx":
            return str(ipcrypt.decrypt_ndx(bytes.fromhex(text), key))
        undo = ipcrypt.decrypt_det if mode == "det" else ipcrypt.decrypt_pfx
        return str(undo(_literal(text), key))

    _answer(words, convert)


@group.command("truncate")
@words_argument
def truncate(words: tuple[str, ...]) -> None:
    """Leave the /24 (IPv4) or /32 (IPv6) network."""
    _answer(words, lambda text: None if (address := ip.parse(text)) is None else ip.truncate(address))


def _literal(text: str) -> IPv4Address | IPv6Address:
    """An encrypted address is taken as it stands: it may have the look of a form that holds another."""
    return IPv6Address(text) if ":" in text else IPv4Address(text)


def _answer(words: tuple[str, ...], convert: Convert) -> None:
    good = True
    for word in words or _lines():
        try:
            answer = convert(word.strip())
        except ValueError:
            answer = None
        good &= answer is not None
        click.echo(answer or "")
    sys.exit(0 if good else 1)


def _lines() -> Iterator[str]:
    return filter(str.strip, sys.stdin)


def _key(mode: str, file: Path, hex_key: Path | None) -> bytes:
    """The mode's own key: given, or made of the root key, so that no two modes share one."""
    if hex_key is None:
        return Keys(_root(file)).derive(f"ipcrypt/{mode}")[: ipcrypt.KEY_BYTES[mode]]
    key = _bytes(_read(hex_key), str(hex_key))
    try:
        ipcrypt.check_key(key, mode)
    except ValueError as error:
        raise click.UsageError(f"{hex_key}: {error}") from None
    return key


def _root(file: Path) -> bytes:
    try:
        roots = parse_roots(_read(file))
    except ValueError as error:
        raise click.UsageError(f"{file}: {error}") from None
    if readers(file.stat().st_mode) == "everybody":
        raise click.UsageError(f"{file}: everybody on this machine can read it; chmod 600 {file}")
    return roots[0]


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None


def _bytes(text: str, name: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        raise click.UsageError(f"{name} is not hexadecimal") from None
