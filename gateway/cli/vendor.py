"""`gateway vendor`: the catalogue of vendors, what each of them receives, and the tests of their manifests."""

import datetime
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap.plan import read_ground
from gateway.bootstrap.shipped import manifest_skeleton, manifests
from gateway.cli.commands import Commands
from gateway.cli.ending import fail, well_configured
from gateway.cli.findings import show as show_findings
from gateway.cli.options import config_option, json_option
from gateway.cli.whole_file import create
from gateway.vendors.catalogue import FIXTURES, Catalogue, load_catalogue
from gateway.vendors.checks import Case, failures, read_fixtures, run_tests, stale
from gateway.vendors.sheet import sheet
from gateway.vendors.skeleton import skeleton


@click.group("vendor", cls=Commands)
def vendor() -> None:
    """The catalogue of vendors, what each of them receives, and the tests of their manifests."""


@vendor.command("list")
@json_option
def list_(json_: bool) -> None:
    """Every vendor the gateway ships, with the pixels it fronts."""
    for manifest in load_catalogue(manifests()).manifests.values():
        pixels = [pixel.id for pixel in manifest.pixels]
        row = {"id": manifest.id, "vendor": manifest.vendor, "pixels": pixels, "purposes": list(manifest.purposes)}
        click.echo(json.dumps(row) if json_ else f"{manifest.id:<12} {manifest.vendor}  {', '.join(pixels)}".rstrip())


@vendor.command("show")
@click.argument("identity", metavar="ID")
@json_option
def show(identity: str, json_: bool) -> None:
    """What a vendor receives, field by field, and under which consent. Exit code 2 for an unknown one."""
    catalogue = load_catalogue(manifests())
    if identity not in catalogue.manifests:
        raise click.BadParameter(f"there is no vendor {identity}; known: {', '.join(catalogue.manifests)}")
    page = sheet(catalogue.manifests[identity])
    click.echo(json.dumps(page, ensure_ascii=False) if json_ else "\n".join(_told(page)))


@vendor.command("test")
@click.argument("paths", metavar="[FILE…]", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def test(paths: tuple[Path, ...], json_: bool) -> None:
    """Check manifests and run their tests: the files named, else all that are shipped. Exit code 1 where one fails."""
    texts = manifests()
    try:
        own = {str(path): path.read_text("utf-8") for path in paths}
    except UnicodeDecodeError:
        raise click.BadParameter("a manifest is UTF-8 text") from None
    with well_configured(json_):
        catalogue = load_catalogue(_with(texts, own))
    fixtures = read_fixtures(texts[FIXTURES], FIXTURES)
    right = True
    for manifest in catalogue.manifests.values():
        if own and manifest.file not in own:
            continue
        cases = run_tests(manifest, catalogue, fixtures)
        right = right and not any(case.failures for case in cases)
        _report(catalogue, cases, json_)
        if not json_:
            show_findings(stale(manifest, datetime.datetime.now(datetime.UTC).date()), json_)
    sys.exit(0 if right else 1)


@vendor.command("hosts")
@config_option
@json_option
def hosts(config: Path, json_: bool) -> None:
    """The hosts that the connected destinations of gateway.yaml are reached at, for events and for erasures."""
    with well_configured(json_):
        plan = read_ground(config)
    for name, destination in plan.destinations.items():
        for host in sorted(destination.hosts | destination.erasure_hosts):
            click.echo(json.dumps({"destination": name, "host": host}) if json_ else host)


@vendor.command("new")
@click.argument("identity", metavar="ID")
@click.option(
    "--in",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The folder it is written to, by default this one.",
)
def new(identity: str, folder: Path) -> None:
    """Write the manifest that a new vendor begins with to ID.yaml. It loads, and its tests hold."""
    if identity in load_catalogue(manifests()).manifests:
        raise click.BadParameter(f"{identity} is shipped; `gateway vendor show {identity}` tells what it receives")
    try:
        text = skeleton(manifest_skeleton(), identity, datetime.datetime.now(datetime.UTC).date())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    path = folder / f"{identity}.yaml"
    try:
        create(path, text.encode())
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")
    click.echo(f"{path}: fill in what is yours, then `gateway vendor test {path}`")


def _with(shipped: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The shipped manifests, save those that a file of the same name stands in for."""
    names = {Path(path).name for path in own}
    return {name: text for name, text in shipped.items() if name not in names} | dict(own)


def _report(catalogue: Catalogue, cases: list[Case], json_: bool) -> None:
    for case in cases:
        if json_:
            row = {"vendor": case.manifest, "test": case.name, "ok": not case.failures, "failures": case.failures}
            click.echo(json.dumps(row, ensure_ascii=False))
        elif case.failures:
            show_findings(failures(case, catalogue.manifests[case.manifest]), json_)
    if not json_:
        held = sum(not case.failures for case in cases)
        click.echo(f"{cases[0].manifest}: {held} of {len(cases)} tests hold")


def _told(page: Mapping[str, Any]) -> Iterator[str]:
    yield f"{page['vendor']} ({page['id']}), verified on {page['verified_on']}"
    yield f"purposes: {', '.join(page['purposes'])}"
    yield f"sent only with: {', '.join(page['requires']) or 'what the policy asks for'}"
    for name, setting in page["settings"].items():
        yield f"setting {name}: {setting}"
    for name in page["secrets"]:
        yield f"secret {name}"
    for pixel in page["pixels"]:
        yield f"pixel {pixel['id']}: /g/{pixel['id']}{pixel['path']}"
    yield "receives:"
    for row in page["receives"]:
        guard = f"  with {', '.join(row['grants'])}" if row["grants"] else ""
        yield f"  {row['field']:<44} {row['from']} ({row['class']}){guard}"
    if page["test_mode"]:
        yield "can be tried: `test: true` lets it keep nothing, or among its test events"
    erasure = page["erasure"]
    by = f" by {', '.join(erasure['by'])}" if erasure["by"] else ""
    asks = f" (takes {', '.join(erasure['asks'])})" if erasure["asks"] else ""
    yield f"erasure: {erasure['supported']}{by}{asks}{': ' if erasure['note'] else ''}{erasure['note']}"
