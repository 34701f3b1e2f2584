"""`gateway mail`: make the open pixels and links of mails, and tell what one of them stands for."""

import base64
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

import click

from gateway.bootstrap.mails import KEY, acceptance
from gateway.cli.commands import Commands
from gateway.cli.ending import fail, well_configured
from gateway.cli.json_line import NotJsonError, parse
from gateway.cli.options import config_option, json_option
from gateway.keys import Keys, Subjects
from gateway.mail.accept import path_of, token_in
from gateway.mail.issue import Issuing, WrongWord
from gateway.mail.token import CLICK, OPEN, Token
from gateway.settings.read import load

_EPOCH = date(1970, 1, 1)
_OPTIONS = (
    click.option("--site", help="Whose mail it is; not needed where there is one site."),
    click.option("--campaign", help="A campaign of mail.campaigns."),
    click.option("--message", help="One of its messages, or one with the day it is sent: issue-2026-11-27."),
    click.option("--record", metavar="ID", help="The consent record of its reader. Without one it is nobody's."),
    click.option("--granted", metavar="DAY", help="The day its reader said yes to being seen."),
    click.option("--region", metavar="CODE", help="Where its reader lives, such as FR or US-CA."),
    click.option("--sent", metavar="TIME", help="When the mail is sent (default: now)."),
    click.option("--days", type=int, help="How many days it counts (default and most: mail.lifetime)."),
    config_option,
    json_option,
)


class _Office(NamedTuple):
    """What makes tokens, and the hosts of each site."""

    issuing: Issuing
    hosts: Mapping[str, list[str]]

    def made(self, act: str, words: Mapping[str, Any]) -> dict[str, str]:
        """A token with its address. WrongWord where the words make none."""
        token = self.issuing.token(act, words)
        text = self.issuing.acceptance.tokens.seal(token)
        url = f"https://{self.hosts[token.site][0]}{path_of(token, text)}"
        image = {"html": f'<img src="{url}" width="1" height="1" alt="">'} if act == OPEN else {}
        return {"token": text, "url": url, **image}


def _described(command: Any) -> Any:
    """A command with the options that describe a mail."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


@click.group("mail", cls=Commands)
def group() -> None:
    """Open pixels and links for your own mails."""


@group.command("open")
@click.argument("lines", type=click.File("rb"), required=False)
@_described
def open_(lines: BinaryIO | None, config: Path, json_: bool, **words: Any) -> None:
    """Make an open pixel: the element for the mail. Without --record all readers have the same, and it is only counted.

    With LINES (`-` for standard input) one is made for each line, a JSON object of the options' names; the options hold
    where a line says nothing. Exit code 1 where one could not be made; its line is {"error": …}.
    """
    _issue(OPEN, _office(config), _each(lines, words), json_ or lines is not None)


@group.command("link")
@click.argument("url")
@_described
def link(url: str, config: Path, json_: bool, **words: Any) -> None:
    """Make a link that leads to URL, whose host is one of mail.click_hosts.

    With `-` as URL one is made for each line of standard input, a JSON object of the options' names and `url`.
    """
    many = url == "-"
    _issue(
        CLICK,
        _office(config),
        _each(sys.stdin.buffer if many else None, words | ({} if many else {"url": url})),
        json_ or many,
    )


@group.command("show")
@click.argument("token")
@config_option
@json_option
def show(token: str, config: Path, json_: bool) -> None:
    """Tell what a pixel or link stands for, by its address or its token.

    Exit code 1 where it is none of this gateway's.
    """
    issuing = _office(config).issuing
    found = issuing.acceptance.tokens.open(token_in(urlsplit(token).path)[1] or token)
    if found is None:
        fail("no token of this gateway's")
    told = _told(found, issuing)
    click.echo(json.dumps(told) if json_ else "\n".join(f"{name:<9} {value}" for name, value in told.items()))


@group.command("key")
@config_option
@json_option
def key(config: Path, json_: bool) -> None:
    """Show the two keys with which a mailing system of yours makes tokens by itself.

    Keep them as secret as the root key: whoever has them can say that somebody agreed.
    """
    with well_configured():
        configured = load(config)
    keys = Keys(configured.roots[0])
    shown = {
        name: base64.b64encode(keys.derive(label)).decode() for name, label in (("token", KEY), ("subject", "subject"))
    }
    click.echo(json.dumps(shown) if json_ else "\n".join(f"{name:<8} {value}" for name, value in shown.items()))


def _office(config: Path) -> _Office:
    with well_configured():
        configured = load(config)
    settings, keys = configured.settings, Keys(configured.roots[0], configured.roots[1:])
    issuing = Issuing(
        acceptance(keys, settings.mail),
        tuple(settings.sites),
        frozenset(settings.mail.click_hosts),
        Subjects(keys.ring("subject")),
        len(configured.roots),
        time.time(),
    )
    return _Office(issuing, settings.sites)


def _each(lines: Iterable[bytes] | None, words: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | None]:
    """The words of each mail; None for a line that has none."""
    said = {name: value for name, value in words.items() if value is not None}
    if lines is None:
        yield said
        return
    for line in lines:
        try:
            own = parse(line)
        except NotJsonError:
            own = None
        yield said | own if isinstance(own, dict) else None


def _issue(act: str, office: _Office, mails: Iterable[Mapping[str, Any] | None], as_json: bool) -> None:
    wrong = False
    for words in mails:
        try:
            made = office.made(act, words) if words is not None else {"error": "not a JSON object"}
        except WrongWord as error:
            made = {"error": str(error)}
        wrong = wrong or "error" in made
        if as_json:
            click.echo(json.dumps(made))
        else:
            click.echo(made.get("html") or made.get("url") or made["error"], err="error" in made)
    sys.exit(1 if wrong else 0)


def _told(token: Token, issuing: Issuing) -> dict[str, Any]:
    """The contents with their times written out, and whether it counts now."""
    times = {name: datetime.fromtimestamp(getattr(token, name), UTC).isoformat() for name in ("sent", "expires")}
    granted = (_EPOCH + timedelta(token.granted)).isoformat() if token.granted else ""
    good = issuing.acceptance.is_timely(token, issuing.now) and issuing.acceptance.names(token)
    return {name: value for name, value in {**token._asdict(), **times, "granted": granted}.items() if value} | {
        "counts": good
    }
