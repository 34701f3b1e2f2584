"""`gateway canary`: send marked hits to a running deployment, and look for them in everything it keeps."""

import json
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap.plan import read_plan
from gateway.canary.capture import Capture
from gateway.canary.check import check
from gateway.canary.deployment import DATA, LOG, Caught, Deployment, Place
from gateway.canary.known import Known, asking, edge_headers, known, own_endpoint, wire
from gateway.canary.verdict import EXIT
from gateway.canary.wire import Wire
from gateway.errors import ConfigurationError

_EPOCH = date(1970, 1, 1)
_ADDRESS = re.compile(r"([0-9A-Za-z.-]+):([0-9]{1,5})\Z")
_USUAL = Path("gateway.yaml")
_FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class _Options:
    """What was said on the command line, under the names of the options."""

    config: Path | None
    url: str
    admin: str
    api_key: Path | None
    data_dir: Path | None
    log: Sequence[Path]
    path: Sequence[Path]
    capture: Sequence[str]
    site: str
    region: str
    refused_only: bool
    wait: float
    rate: float


@click.command("canary")
@click.option(
    "--config",
    type=_FILE,
    envvar="GATEWAY_CONFIG",
    help="The deployment's own file, which tells most of the rest. Without --url: gateway.yaml.",
)
@click.option("--url", default="", help="Where hits go, like https://t.shop.example.")
@click.option("--admin", default="", help="Its admin listener, like http://127.0.0.1:9090.")
@click.option(
    "--api-key", type=_FILE, help="A file with an API key for it: policy:explain, and metrics from elsewhere."
)
@click.option("--data-dir", type=_FILE, help="Its data directory.")
@click.option("--log", type=_FILE, multiple=True, help="A log, of the gateway or of a proxy before it: again for each.")
@click.option("--path", type=_FILE, multiple=True, help="Anything else to search: a backup, a directory of captures.")
@click.option("--capture", metavar="HOST:PORT", multiple=True, help="Listen there, as the endpoint of a destination.")
@click.option("--site", default="", help="The site of gateway.yaml, or the host, that hits are for.")
@click.option(
    "--region", metavar="CODE", default="", help="Where the deployment will think this machine is; else unknown."
)
@click.option("--refused-only", is_flag=True, help="Leave out the visitor who agrees. The verdict is then never clean.")
@click.option("--wait", type=click.FloatRange(0, 600), default=10, show_default=True, help="Seconds for deliveries.")
@click.option("--rate", type=click.FloatRange(0.1, 200), default=20, show_default=True, help="Most requests a second.")
@click.option("--json", "json_", is_flag=True, help="The report as one JSON object.")
def command(json_: bool, **given: Any) -> None:
    """Check a running deployment for traces of hits that it refused.

    Sends some fifty to two hundred requests with made-up values in every place that can hold something personal, by
    visitors who say no in every way there is; then looks for each value, in every encoding and digest, in all that the
    deployment keeps and says. A few hits are permitted, by a visitor who agrees: what the policy lets through must be
    found, and nothing else of them. They reach the vendors that are connected, as does what the policy permits without
    consent; --refused-only leaves the former out. Every choice is taken back in the end.

    Exit code 0: clean; 1: a leak; 2: cannot say.
    """
    options = _Options(**given)
    day = (datetime.now(UTC).date() - _EPOCH).days
    try:
        config = options.config or (None if options.url else _USUAL)
        plan = known(read_plan(config), day) if config else None
    except ConfigurationError as error:
        raise click.UsageError(f"the deployment's file cannot be used:\n{error}") from None
    with ExitStack() as stack:
        deployment = _deployment(options, plan, day, stack)
        report = check(deployment, lambda text: click.echo(text, err=True))
    click.echo(json.dumps(report.as_json()) if json_ else report.as_text())
    sys.exit(EXIT[report.verdict])


def _deployment(options: _Options, plan: Known | None, day: int, stack: ExitStack) -> Deployment:
    url, admin_url = options.url or (plan.public if plan else ""), options.admin or (plan.admin if plan else "")
    public = _wire(url, options.rate)
    admin = _wire(admin_url, 200, _key(options)) if admin_url else None
    return Deployment(
        public=public,
        host=_host(options, plan, public),
        endpoints=plan.endpoints if plan else [own_endpoint()],
        ask=plan.ask if plan else asking(admin),
        day=day,
        admin=admin,
        feeds=plan.feeds if plan else None,
        region=options.region.upper(),
        edge=edge_headers(plan.edge if plan else None, options.region.upper()),
        places=_places(options, plan),
        captures=[_capture(text, plan, stack) for text in options.capture],
        unwritten=plan.unwritten if plan else (),
        subject=plan.subject if plan else None,
        permitted=not options.refused_only,
        wait=options.wait,
    )


def _key(options: _Options) -> str:
    try:
        return options.api_key.read_text("ascii").strip() if options.api_key else ""
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"there is no key in {options.api_key}") from None


def _wire(url: str, rate: float, key: str = "") -> Wire:
    try:
        return wire(url, rate, key)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _host(options: _Options, plan: Known | None, public: Wire) -> str:
    """The Host of hits: of the site that was named, or the one at the URL, or the first there is."""
    if plan is None:
        return options.site or public.host
    if options.site in plan.hosts:
        return plan.hosts[options.site][0]
    hosts = [host for listed in plan.hosts.values() for host in listed]
    if options.site and options.site not in hosts:
        raise click.UsageError(f"there is no site {options.site!r}; known: {', '.join(plan.hosts)}")
    return options.site or (public.host if public.host in hosts else hosts[0])


def _places(options: _Options, plan: Known | None) -> list[Place]:
    own = [place for place in (plan.places if plan else ()) if not (options.data_dir and place.what == DATA)]
    named = [Place(DATA, options.data_dir)] if options.data_dir else []
    logs = [Place(LOG, path) for path in options.log]
    return [*own, *named, *logs, *(Place("path", path) for path in options.path)]


def _capture(text: str, plan: Known | None, stack: ExitStack) -> Caught:
    match = _ADDRESS.match(text)
    if match is None or int(match[2]) > 65_535:
        raise click.UsageError(f"--capture {text} is not like 127.0.0.1:9100")
    try:
        capture = stack.enter_context(Capture(match[1], int(match[2])))
    except OSError as error:
        raise click.UsageError(f"cannot listen at {text}: {error.strerror}") from None
    return Caught(capture, plan.destinations_of.get(text, ()) if plan else ())
