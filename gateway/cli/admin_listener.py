"""Ask a running gateway at its admin listener."""

import http.client
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import click

from gateway.settings.read import load_settings
from gateway.settings.scalars import Address

SECONDS = 30.0


class Reply(NamedTuple):
    """The status of an answer, and its text."""

    status: int
    text: str


def ask(address: Address, method: str, path: str, *, seconds: float = SECONDS, key: str = "") -> Reply:
    """The answer to one request, asked with an API key where there is one. OSError or http.client.HTTPException where
    there is none in `seconds`."""
    host, port = address
    with closing(http.client.HTTPConnection(_here(host), port, timeout=seconds)) as connection:
        connection.request(method, path, headers={"Authorization": f"Bearer {key}"} if key else {})
        answer = connection.getresponse()
        return Reply(answer.status, answer.read().decode("utf-8", "replace"))


def address_of(at: str | None, config: Path) -> Address:
    """The admin listener that `--at` names, else that of the operator's file."""
    if at is None:
        return load_settings(config).listeners.admin  # a role may not be able to read every secret
    host, _, port = at.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise click.BadParameter("HOST:PORT, such as 127.0.0.1:9090", param_hint="--at")
    return Address(host.strip("[]"), int(port))


def _here(host: str) -> str:
    """Where a listener can be reached from here that is bound to every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  nothing is bound here
