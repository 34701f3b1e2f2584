"""`gateway dsr`: hand in requests of persons, see how far they are and until when, see to what only a person can."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import click

from gateway.cli.commands import Commands
from gateway.cli.dsr_listener import Listener
from gateway.cli.dsr_shown import line, page, task_line
from gateway.cli.ending import fail
from gateway.cli.options import config_option, json_option
from gateway.dsr.request import DENIALS, SETTLED, State, Type

PAGE = 200
_STATES, _TYPES = [str(each) for each in State], [str(each) for each in Type]

id_argument = click.argument("id")
identity_option = click.option(
    "--identity", "kinds", multiple=True, required=True, metavar="TYPE[:FORMAT]",
    help="email, phone, user_id, visitor_id, id.…; its value is read from standard input, one a line.",
)  # fmt: skip


@click.group("dsr", cls=Commands)
def group() -> None:
    """Requests of persons: access, erasure, objection and the others.

    The running gateway is asked at its admin listener. What somebody is known by is read from standard input, so that
    it stands in no history of a shell and no list of processes. ID is the id of a request, or the code that the person
    was shown for it.
    """


@group.command("submit")
@click.option("--type", "type_", type=click.Choice(_TYPES), required=True, help="What is asked for.")
@identity_option
@click.option("--regulation", default="voluntary", show_default=True, help="gdpr, ccpa, us_state:VA, … : the deadline.")
@click.option("--attest", metavar="REF", help="You have verified the person; REF is where that is written down.")
@click.option("--destination", "destinations", multiple=True, help="Only this one; without: all.")
@click.option("--lift-refusal", is_flag=True, help="After an erasure, take the person's events again.")
@click.option("--id", "client", help="A UUID of yours; handed in again it is the same request.")
@config_option
@json_option
def submit(config: Path, json_: bool, **given: Any) -> None:
    """Hand in a request. Without --attest it waits to be verified."""
    body: dict[str, Any] = {
        "subject_request_id": given["client"] or str(uuid4()),
        "subject_request_type": given["type_"],
        "subject_identities": _identities(given["kinds"]),
        "regulation": given["regulation"],
        "scope": {"destinations": list(given["destinations"]) or "all", "keep_suppressed": not given["lift_refusal"]},
    }
    if given["attest"]:
        body["verification"] = {"method": "attested", "assurance": "substantial", "evidence_ref": given["attest"]}
    _show(Listener(config).ask("POST", "/v1/dsr/requests", body), json_)


@group.command("preview")
@identity_option
@config_option
def preview(kinds: tuple[str, ...], config: Path) -> None:
    """Count what is kept of somebody, and change nothing."""
    body = {"subject_identities": _identities(kinds)}
    click.echo(json.dumps(Listener(config).ask("POST", "/v1/dsr/preview", body)))


@group.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--type", "type_", type=click.Choice(_TYPES), help="Only those for this.")
@click.option("--due-before", metavar="TIME", help="Only open ones that are due before 2026-11-23T10:00:00Z.")
@config_option
@json_option
def list_(state: str | None, type_: str | None, due_before: str | None, config: Path, json_: bool) -> None:
    """List requests, the oldest first, with their deadlines."""
    for request in Listener(config).pages({"state": state, "type": type_, "due_before": due_before}):
        click.echo(json.dumps(request) if json_ else line(request))


@group.command("show")
@id_argument
@click.option("--wait", type=click.IntRange(1, 30), help="Wait for a change, so many seconds at most.")
@config_option
@json_option
def show(id: str, wait: int | None, config: Path, json_: bool) -> None:
    """Show one with its targets and its deadline. Exit code 1 where there is none."""
    headers = {"Prefer": f"wait={wait}"} if wait else {}
    listener = Listener(config)
    _show(listener.ask("GET", listener.place(id), headers=headers), json_)


@group.command("tasks")
@click.argument("id", required=False)
@config_option
@json_option
def tasks(id: str | None, config: Path, json_: bool) -> None:
    """List the targets of a request; without ID, all that wait for a person."""
    listener = Listener(config)
    stuck = id is None
    requests = (
        listener.pages({"state": State.NEEDS_ATTENTION}) if id is None else [listener.ask("GET", listener.place(id))]
    )
    for request in requests:
        for task in request["tasks"]:
            if stuck and (task["state"] not in ("manual", "failed") or task["retry_at"]):
                continue
            row = {"request": request["id"], "due_at": request["due_at"], **task}
            click.echo(json.dumps(row) if json_ else task_line(row))


@group.command("complete")
@id_argument
@click.argument("target")
@click.option("--note", required=True, help="What you did. It stands in the receipt, so name nobody.")
@click.option("--state", type=click.Choice(sorted(map(str, SETTLED))), default="done", show_default=True)
@config_option
def complete(id: str, target: str, note: str, state: str, config: Path) -> None:
    """Say what you have done about a TARGET that waits for a person."""
    _act(config, id, f"tasks/{quote(target, safe='')}/complete", {"note": note, "state": state})


@group.command("deny")
@id_argument
@click.option("--reason", type=click.Choice(DENIALS), required=True, help="Why, in the Data Rights Protocol's words.")
@click.option("--text", required=True, help="Why, in words for the person.")
@config_option
def deny(id: str, reason: str, text: str, config: Path) -> None:
    """Deny a request that nobody works on yet."""
    _act(config, id, "deny", {"reason": reason, "text": text})


@group.command("appeal")
@id_argument
@config_option
def appeal(id: str, config: Path) -> None:
    """Have a denial looked at again, which somebody else has to decide within 45 days."""
    _act(config, id, "appeals", {})


@group.command("decide")
@id_argument
@click.option("--uphold/--reject", "upheld", default=None, help="Work on the request after all, or leave it denied.")
@config_option
def decide(id: str, upheld: bool | None, config: Path) -> None:
    """Decide the open appeal of a request. The machine's key may not where it denied the request itself."""
    if upheld is None:
        raise click.UsageError("either --uphold or --reject")
    listener = Listener(config)
    place = listener.place(id)
    waiting = [each["id"] for each in listener.ask("GET", place)["appeals"] if not each["decision"]]
    if not waiting:
        fail("no appeal of this request is open")
    click.echo(line(listener.ask("POST", f"{place}/appeals/{waiting[0]}/decision", {"upheld": upheld})))


@group.command("extend")
@id_argument
@click.option("--reason", required=True, help="Why it takes longer, in words for the person.")
@config_option
def extend(id: str, reason: str, config: Path) -> None:
    """Take one more period to answer, once, where the law gives one."""
    _act(config, id, "extend", {"reason": reason})


@group.command("cancel")
@id_argument
@config_option
def cancel(id: str, config: Path) -> None:
    """End a request that the person wants no more."""
    _act(config, id, "cancel", {})


@group.command("retry")
@id_argument
@click.option("--target", help="Only this one; without: all that failed.")
@config_option
def retry(id: str, target: str | None, config: Path) -> None:
    """Try again now what has failed."""
    _act(config, id, "retry", {"target": target} if target else {})


@group.command("verify")
@id_argument
@click.option("--send", is_flag=True, help="Have a code sent to the address among its identities.")
@click.option("--attest", metavar="REF", help="You have verified the person; REF is where that is written down.")
@config_option
def verify(id: str, send: bool, attest: str | None, config: Path) -> None:
    """Verify a request: by the code that the person was sent (read from standard input), or by your word."""
    if send and attest:
        raise click.UsageError("either --send or --attest")
    body = {"method": "attested", "evidence_ref": attest} if attest else {"method": "email_otp"}
    if not send and not attest:
        body["code"] = _value("code")
    _act(config, id, "verification", body)


@group.command("package")
@id_argument
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The file to write, which is new.")
@config_option
def package(id: str, output: Path, config: Path) -> None:
    """Fetch what is handed out on a request for access, as a ZIP file that only you can read."""
    listener = Listener(config)
    link = listener.ask("POST", f"{listener.place(id)}/package-links", {})
    try:
        output.touch(mode=0o600, exist_ok=False)
        with ExitStack() as unless_fetched:
            unless_fetched.callback(output.unlink)
            output.write_bytes(listener.fetch(link["url"]))
            unless_fetched.pop_all()
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")


@group.command("receipt")
@id_argument
@config_option
def receipt(id: str, config: Path) -> None:
    """Print the signed receipt of a request that has ended."""
    listener = Listener(config)
    click.echo(listener.fetch(f"{listener.place(id)}/receipt").decode())


def _act(config: Path, id: str, act: str, body: dict[str, Any]) -> None:
    listener = Listener(config)
    click.echo(line(listener.ask("POST", f"{listener.place(id)}/{act}", body)))


def _show(request: dict[str, Any], as_json: bool) -> None:
    click.echo(json.dumps(request) if as_json else page(request))


def _identities(kinds: tuple[str, ...]) -> list[dict[str, str]]:
    found = []
    for kind in kinds:
        name, _, form = kind.partition(":")
        found.append({"identity_type": name, "identity_value": _value(name), "identity_format": form or "raw"})
    return found


def _value(name: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    value = sys.stdin.readline().strip()
    if not value:
        raise click.UsageError(f"standard input has no line for {name}")
    return value
