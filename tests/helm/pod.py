"""Start what a rendered pod would run, as a process of this machine with the files that the pod would mount."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.blackbox.running import HOST, STOP_SECONDS, free_port
from tests.helm.chart import PODS, Object, named
from tests.helm.files import written
from tests.house.tree import ROOT
from tests.store.servers import binaries

# A machine that does much else at once may take long; what has ended is not waited for.
READY_SECONDS = 120


@contextmanager
def valkey(configuration: Path) -> Iterator[int]:
    """A real server with a configuration that the chart wrote; its port is the only thing added."""
    port = free_port()
    process = subprocess.Popen(
        [binaries()["valkey"], configuration, "--port", str(port), "--bind", HOST, "--logfile", "/dev/null"]
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


class Pod:
    """A context manager that leaves nothing running. Only the ports are others than in the pod."""

    def __init__(
        self, folder: Path, objects: Sequence[Object], owner: str, store: Mapping[str, str] | None = None
    ) -> None:
        folder.mkdir()
        kind, _, name = owner.partition("/")
        pod = named(objects, kind, name)
        for step in PODS[kind]:
            pod = pod[step]
        (self._container,) = pod["spec"]["containers"]
        self._laid = written(folder, objects, owner, store)
        self._log = folder / "log"
        self._port, self._admin = free_port(), free_port()

    def __enter__(self) -> "Pod":
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")},
            **{each["name"]: each["value"] for each in self._container.get("env", [])},
            "GATEWAY_LISTENERS__PUBLIC": f"{HOST}:{self._port}",
            "GATEWAY_LISTENERS__ADMIN": f"{HOST}:{self._admin}",
        }
        line = [sys.executable, "-m", "gateway", *map(self._laid.moved, self._container["args"])]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                if set(self.probed().values()) == {200}:
                    return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError(f"the pod did not become ready:\n{self._log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def probed(self) -> dict[str, int]:
        """The answers to the pod's own probes, by their paths."""
        probes = [self._container[f"{each}Probe"]["httpGet"] for each in ("startup", "readiness", "liveness")]
        assert {probe["port"] for probe in probes} == {"admin"}
        return {probe["path"]: self._get(self._admin, probe["path"])[0] for probe in probes}

    def metrics(self) -> str:
        """The page of metrics."""
        return self._get(self._admin, "/metrics")[1]

    def hit(self, host: str) -> int:
        """The answer to a hit that nobody agreed to."""
        return self._get(self._port, "/p.gif?name=page_view", host)[0]

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def _get(self, port: int, path: str, host: str = HOST) -> tuple[int, str]:
        with closing(http.client.HTTPConnection(HOST, port, timeout=30)) as connection:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
