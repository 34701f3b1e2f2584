"""`gateway geo`: make a country table, and see what a table says."""

import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from gateway.bootstrap import geo
from gateway.bootstrap.shipped import country_table
from gateway.cli.commands import Commands
from gateway.cli.options import json_option
from gateway.cli.whole_file import replace
from gateway.region import ranges
from gateway.region.address import parse
from gateway.region.build import Range, RangeError, pack
from gateway.region.mmdb import places
from gateway.region.reserved import is_evidence
from gateway.region.table import NOWHERE, CountryTable
from gateway.region.table import parse as parse_table

EPOCH = date(1970, 1, 1)
STEP = 100_000
_DATED = re.compile(r"(20[0-9]{2})-([01][0-9])(?:-([0-3][0-9]))?")
IN = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)

table_option = click.option("--table", type=IN, help="A table that `build` made; without it, the shipped one.")


@click.group("geo", cls=Commands)
def group() -> None:
    """Make a country table, and see what a table says."""


@group.command("build")
@click.option("--from", "source", type=IN, required=True, help="CSV (first, last, country), also .gz; or .mmdb.")
@click.option("--out", type=OUT, required=True, help="The table to write, such as country.bin.xz.")
@click.option(
    "--built", type=click.DateTime(["%Y-%m-%d"]), help="The day of the data; else from the file, or its name."
)
@click.option("--credit", default="", help="Whom to name as the source; else the file's name.")
def build(source: Path, out: Path, built: datetime | None, credit: str) -> None:
    """Make a compact country table of DB-IP's country edition, of a CSV in its form, or of an MMDB.

    The file is replaced in one step when all of it is right. Exit code 1: the source cannot be used.
    """
    try:
        found, dated, named = _mmdb(source) if source.suffix == ".mmdb" else _csv(source)
        packed = pack(_counted(found), _day(built.date() if built else dated), credit or named)
        table = parse_table(packed)
        _replace(out, packed)
    except (geo.Unusable, RangeError) as error:
        raise click.ClickException(f"{source}: {error}") from None
    click.echo(f"{out}: {len(packed)} bytes, {_summary(table)}")


@group.command("show")
@table_option
@json_option
def show(table: Path | None, json_: bool) -> None:
    """Tell of a table how many ranges it has, how old it is and whom to credit."""
    read = _table(table)
    told = {"rows": len(read), "built": geo.day(read.built), "age": geo.age(read.built), "credit": read.source}
    click.echo(json.dumps(told) if json_ else _summary(read))


@group.command("find")
@click.argument("addresses", metavar="ADDRESS…", nargs=-1, required=True)
@table_option
@json_option
def find(addresses: tuple[str, ...], table: Path | None, json_: bool) -> None:
    """Tell the country of addresses as a table has it. Exit code 1 where one is no address."""
    read = _table(table)
    right = True
    for text in addresses:
        address = parse(text)
        right = right and address is not None
        found = read.find(address) if address is not None and is_evidence(address) else ()
        if json_:
            click.echo(json.dumps({"address": text, "regions": found, "credit": read.source}))
        else:
            click.echo(f"{text}: {found[0] if found else 'no address' if address is None else 'unknown'}")
    if not json_ and read.source:
        click.echo(f"({read.source}, {geo.day(read.built) or 'of no known day'})")
    sys.exit(0 if right else 1)


def _table(path: Path | None) -> CountryTable:
    try:
        return geo.read_table(path) if path else country_table()
    except geo.Unusable as error:
        raise click.ClickException(str(error)) from None


def _summary(table: CountryTable) -> str:
    countries = sum(1 for place in table.places if place)
    days = geo.age(table.built)
    when = f"built {geo.day(table.built)}, {days} days ago" if days is not None else "of no known day"
    return f"{len(table)} rows, {countries} countries, {when}; {table.source or 'of no known source'}"


def _day(built: date | None) -> int:
    if built is None:
        raise geo.Unusable("nothing tells the day of the data: say it with --built 2026-11-01")
    return (built - EPOCH).days


def _csv(path: Path) -> tuple[Iterator[Range], date | None, str]:
    """The ranges of a CSV, the day in its name, and the name."""
    return ranges.read(_lines(path)), _dated(path.name), path.name


def _lines(path: Path) -> Iterator[str]:
    try:
        with _opened(path) as file:
            yield from file
    except (OSError, EOFError, UnicodeDecodeError):
        raise geo.Unusable("it cannot be read, or is not whole") from None


def _opened(path: Path) -> TextIO:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def _dated(name: str) -> date | None:
    """The day in a file's name; of a month, its first."""
    match = _DATED.search(name)
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    except ValueError:
        return None


def _mmdb(path: Path) -> tuple[Iterator[Range], date | None, str]:
    """The networks of an MMDB with their country, the day it was built, and its type."""
    reader = geo.open_mmdb(path)
    about = reader.metadata()
    return _networks(reader), datetime.fromtimestamp(about.build_epoch, UTC).date(), about.database_type


def _networks(reader: Any) -> Iterator[Range]:
    for network, record in reader:
        first = int(network.network_address)
        found = places(record)
        yield Range(network.version, first, first | int(network.hostmask), found[0][:2] if found else NOWHERE)


def _counted(found: Iterable[Range]) -> Iterator[Range]:
    """Tells on standard error how far it is."""
    number = 0
    for number, one in enumerate(found, 1):
        if number % STEP == 0:
            click.echo(f"\r{number} ranges read", nl=False, err=True)
        yield one
    if not number:
        raise geo.Unusable("there are no ranges in it")
    click.echo(f"\r{number} ranges read", err=True)


def _replace(out: Path, packed: bytes) -> None:
    """All of it or nothing: a gateway that starts meanwhile finds a whole file."""
    try:
        replace(out, packed)
    except OSError as error:
        raise geo.Unusable(f"cannot write {out}: {error.strerror}") from None
