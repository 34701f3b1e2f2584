"""Ask the API of rights at the admin listener of a running gateway, and end with its problem where it has one."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from gateway.cli.admin_listener import Sent, ask_as_machine
from gateway.cli.ending import fail, well_configured
from gateway.settings.read import load_settings

PATH = "/v1/dsr/requests"
_MOST = 200
_CODE = re.compile(r"[a-z0-9]{4,32}")


class Listener:
    """The admin listener that a configuration names, asked with the machine's own key."""

    def __init__(self, config: Path) -> None:
        with well_configured():
            settings = load_settings(config)
        self._address = settings.listeners.admin
        self._data_dir = config.parent / settings.data_dir

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

    def place(self, name: str) -> str:
        """The path of a request that is named by its id, or by the code that the person has."""
        id = name.lower()
        if _CODE.fullmatch(id):
            found = [each["id"] for each in self.pages({"reference": id})]
            if len(found) != 1:
                fail(f"{len(found) or 'no'} requests have this code; `gateway dsr list` tells their ids")
            id = found[0]
        return f"{PATH}/{quote(id, safe='')}"

    def _answer(self, sent: Sent) -> bytes:
        try:
            status, content = ask_as_machine(self._address, self._data_dir, sent)
        except (ConnectionError, TimeoutError) as error:
            fail(f"the gateway does not answer: {type(error).__name__}")
        if status >= 400:
            fail(_problem(status, content))
        return content


def _problem(status: int, content: bytes) -> str:
    try:
        told = json.loads(content)
    except ValueError:
        return f"the gateway answers {status}"
    places = [f"{each['pointer'] or 'the body'}: {each['code']}" for each in told.get("errors", ())]
    slug = str(told.get("type", "")).rpartition(":")[2]
    detail = [told["detail"]] if told.get("detail") else []
    return "\n    ".join([f"{told.get('title', status)} [{slug}]", *detail, *places])
