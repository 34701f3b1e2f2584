"""`gateway adopt`: find third-party pixels in pages, templates and mails, and point them at the gateway."""

import difflib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from gateway.adopt.encoding import Source, decoded
from gateway.adopt.page import REWRITTEN, SET, Adopted, Found, adopt
from gateway.adopt.skeleton import operator_file, policy_file, wanted
from gateway.bootstrap.shipped import manifests
from gateway.cli.options import json_option
from gateway.cli.whole_file import replace
from gateway.vendors.catalogue import Catalogue, load_catalogue

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?")
_KINDS = {".js": "script", ".mjs": "script", ".json": "script", ".css": "style"}


class _Done(NamedTuple):
    path: Path
    source: Source
    adopted: Adopted


@click.command("adopt")
@click.argument(
    "paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--host", metavar="HOST", default="", help="The gateway's own host, such as t.shop.example.")
@click.option("--write", is_flag=True, help="Change the files.")
@click.option("--diff", is_flag=True, help="Print the changes alone, for `git apply`.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where gateway.yaml and policy.yaml go.")
@json_option
def command(paths: tuple[Path, ...], host: str, write: bool, diff: bool, out: Path | None, json_: bool) -> None:  # noqa: PLR0913, PLR0917 - click
    """Say what the pixels and snippets in pages, templates and mails tell to whom, and how they would call the gateway.

    Nothing is changed without --write, and nothing can be without --host. Exit code 1 where a file cannot be edited
    safely; the others are done.
    """
    if host and not _HOST.fullmatch(host):
        raise click.BadParameter("a host is a bare name in lower case, without scheme or path", param_hint="--host")
    if not host and (write or diff or out):
        raise click.UsageError("--write, --diff and --out need --host, the gateway's own host")
    catalogue = load_catalogue(manifests())
    right, found = True, list[Found]()
    for path in paths:
        source = decoded(path.read_bytes())
        if isinstance(source, str):
            right = False
            click.echo(f"{path}: left alone: {source}", err=True)
            continue
        done = _Done(path, source, adopt(source.text, catalogue, host, _KINDS.get(path.suffix.lower(), "markup")))
        found += done.adopted.found
        _show(done, catalogue, host, diff=diff, json_=json_)
        if write and done.adopted.text != source.text:
            replace(path, source.encoded(done.adopted.text))
    if out:
        _write_skeletons(out, found, catalogue, host)
    sys.exit(0 if right else 1)


def _show(done: _Done, catalogue: Catalogue, host: str, *, diff: bool, json_: bool) -> None:
    if not diff:
        for each in done.adopted.found:
            row = _row(done, each, host)
            click.echo(json.dumps(row, ensure_ascii=False) if json_ else "\n".join(_told(row, catalogue)))
    if not json_ or diff:
        click.echo("".join(_difference(done)).encode(_shown(done.source)), nl=False)


def _shown(source: Source) -> str:
    return source.encoding if source.encoding == "latin-1" else "utf-8"


def _row(done: _Done, each: Found, host: str) -> dict[str, Any]:
    """A finding as an object; what is empty is left out."""
    before = done.source.text[: each.at]
    place = {"file": str(done.path), "line": before.count("\n") + 1, "column": each.at - before.rfind("\n")}
    said = {name: value for name, value in each._asdict().items() if value and name != "at"}
    if not host:
        said.pop("option", None)
        said["action"] = {REWRITTEN: "can be rewritten", SET: "can be set"}.get(each.action, each.action)
    return place | said


def _told(row: dict[str, Any], catalogue: Catalogue) -> Iterator[str]:
    manifest = catalogue.manifests.get(row.get("vendor", ""))
    name = f" ({manifest.vendor.partition(' (')[0]})" if manifest else ""
    place = f"{row['file']}:{row['line']}:{row['column']}"
    yield f"{place}: {row['kind']} {row['id']}{name}, tier {row['tier']}: {row['action']}"
    if "why" in row:
        yield f"    {row['why']}"
    if "confirm" in row:
        yield "    please confirm: the address alone tells whose it is, the host is anybody's"
    if row["kind"] == "pixel":
        account = f" of account {row['account']}" if "account" in row else ""
        yield f"    event {row.get('event', 'unknown')}{account}"
        host = row.get("host", "its host")
        yield f"    tells {host}: address and browser, its own cookies; of the page's address {row['referrer']}"
    for kind, names in row.get("leaks", {}).items():
        yield f"    {kind}: {', '.join(names)}".rstrip(": ")
    for kind, names in row.get("clear", {}).items():
        yield f"    in the page itself, {kind}: {', '.join(names)}"
    if "option" in row:
        yield f"    option: {row['option']}"


def _difference(done: _Done) -> Iterator[str]:
    """A unified diff. Lines end at a line feed alone, as `patch` has it."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+\Z", text) for text in (done.source.text, done.adopted.text))
    name = done.path.as_posix().lstrip("/")
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _write_skeletons(out: Path, found: list[Found], catalogue: Catalogue, host: str) -> None:
    """Write both files; neither replaces one that is there."""
    destinations = wanted(found, catalogue)
    if not destinations:
        click.echo("no destination: nothing was found that reaches the gateway", err=True)
        return
    texts = {"gateway.yaml": operator_file(destinations, host), "policy.yaml": policy_file(destinations)}
    there = [name for name in texts if (out / name).exists()]
    if there:
        raise click.BadParameter(f"{out / there[0]} is there already", param_hint="--out")
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text, "utf-8")
        click.echo(f"wrote {out / name}", err=True)
