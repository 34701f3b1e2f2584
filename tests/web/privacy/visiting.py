"""A whole gateway in this process, and browsers that visit its pages without a script."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import read_plan
from gateway.hit import Hit
from tests.bootstrap.configuration import GATEWAY, POLICY, write

HOST = "shop.example"
FRANCE = {"x-country": "FR"}
# Nobody listens there: what is for Meta waits.
AWAY = '"http://127.0.0.1:9"'
SETTINGS = f"{GATEWAY}    endpoint: {AWAY}\n    allow_loopback: true\nedge: {{country: X-Country}}\ntrusted_proxies: [127.0.0.1]\n"
# What Meta takes an event for.
CHOOSABLE = POLICY.replace(
    "fields: [event.name, event.id, order.value]",
    "fields: [event.name, event.id, event.time, page.url, order.id, order.value, order.currency]",
)


class Page(NamedTuple):
    """One answer: its status, its headers and its body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return next((value for each, value in self.headers if each == name), "")

    @property
    def cookies(self) -> list[str]:
        return [value for name, value in self.headers if name == "set-cookie"]

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.text)
        assert found, self.text
        return found[1]

    @property
    def action(self) -> str:
        found = re.search(r'<form method="post" action="([^"]+)"', self.text)
        assert found, self.text
        return found[1].replace("&amp;", "&")

    @property
    def addresses(self) -> list[str]:
        """Everything that the page refers to."""
        return Addresses.of(self.text)


class Addresses(HTMLParser):
    """Collects what a page refers to, whatever the attribute is called."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action", "srcset", "poster")]

    @classmethod
    def of(cls, text: str) -> list[str]:
        parser = cls()
        parser.feed(text)
        return parser.found


class Site:
    """The gateway of a site, in a loop of its own; a context manager."""

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        self.config = write(folder, settings, CHOOSABLE)
        self.data = folder / "data"

    def __enter__(self) -> "Site":
        self.runner = asyncio.Runner()
        self.runner.__enter__()
        self.gateway = Gateway(read_plan(self.config))
        self.runner.run(self.gateway.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.run(self.gateway.stop())
        self.runner.close()

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def until(self, holds: Callable[[], bool], seconds: float = 30.0) -> None:
        """Let everything go on until something holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it never came to that"
            self.run(asyncio.sleep(0.02))

    def ask(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> Page:
        """One request, as the listener would hand it on."""
        path, _, query = target.partition("?")
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers]
        fields: dict[bytes, list[bytes]] = {}
        for name, value in pairs:
            fields.setdefault(name, []).append(value)
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "root_path": "", "headers": pairs, "fields": fields, "scheme": "http", "client": ("127.0.0.1", 1),
            "extensions": {},
        }  # fmt: skip
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        self.run(self.gateway.public(scope, receive, send))
        answered = [(name.decode(), value.decode()) for name, value in messages[0]["headers"]]
        return Page(messages[0]["status"], answered, b"".join(message.get("body", b"") for message in messages[1:]))


class Browser:
    """Somebody who visits a site, and keeps its cookies."""

    def __init__(self, site: Site, **headers: str) -> None:
        self.site = site
        self.jar: dict[str, str] = {}
        self.headers = {**FRANCE, "accept-language": "en", **headers}

    def get(self, target: str) -> Page:
        return self._ask("GET", target, {})

    def post(self, target: str, token: str | None = None, **headers: str) -> Page:
        """Send a form, as a page of the site would; `headers` are laid over what a browser says of it."""
        body = b"" if token is None else urlencode({"token": token}).encode()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self._ask("POST", target, {**kind, **ours(), **_dashed(headers)}, body)

    def confirm(self, act: str) -> Page:
        """Ask for something and confirm it."""
        asked = self.get(f"/privacy/{act}")
        return self.post(asked.action, asked.token)

    def follow(self, page: Page) -> Page:
        assert page.status == 303, page
        return self.get(urljoin("/privacy", page.header("location")))

    def choose(self, **answers: bool) -> Page:
        body = json.dumps({"purposes": answers}).encode()
        return self._ask("POST", "/consent", {"content-type": "application/json", **ours()}, body)

    def buy(self) -> int:
        """A hit that is Meta's, where that was agreed to; how many events are queued now."""
        query = f"id=1234567890&ev=Purchase&eid={uuid4()}&cd[value]=9.99&cd[currency]=EUR"
        query += "&dl=https%3A%2F%2Fshop.example%2Fthanks"
        return self._collect("/g/meta_pixel/tr", query)

    def see(self) -> int:
        """A page view, which the site counts itself."""
        return self._collect("/p.gif", "name=page_view&page.url=https%3A%2F%2Fshop.example%2Fa")

    def _collect(self, path: str, query: str) -> int:
        pixel = "meta_pixel" if path.startswith("/g/") else "events"
        fields = {name.encode(): [value.encode()] for name, value in [*self._all({})]}
        hit = Hit(
            "GET", path.removeprefix("/g/meta_pixel"), query, fields, b"", "127.0.0.1", time.time(), "shop", pixel
        )
        return self.site.run(self.site.gateway.collector.collect(hit))

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Page:
        page = self.site.ask(method, target, [*self._all(headers)], body)
        for line in page.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.jar[name] = value
            if "Max-Age=0" in line:
                del self.jar[name]
        return page

    def _all(self, headers: dict[str, str]) -> list[tuple[str, str]]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        told = {"host": HOST, **self.headers, **({"cookie": cookie} if cookie else {}), **headers}
        return [(name, value) for name, value in told.items() if value]


def ours() -> dict[str, str]:
    return {"origin": f"https://{HOST}", "sec-fetch-site": "same-origin"}


def path_of(page: Page) -> str:
    return urlsplit(page.header("location")).path


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
