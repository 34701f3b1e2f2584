"""Open the databases that tell where an address is."""

import importlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gateway.bootstrap.shipped import country_table
from gateway.days import SECONDS_A_DAY, day_of
from gateway.errors import Finding
from gateway.region.address import Address
from gateway.region.databases import Database, Databases, Places, Source
from gateway.region.mmdb import places
from gateway.region.table import CountryTable, TableError, parse
from gateway.settings.read import Configured

WARN_DAYS = 90
OLD_DAYS = 365
EXTRA = "pip install 'consent-gateway[geo]'"


class Unusable(Exception):
    """A database that cannot be opened; the message says why."""


def open_databases(configured: Configured) -> tuple[Databases, list[Finding]]:
    """Those that the settings name, in the order in which they are asked, and what is wrong or doubtful with them."""
    findings: list[Finding] = []
    sources: list[Database] = []
    for name in OPENED:
        try:
            database = open_database(configured, name)
        except Unusable as error:
            findings.append(unusable(configured, name, error))
            continue
        if database:
            findings += _doubts(configured, database)
            sources.append(database)
    return Databases(sources, tuple(configured.settings.geo.cross_check)), [*findings, *_unchecked(configured, sources)]


def open_database(configured: Configured, name: Source) -> Database | None:
    """One of them, or None where the settings do not want it. Unusable where it cannot be opened."""
    database = OPENED[name](configured)
    if database is None or configured.settings.geo.trust_old:
        return database
    return replace(database, old_from=_old_from(database))


def unusable(configured: Configured, name: Source, error: Unusable) -> Finding:
    """What is told of a database that cannot be opened."""
    return configured.finding(("geo", name), "G060", str(error))


def files_of(configured: Configured) -> dict[Source, Path]:
    """The files of those databases that the operator keeps; the shipped table is none of them."""
    geo = configured.settings.geo
    named: dict[Source, Path | None] = {
        "mmdb": geo.mmdb,
        "table": None if geo.table in ("shipped", "none") else Path(geo.table),
    }
    return {name: configured.beside(path) for name, path in named.items() if path}


def told(databases: Databases) -> list[dict[str, object]]:
    """The databases for people: name, day of the data, whom to credit."""
    return [{"name": each.name, "built": day(each.built), "credit": each.credit} for each in databases.sources]


def ages(databases: Databases) -> list[tuple[tuple[str, ...], float]]:
    """The age of each database in days, for a gauge. One of no known age is not told."""
    return [((each.name,), days) for each in databases.sources if (days := age(each.built)) is not None]


def day(built: int | None) -> str | None:
    """A day since 1970-01-01 as a date."""
    return None if built is None else (date(1970, 1, 1) + timedelta(days=built)).isoformat()


def age(built: int | None) -> int | None:
    """How many days ago that was."""
    return None if built is None else day_of(time.time()) - built


def read_table(path: Path) -> CountryTable:
    """The table in a file. Unusable where there is none."""
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise Unusable(f"cannot read {path}: {error.strerror}") from None
    except TableError as error:
        raise Unusable(f"{path} is no country table: {error}") from None


def open_mmdb(path: Path) -> Any:
    """A reader of MaxMind's format. Unusable where the package or the file is missing or broken."""
    try:
        maxminddb = importlib.import_module("maxminddb")
    except ImportError:
        raise Unusable(f"reading {path} needs one more package: {EXTRA}") from None
    try:
        return maxminddb.open_database(str(path))
    except OSError as error:
        raise Unusable(f"cannot read {path}: {error.strerror or 'no such file'}") from None
    except (maxminddb.InvalidDatabaseError, ValueError):
        raise Unusable(f"{path} is no database of MaxMind's format") from None


def _table(configured: Configured) -> Database | None:
    given = configured.settings.geo.table
    if given == "none":
        return None
    table = country_table() if given == "shipped" else read_table(configured.beside(Path(given)))
    return Database("table", table.find, built=table.built, credit=table.source)


def _mmdb(configured: Configured) -> Database | None:
    given = configured.settings.geo.mmdb
    if given is None:
        return None
    reader = open_mmdb(configured.beside(given))
    about = reader.metadata()
    built = day_of(about.build_epoch)
    return Database("mmdb", _finder(reader, about.ip_version), built=built, credit=about.database_type)


def _finder(reader: Any, version: int) -> Callable[[Address], Places | None]:
    broken = importlib.import_module("maxminddb").InvalidDatabaseError

    def find(address: Address) -> Places | None:
        if address.version > version:
            return ()
        try:
            return places(reader.get(address))
        except broken:
            return None  # what a damaged file would have said, nobody knows

    return find


# In the order in which they are asked.
OPENED: dict[Source, Callable[[Configured], Database | None]] = {"mmdb": _mmdb, "table": _table}


def _old_from(database: Database) -> float:
    return 0.0 if database.built is None else float((database.built + OLD_DAYS) * SECONDS_A_DAY)


def _doubts(configured: Configured, database: Database) -> list[Finding]:
    """A warning about data that is old, where its word counts before or beside the edge's."""
    settings, days = configured.settings, age(database.built)
    asked = settings.edge is None or database.name in settings.geo.cross_check
    if not asked or (days is not None and days <= WARN_DAYS):
        return []
    when = "nobody knows when" if days is None else f"{day(database.built)}, {days} days ago"
    then = "is trusted all the same" if settings.geo.trust_old else f"stops standing alone after {OLD_DAYS} days"
    message = f"the data of the {database.name} was built {when}; its answer {then}"
    hint = "gateway geo build makes a new table; docs/how-to/place-visitors.md"
    return [replace(configured.finding(("geo", database.name), "G061", message, hint), severity="warning")]


def _unchecked(configured: Configured, sources: list[Database]) -> list[Finding]:
    """Names in `geo.cross_check` of sources that are not there."""
    settings = configured.settings
    there = {each.name for each in sources} | ({"edge"} if settings.edge else set())
    missing = [name for name in settings.geo.cross_check if name not in there]
    message = f"cross_check names {', '.join(missing)}, which is not set up"
    return [configured.finding(("geo", "cross_check"), "G062", message)] if missing else []
