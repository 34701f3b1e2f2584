"""`gateway simulate`: what would become of recorded hits, one JSON object a line. Stores nothing, sends nothing."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import click

from gateway.bootstrap.collecting import Heard, collector
from gateway.bootstrap.plan import Plan, read_plan
from gateway.bootstrap.salt import DailySalt
from gateway.bootstrap.shipped import manifests
from gateway.cli.ending import well_configured
from gateway.cli.json_line import NotJsonError, parse
from gateway.days import day_of
from gateway.demo import every_vendor
from gateway.errors import StoreUnavailable
from gateway.facts import Facts, Vote
from gateway.policy.decide import Policy
from gateway.simulation import RecordError, Simulation, altered
from gateway.vendors.catalogue import load_catalogue
from gateway.vendors.request import Destination

# What stands for a secret in the requests shown; a signing secret must still be one (Standard Webhooks, `whsec_`).
SHOWN = "SECRET"
SHOWN_KEY = "whsec_c2hvd24gaW4gdGhlIHBsYWNlIG9mIGEgc2VjcmV0"
UNKNOWN = ("unknown", "none")
SOURCE = "simulation"


@click.command("simulate")
@click.argument("hits", type=click.File("rb"))
@click.option("--config", type=click.Path(path_type=Path), help="The operator's file (default: every vendor's).")
@click.option("--region", help="Region codes of the visitor, such as FR or US-CA,DE; unknown for no evidence.")
@click.option("--consent", help="all, none, or PURPOSE=yes,PURPOSE=no: replaces what the hits carry.")
@click.option("--gpc/--no-gpc", default=None, help="Global Privacy Control.")
@click.option("--dnt/--no-dnt", default=None, help="Do Not Track.")
@click.option("--now", help="The time of the hits, RFC 3339 (default: the clock).")
def command(hits: BinaryIO, config: Path | None, now: str | None, **overrides: Any) -> None:
    """Show the fate of each hit in HITS, a file of JSON lines (`-` for standard input).

    A hit is {"method", "url", "headers", "body"} and optionally "id" and "peer". Its line of output holds the facts,
    the decision for each destination with its reason, the event and the requests a vendor would have got.

    Exit code 1: the configuration is wrong, or a line is no hit (named on standard error; the others are shown).
    """
    with well_configured():
        plan = read_plan(config) if config else _demo_plan()
    moment = _moment(now)
    alter = _alteration(plan.policy, day_of(moment), overrides)
    simulation = _simulation(plan, own_account=config is not None)
    bad = 0
    for number, line in enumerate(hits, 1):
        if not line.strip():
            continue
        try:
            fate = simulation.play(_record(line), moment, alter)
        except RecordError as error:
            bad += 1
            click.echo(f"{getattr(hits, 'name', '<stdin>')}:{number}: {error}", err=True)
            continue
        click.echo(json.dumps(fate, ensure_ascii=False, separators=(",", ":")))
    sys.exit(1 if bad else 0)


def _record(line: bytes) -> object:
    try:
        return parse(line)
    except NotJsonError as error:
        raise RecordError(str(error)) from None


def _moment(text: str | None) -> float:
    if text is None:
        return time.time()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write it like 2026-11-23T10:00:00Z", param_hint="--now") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _demo_plan() -> Plan:
    """The plan of the demo, with every vendor whose pixel is catalogued, where it really is."""
    with tempfile.TemporaryDirectory() as folder:
        return read_plan(every_vendor.write(Path(folder), load_catalogue(manifests())))


def _alteration(policy: Policy, day: int, overrides: Mapping[str, Any]) -> Callable[[Facts], Facts]:
    """What the options say in the place of the hits."""
    region, consent = overrides["region"], overrides["consent"]
    regions = None if region is None else [code for code in region.split(",") if code.lower() not in UNKNOWN]
    signals = {name: overrides[name] for name in ("gpc", "dnt") if overrides[name] is not None}
    if consent is not None:
        signals["votes"] = _votes(policy, consent, day)
    return altered(regions, **signals)


def _votes(policy: Policy, consent: str, day: int) -> tuple[Vote, ...]:
    if consent in ("all", "none"):
        return tuple(Vote(name, SOURCE, consent == "all", day=day) for name in policy.purposes)
    votes = []
    for answer in consent.split(","):
        name, _, word = answer.partition("=")
        if name not in policy.purposes or word not in ("yes", "no"):
            message = f"all, none, or PURPOSE=yes|no with purposes of the policy: {', '.join(policy.purposes)}"
            raise click.BadParameter(message, param_hint="--consent")
        votes.append(Vote(name, SOURCE, word == "yes", day=day))
    return tuple(votes)


def _simulation(plan: Plan, *, own_account: bool) -> Simulation:
    salt = DailySalt(bytes)  # nothing is kept, and two runs compare
    way = collector(plan, _Closed(), salt, lambda decision, facts: None, Heard(lambda count: None))
    destinations = {name: _shown(each, own_account=own_account) for name, each in plan.destinations.items()}
    sites = plan.configured.settings.sites
    hosts = {host for listed in sites.values() for host in listed}
    return Simulation(way, plan.catalogue, destinations, next(iter(sites)), hosts)


def _shown(destination: Destination, *, own_account: bool) -> Destination:
    """The destination with placeholders for its secrets; without `own_account`, with the account each page names."""
    manifest, binding = destination.manifest, destination.binding
    signing = manifest.api.auth.kind == "standard_webhooks"
    placeholders = {name: SHOWN_KEY if signing else SHOWN for name in binding.secrets}
    kept = {name: value for name, value in binding.settings.items() if own_account or name != manifest.account}
    return Destination(manifest, binding._replace(secrets=placeholders, settings=kept, endpoint=""))


class _Closed:
    """A queue that nothing is ever put into."""

    async def put(self, events: object) -> NoReturn:
        """Refuse."""
        raise StoreUnavailable("a simulation stores nothing")

    async def refusals_of(self, subjects: object) -> NoReturn:
        """Refuse."""
        raise StoreUnavailable("a simulation stores nothing")
