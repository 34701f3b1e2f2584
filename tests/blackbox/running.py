"""Start a real gateway on free ports with a directory of its own, speak to it, and end it by its process id."""

import base64
import http.client
import itertools
import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from gateway.bootstrap.machine import local_key, read_keys
from tests.blackbox.destination import Destination
from tests.blackbox.reconcile import balance
from tests.bootstrap.configuration import write_vendors_key

HOST = "127.0.0.1"
SITE = "shop.example"
ACCOUNT = "1234567890"
COUNTRY_HEADER = "X-Country"
PURPOSES = ("ads", "insight")
ROOT = Path(__file__).parents[2]
BYTECODE = ROOT / "build" / "bytecode"
START_SECONDS = 60
STOP_SECONDS = 40
DRAIN_SECONDS = 60

# Every purpose needs a yes, both opt-out signals refuse everything, and addresses and identifiers never leave.
POLICY = """\
policy: 1
name: battery
extends: packs/baseline-2026.11.yaml
unknown_region: strictest

purposes:
  ads: {label: Showing our ads elsewhere, family: advertising, sale_or_share: true, profile: plain}
  insight: {label: Understanding use, family: analytics, profile: plain}

profiles:
  plain: {ip: drop, user_agent: drop, referrer: drop, url: path, id: drop, time: day, geo: drop}

regions:
  de:
    match: [DE]
    basis: {ads: opt_in, insight: opt_in}

signals:
  trust:
    - {source: gateway_receipt}
  gpc: {refuses: [sale_or_share, insight], override: never}
  dnt: {refuses: [everything_else], override: never}

destinations:
  meta:
    party: third
    controller_country: US
    events: {page_view: [ads], purchase: [ads]}
    fields: [event.name, event.id, event.time, page.url, order.id, order.value, order.currency]
  hook:
    party: processor
    controller_country: DE
    events: {page_view: [insight], purchase: [insight]}
    fields: [event.name, event.id, event.time, page.url, order.id, order.value, order.currency]
"""


# Everything but the listeners and the endpoints. Relative paths are seen from the file's own directory.
SETTINGS: Mapping[str, Any] = {
    "data_dir": "data",
    "policy": "policy.yaml",
    "sites": {"shop": [SITE]},
    "trusted_proxies": [HOST],
    "edge": {"country": COUNTRY_HEADER},
    "keys": {"root": {"file": "root.key"}, "vendors": {"file": "vendors.key"}},
    "log_level": "debug",
    "delivery": {"drain": "1s"},
}
DESTINATIONS: Mapping[str, Mapping[str, Any]] = {
    "meta": {
        "vendor": "meta",
        "sources": ["meta_pixel"],
        "settings": {"pixel_id": ACCOUNT},
        "secrets": {"access_token": "battery"},
        "allow_loopback": True,
    },
    "hook": {
        "vendor": "webhook",
        "sources": ["events", "segment_pixel", "shopify_pixel", "magento_events"],
        "settings": {"url": "https://hook.example/in"},
        "secrets": {"signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        "allow_loopback": True,
    },
}


class Answer(NamedTuple):
    """One HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Gateway:
    """`gateway serve`, configured in `directory`, delivering to `destinations` by name.

    A context manager that starts it and leaves nothing running. `settings` are laid over the configuration, `policy`
    replaces the battery's.
    """

    def __init__(
        self,
        directory: Path,
        destinations: Mapping[str, Destination],
        settings: Mapping[str, Any] | None = None,
        policy: str = POLICY,
        role: str = "all",
        environment: Mapping[str, str] | None = None,
        workers: int = 1,
    ) -> None:
        self.data = directory / "data"
        self.log = directory / "gateway.log"
        self.port, self.admin_port = free_port(), free_ports(workers)
        endpoints = {name: destination.url for name, destination in destinations.items()}
        listeners = {"public": f"{HOST}:{self.port}", "admin": f"{HOST}:{self.admin_port}"}
        self.config = configure(directory, endpoints, {"listeners": listeners, **(settings or {})}, policy)
        self._role, self._workers = role, workers
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Gateway":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def memory(self, name: str = "VmHWM") -> int:
        """The bytes that the process has in memory (`VmRSS`), or the most it ever had."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))

    def start(self) -> None:
        """Return when it is ready. RuntimeError with the end of its log where it is not in time."""
        self.spawn()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._running():
            with suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/readyz", port=self.admin_port).status == 200:
                    return
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"the gateway did not become ready:\n{self.log.read_text()[-2000:]}")

    def spawn(self) -> None:
        """Start the process, in a group of its own, and wait for nothing."""
        command = [sys.executable, "-m", "gateway", "serve", "--config", str(self.config), "--role", self._role]
        command += ["--workers", str(self._workers)] if self._workers > 1 else []
        # A start that has to compile every module first would measure the compiler, not the gateway.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": str(BYTECODE), **self._environment}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL for the whole group, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the group, if it is still there."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def wait(self) -> int:
        """The exit code; TimeoutExpired where it does not end."""
        return self._process.wait(STOP_SECONDS) if self._process is not None else 0

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        port: int | None = None,
    ) -> Answer:
        """One request, to the public listener unless `port` says otherwise; to the admin listener with the machine's key."""
        with closing(http.client.HTTPConnection(HOST, port or self.port, timeout=30)) as connection:
            host = SITE if port is None else HOST
            key = self._key() if port == self.admin_port and target.startswith("/v1/") else {}
            connection.request(method, target, body, {"Host": host, **key, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {local_key(read_keys(self.data))}"}

    def metrics(self, process: int = 0) -> dict[str, float]:
        """Every sample of a process' /metrics, by its name with its labels."""
        lines = self.ask("GET", "/metrics", port=self.admin_port + process).body.decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}

    def waiting(self) -> int:
        """How many events are queued, over all destinations."""
        depths = [value for name, value in self.metrics().items() if name.startswith("gateway_queue_events{")]
        if not depths:
            raise RuntimeError("the store does not tell how many events are queued")
        return int(sum(depths))

    def drain(self, *, repeating: bool = False) -> None:
        """Wait until nothing is queued and the books of the process add up. TimeoutError where they do not, or where for
        some time there are no fewer events than before.

        `repeating`: ids were sent more than once. Such an event is permitted each time, and queued once.
        """
        deadline, fewest = time.monotonic() + DRAIN_SECONDS, float("inf")
        while (left := self.waiting()) > 0:
            if left < fewest:
                deadline, fewest = time.monotonic() + DRAIN_SECONDS, left
            if time.monotonic() > deadline:
                raise TimeoutError(f"{left} events are still queued")
            time.sleep(0.1)
        while left := {name: more for name, more in balance(self.metrics()).items() if more < 0 or not repeating}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the books do not add up: {left}")
            time.sleep(0.1)

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None


def configure(directory: Path, endpoints: Mapping[str, str], settings: Mapping[str, Any], policy: str = POLICY) -> Path:
    """Write a whole configuration into `directory`: policy, root key, operator's file. The path of the last."""
    (directory / "policy.yaml").write_text(policy)
    root = directory / "root.key"
    if not root.exists():
        root.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        root.chmod(0o600)
    write_vendors_key(root)
    connected = {name: {**each, "endpoint": endpoints[name]} for name, each in DESTINATIONS.items()}
    config = directory / "gateway.yaml"
    config.write_text(json.dumps({**SETTINGS, "destinations": connected, **settings}))
    return config


def choose(gateway: Gateway, yes: tuple[str, ...] = (), cookie: str = "") -> str:
    """Answer for every purpose of the battery's policy, as a page of the site would; return the cookie."""
    choices = {purpose: purpose in yes for purpose in PURPOSES}
    headers = {"Content-Type": "application/json", **same_origin(), **({"Cookie": cookie} if cookie else {})}
    answer = gateway.ask("POST", "/consent", headers, json.dumps({"purposes": choices}).encode())
    assert 200 <= answer.status < 300, answer
    match = re.match(r"__Host-consent=[^;]+", answer.headers["Set-Cookie"])
    assert match is not None, answer.headers
    return match[0]


def same_origin() -> dict[str, str]:
    """What a browser adds to a request of the site's own page."""
    return {"Origin": f"https://{SITE}", "Sec-Fetch-Site": "same-origin", COUNTRY_HEADER: "DE"}


def free_port() -> int:
    return free_ports(1)


def free_ports(number: int) -> int:
    """The first of so many free ports behind one another. No process of the tests is given another's."""
    while True:
        ports = [next(_PORTS) for _ in range(number)]
        with suppress(OSError), ExitStack() as stack:
            for port in ports:
                stack.enter_context(closing(socket.create_server((HOST, port))))
            if ports[-1] - ports[0] == number - 1:
                return ports[0]


def _ports() -> Iterator[int]:
    """The ports of this process of the tests, in turn: below those that connections get, or one of them takes a port
    before the gateway does."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    each = 20_000 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    begin = random.randrange(each)  # others may run the tests on this machine too
    return (12_000 + number * each + at % each for at in itertools.count(begin))


_PORTS = _ports()
