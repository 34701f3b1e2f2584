"""Ask the API of rights at the admin listener of a running gateway, and end with its problem where it has one."""

import http.client
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import click

from gateway.bootstrap.machine import local_key, read_keys
from gateway.cli.admin_listener import Sent, exchange
from gateway.cli.findings import show as show_findings
from gateway.errors import ConfigurationError
from gateway.settings.read import load_settings

PATH = "/v1/dsr/requests"
_MOST = 200


class Listener:
    """The admin listener that a configuration names, asked with the machine's own key."""

    def __init__(self, config: Path) -> None:
        try:
            settings = load_settings(config)
        except ConfigurationError as error:
            show_findings(error.findings, as_json=False)
            sys.exit(1)
        self._address = settings.listeners.admin
        try:
            self._key = local_key(read_keys(config.parent / settings.data_dir))
        except (OSError, ValueError):
            self._key = ""

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What is answered in JSON."""
        sent = None if body is None else json.dumps(body).encode()
        answer: dict[str, Any] = json.loads(self._answer(Sent(method, path, headers or {}, sent)))
        return answer

    def fetch(self, path: str) -> bytes:
        """What is answered, as it is."""
        return self._answer(Sent("GET", path))

    def pages(self, filters: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
        """Every request that fits."""
        query = {name: value for name, value in filters.items() if value} | {"limit": str(_MOST)}
        while True:
            page = self.ask("GET", f"{PATH}?{urlencode(query)}")
            yield from page["items"]
            if not page["next_cursor"]:
                return
            query["cursor"] = page["next_cursor"]

    def _answer(self, sent: Sent) -> bytes:
        try:
            status, content = exchange(self._address, sent, key=self._key)
        except (OSError, http.client.HTTPException) as error:
            _fail(f"the gateway does not answer: {type(error).__name__}")
        if status == 401:
            _fail("the gateway does not believe that this is its machine: its data_dir holds the key that tells")
        if status >= 400:
            _fail(_problem(status, content))
        return content


def _problem(status: int, content: bytes) -> str:
    try:
        told = json.loads(content)
    except ValueError:
        return f"the gateway answers {status}"
    places = [f"{each['pointer'] or 'the body'}: {each['code']}" for each in told.get("errors", ())]
    slug = str(told.get("type", "")).rpartition(":")[2]
    return "\n    ".join([f"{told.get('title', status)} [{slug}]", *places])


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)
