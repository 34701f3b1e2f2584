"""What is measured in turns: the gateway by engine and number of processes, and what stands beside it for comparison."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench import traffic
from tests.blackbox.destination import Destination
from tests.blackbox.running import HOST, Gateway, free_port
from tests.store.servers import Server

START_SECONDS = 20

_NGINX = """\
daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log {directory}/access.log combined;
  client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
  uwsgi_temp_path {directory}; scgi_temp_path {directory};
  keepalive_requests 1000000;
  server {{ listen {host}:{port}; location / {{ empty_gif; }} }}
}}
"""


class Contestant(NamedTuple):
    """Something that answers hits: where, by which processes, and how to wait until what it owes is done. `cookie` is
    that of a visitor who agreed to everything there."""

    name: str
    ports: tuple[int, ...]
    pids: tuple[int, ...]
    cookie: str = ""
    settle: Callable[[], None] = lambda: None


@contextmanager
def module(name: str, title: str) -> Iterator[Contestant]:
    """A server that is a module of the bench."""
    port = free_port()
    with _running(title, port, [sys.executable, "-m", f"tests.bench.{name}", str(port)]) as contestant:
        yield contestant


@contextmanager
def nginx() -> Iterator[Contestant]:
    """nginx with `empty_gif` and an access log, one process. FileNotFoundError where it is not installed."""
    binary = shutil.which("nginx")
    if binary is None:
        raise FileNotFoundError("nginx is not installed")
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "nginx.conf"
        config.write_text(_NGINX.format(directory=directory, host=HOST, port=port))
        command = [binary, "-p", directory, "-c", str(config), "-e", f"{directory}/error.log"]
        with _running("nginx empty_gif with its access log", port, command) as contestant:
            yield contestant


@contextmanager
def gateway(
    title: str, *, processes: int = 1, server: Server | None = None, role: str = "collector"
) -> Iterator[Contestant]:
    """Gateways with the shipped shop policy, on one Redis where there is one, apart from those of others there."""
    with ExitStack() as stack:
        vendor = stack.enter_context(Destination())
        both = {"meta": vendor, "hook": vendor}
        shared = {"store": {"url": server.url, "prefix": f"gw{processes}"}} if server else {}
        settings = traffic.settings(vendor) | shared
        started: list[Gateway] = []
        for _ in range(processes):
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if started:  # one installation has one root key
                shutil.copy(started[0].config.parent / "root.key", directory)
            started.append(stack.enter_context(Gateway(directory, both, settings, traffic.policy(), role=role)))
        ports, pids = tuple(each.port for each in started), tuple(each.pid for each in started)
        settle = started[0].drain if role == "all" else lambda: None
        yield Contestant(title, ports, pids, traffic.agree(started[0]), settle)


@contextmanager
def _running(title: str, port: int, command: list[str]) -> Iterator[Contestant]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not traffic.answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"bench: {title} did not start")
            time.sleep(0.05)
        yield Contestant(title, (port,), (process.pid,))
    finally:
        process.terminate()
        process.wait(10)
