"""Ask a running gateway at its admin listener."""

import http.client
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import click

from gateway.bootstrap.machine import local_key, read_keys
from gateway.cli.ending import fail
from gateway.settings.read import load_settings
from gateway.settings.scalars import Address

SECONDS = 30.0


class Reply(NamedTuple):
    """The status of an answer, and its text."""

    status: int
    text: str


class Sent(NamedTuple):
    """A request; a body is JSON."""

    method: str
    path: str
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes | None = None


def ask(address: Address, method: str, path: str, *, seconds: float = SECONDS, key: str = "") -> Reply:
    """The answer to one request, asked with an API key where there is one. OSError or http.client.HTTPException where
    there is none in `seconds`."""
    status, content = exchange(address, Sent(method, path), seconds=seconds, key=key)
    return Reply(status, content.decode("utf-8", "replace"))


def exchange(address: Address, sent: Sent, *, seconds: float = SECONDS, key: str = "") -> tuple[int, bytes]:
    """The status and the bytes of the answer to a request. Raises what `ask` does."""
    host, port = address
    shown = {"Authorization": f"Bearer {key}"} if key else {}
    kind = {} if sent.body is None else {"Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(_here(host), port, timeout=seconds)) as connection:
        connection.request(sent.method, sent.path, sent.body, {**shown, **kind, **sent.headers})
        answer = connection.getresponse()
        return answer.status, answer.read()


def ask_as_machine(address: Address, data_dir: Path, sent: Sent) -> tuple[int, bytes]:
    """The status and the bytes of the answer to one who shows the key that this machine keeps in `data_dir`.

    ConnectionError or TimeoutError where no gateway runs. Ends the command where it says nothing that can be read, or
    does not believe the key.
    """
    try:
        status, content = exchange(address, sent, key=_machine_key(data_dir))
    except (ConnectionError, TimeoutError):
        raise
    except (OSError, http.client.HTTPException) as error:
        fail(f"the gateway does not answer: {type(error).__name__}")
    if status == 401:
        fail("the gateway does not believe that this is its machine: its data_dir holds the key that tells")
    return status, content


def address_of(at: str | None, config: Path) -> Address:
    """The admin listener that `--at` names, else that of the operator's file."""
    if at is None:
        return load_settings(config).listeners.admin  # a role may not be able to read every secret
    host, _, port = at.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise click.BadParameter("HOST:PORT, such as 127.0.0.1:9090", param_hint="--at")
    return Address(host.strip("[]"), int(port))


def _machine_key(data_dir: Path) -> str:
    """The machine's own; none where it cannot be read here."""
    try:
        return local_key(read_keys(data_dir))
    except (OSError, ValueError):
        return ""


def _here(host: str) -> str:
    """Where a listener can be reached from here that is bound to every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  nothing is bound here
