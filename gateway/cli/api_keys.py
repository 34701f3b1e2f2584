"""`gateway api-keys`: let somebody ask the admin listener, and take it back."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from gateway.api_keys.book import BookError, Used, read, written
from gateway.api_keys.grant import LOCAL, SCOPES, Grant, Network
from gateway.api_keys.token import mint, presented
from gateway.audit.leaf import Value
from gateway.bootstrap.admission import write_down
from gateway.cli.commands import Commands
from gateway.cli.ending import NOT_EVIDENCED, fail, well_configured
from gateway.cli.options import config_option, json_option
from gateway.cli.whole_file import alone, replace
from gateway.days import SECONDS_A_DAY
from gateway.errors import LogUnavailable
from gateway.settings.read import Configured, load
from gateway.settings.scalars import Seconds

LONGEST = 366 * SECONDS_A_DAY
_TIME: TypeAdapter[float] = TypeAdapter(Seconds)


def _duration(context: click.Context, parameter: click.Parameter, value: str) -> int:
    try:
        seconds = int(_TIME.validate_python(value))
    except ValidationError:
        raise click.BadParameter("a time is written as 90d, 24h or 15m") from None
    if seconds > LONGEST:
        raise click.BadParameter("a key ends after 366 days at the latest")
    return seconds


def _networks(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(map(ip_network, values))
    except ValueError:
        raise click.BadParameter("a network is written as 10.1.0.0/16") from None


@click.group("api-keys", cls=Commands)
def group() -> None:
    """The keys of the admin listener: who may ask it what, from where, and until when.

    The file `api_keys` of gateway.yaml holds no key, only what it takes to know one. A running gateway reads it anew
    when it changes. Whoever can read the data directory at the machine needs no key.
    """


@group.command("create")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(list(SCOPES)), help="What it may do."
)
@click.option("--expires", default="90d", show_default=True, callback=_duration, help="When it ends, 366d at most.")
@click.option("--network", "networks", multiple=True, callback=_networks, help="Where it counts; without: everywhere.")
@config_option
def create(scopes: tuple[str, ...], expires: int, networks: tuple[Network, ...], config: Path) -> None:
    """Make a key and print it, this once."""
    text, grant = _fresh(frozenset(scopes), networks, expires)
    with _changing(config) as desk:
        desk.keep([*desk.grants, grant], "api_key.created", key=grant.id, scopes=sorted(scopes))
    click.echo(text)


@group.command("list")
@config_option
@json_option
def list_(config: Path, json_: bool) -> None:
    """Show what each may, until when, and on which day it was last used here."""
    desk = _Desk(_configured(config))
    used = desk.used()
    for grant in desk.grants:
        where = [str(network) for network in grant.networks]
        row = {"id": grant.id, "scopes": sorted(grant.scopes), "networks": where, "ends": _day(grant.ends)}
        row["used"] = used.get(grant.id, "")
        line = f"{grant.id}  until {row['ends']}  used {row['used'] or 'never'}  {' '.join(sorted(grant.scopes))}"
        click.echo(json.dumps(row) if json_ else "  ".join([line, *where]))


@group.command("revoke")
@click.argument("id")
@config_option
def revoke(id: str, config: Path) -> None:
    """Have a key count no more."""
    with _changing(config) as desk:
        grant = desk.one(id)
        desk.keep([each for each in desk.grants if each is not grant], "api_key.revoked", key=id)
    click.echo(f"{id} counts no more")


@group.command("rotate")
@click.argument("id")
@click.option("--overlap", default="1h", show_default=True, callback=_duration, help="How long the old one counts on.")
@config_option
def rotate(id: str, overlap: int, config: Path) -> None:
    """Make a key like another one, print it, and have the other one end soon."""
    with _changing(config) as desk:
        old = desk.one(id)
        text, grant = _fresh(old.scopes, old.networks, old.ends - old.made)
        ending = old._replace(ends=min(old.ends, grant.made + overlap))
        kept = [ending if each is old else each for each in desk.grants]
        desk.keep([*kept, grant], "api_key.rotated", key=id, after=grant.id)
    click.echo(text)


class _Desk:
    """The file of keys, with those that have not ended."""

    def __init__(self, configured: Configured) -> None:
        self._configured = configured
        self._path = configured.beside(configured.settings.api_keys)
        try:
            grants = read(self._path) if self._path.exists() else ()
        except BookError as error:
            fail(str(error))
        self.grants = [grant for grant in grants if grant.ends > time.time()]

    def one(self, id_: str) -> Grant:
        for grant in self.grants:
            if grant.id == id_:
                return grant
        fail("there is no such key")

    def used(self) -> dict[str, str]:
        try:
            return Used(self._configured.beside(self._configured.settings.data_dir)).days()
        except OSError:
            return {}

    def keep(self, grants: list[Grant], act: str, **fields: Value) -> None:
        """Write the file anew, once it is evidenced that this is wanted."""
        try:
            write_down(self._configured, act, **fields, by=LOCAL)
            replace(self._path, written(grants), private=True)
        except LogUnavailable:
            fail(NOT_EVIDENCED)
        except OSError as error:
            fail(f"{self._path}: {error.strerror}")


@contextmanager
def _changing(config: Path) -> Iterator[_Desk]:
    """The file of keys, which nobody else changes meanwhile: a key that was revoked must not come back."""
    configured = _configured(config)
    path = configured.beside(configured.settings.api_keys)
    with ExitStack() as stack:
        try:
            stack.enter_context(alone(path))
        except OSError as error:
            fail(f"{path}: {error.strerror}")
        yield _Desk(configured)


def _configured(config: Path) -> Configured:
    with well_configured():
        return load(config)


def _fresh(scopes: frozenset[str], networks: tuple[Network, ...], seconds: int) -> tuple[str, Grant]:
    text = mint(secrets.token_bytes)
    shown = presented(text)
    if shown is None:
        raise ValueError("a fresh key has no form")
    now = int(time.time())
    return text, Grant(shown.id, shown.digest, scopes, networks, now, now + seconds)


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")
