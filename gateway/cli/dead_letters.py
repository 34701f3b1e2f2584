"""`gateway dead-letters`: look at what nobody will deliver, queue it again, destroy it."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import click

from gateway.api_keys.grant import LOCAL
from gateway.audit.leaf import named
from gateway.bootstrap.admission import write_down
from gateway.bootstrap.plan import Plan
from gateway.cli.admin_listener import Sent, ask_as_machine
from gateway.cli.commands import Commands
from gateway.cli.ending import fail, well_configured
from gateway.cli.opened_store import in_the_store
from gateway.cli.options import config_option, json_option
from gateway.dead_letters import PAGE, Desk
from gateway.settings.read import Configured, load
from gateway.store.protocols import Store
from gateway.web.operating import PATH

Rows = list[Mapping[str, Any]]


class Asked(NamedTuple):
    """One request, to a gateway that runs (`method`, `path`) or to the desk of its store (`work`), and the fields of
    its leaf where it changes something."""

    method: str
    path: str
    work: Callable[[Desk], Awaitable[Any]]
    evidence: Mapping[str, str] | None = None


destination_argument = click.argument("destination")
ids_argument = click.argument("ids", nargs=-1)
all_option = click.option("--all", "everything", is_flag=True, help="Every dead letter of the destination.")


@click.group("dead-letters", cls=Commands)
def group() -> None:
    """Events that nobody will deliver: look at them, queue them again, destroy them.

    The running gateway is asked at its admin listener. Where none runs, its store is opened instead.
    """


@group.command("list")
@click.argument("destination", required=False)
@click.option("--most", type=click.IntRange(1, PAGE), default=50, show_default=True, help="How many, the newest first.")
@click.option("--after", default="", help="The id that the last page ended with.")
@config_option
@json_option
def list_(destination: str | None, most: int, after: str, config: Path, json_: bool) -> None:
    """Count them by destination and reason, or list those of DESTINATION without their content."""
    if destination is None:
        rows = _ask(config, Asked("GET", PATH, lambda desk: desk.count()))
        _print(rows, json_, ("events", "destination", "reason"))
        return
    path = f"{_path(destination)}?most={most}&after={quote(after, safe='')}"
    rows = _ask(config, Asked("GET", path, lambda desk: desk.browse(destination, most, after)))
    _print(rows, json_, ("id", "reason", "received", "buried", "attempts"))


@group.command("show")
@destination_argument
@click.argument("id")
@config_option
def show(destination: str, id: str, config: Path) -> None:
    """Show one with its event, weakened as it would have left. Exit code 1 where there is none."""
    rows = _ask(config, Asked("GET", _path(destination, id), lambda desk: desk.show(destination, id)))
    if not rows:
        fail("there is no such dead letter")
    click.echo(json.dumps(rows[0], ensure_ascii=False, indent=2))


@group.command("replay")
@destination_argument
@ids_argument
@all_option
@config_option
def replay(destination: str, ids: tuple[str, ...], everything: bool, config: Path) -> None:
    """Queue dead letters of DESTINATION again: the decision is taken again, with all that was withdrawn meanwhile."""
    click.echo(f"{sum(_act(config, 'POST', destination, name) for name in _chosen(ids, everything))} queued again")


@group.command("discard")
@destination_argument
@ids_argument
@all_option
@config_option
def discard(destination: str, ids: tuple[str, ...], everything: bool, config: Path) -> None:
    """Destroy dead letters of DESTINATION."""
    click.echo(f"{sum(_act(config, 'DELETE', destination, name) for name in _chosen(ids, everything))} destroyed")


def _act(config: Path, method: str, destination: str, name: tuple[str, ...]) -> int:
    """Replay (POST) or discard (DELETE) one dead letter, or without a name all; how many there were."""
    act = Desk.replay if method == "POST" else Desk.discard
    path = _path(destination, *name) + ("/replay" if method == "POST" else "")
    did = "dead_letters.replayed" if method == "POST" else "dead_letters.discarded"
    evidence = {"act": did, "destination": named(destination), "which": "one" if name else "all", "by": LOCAL}
    rows = _ask(config, Asked(method, path, lambda desk: act(desk, destination, name or None), evidence))
    return int(next(iter(rows[0].values()))) if rows else 0


def _chosen(ids: tuple[str, ...], everything: bool) -> list[tuple[str, ...]]:
    """The ids, each alone; one empty choice stands for all."""
    if everything == bool(ids):
        raise click.UsageError("name ids, or say --all")
    return [()] if everything else [(name,) for name in ids]


def _path(*parts: str) -> str:
    return "/".join([PATH, *(quote(part, safe="") for part in parts)])


def _ask(config: Path, asked: Asked) -> Rows:
    """The rows of an answer; none where there is no such thing."""
    with well_configured():
        configured = load(config)
    settings = configured.settings
    sent = Sent(asked.method, asked.path)
    try:
        status, content = ask_as_machine(settings.listeners.admin, configured.beside(settings.data_dir), sent)
    except (ConnectionError, TimeoutError) as error:
        return _of_the_store(configured, asked, error)
    if status not in (200, 404):
        fail(f"the gateway answers {status}")
    return [json.loads(line) for line in content.splitlines() if line and status == 200]


def _of_the_store(configured: Configured, asked: Asked, why: Exception) -> Rows:
    async def work(plan: Plan, store: Store) -> Any:
        if asked.evidence:
            write_down(configured, **asked.evidence)
        return await asked.work(Desk(store))

    answer = in_the_store(configured, why, work)
    if isinstance(answer, int):
        return [{"events": answer}]
    return answer if isinstance(answer, list) else [answer] if answer else []


def _print(rows: Iterable[Mapping[str, Any]], as_json: bool, columns: tuple[str, ...]) -> None:
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else "  ".join(str(row[name]) for name in columns))
