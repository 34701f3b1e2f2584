"""Connections that take their time: they say nothing, or a byte a second of a head or a body, or read no answer.

`python -m tests.blackbox.slow` keeps 1,000 of them open for 120 s, opens each again when it is cut, and asks meanwhile as an
ordinary client does. It prints one JSON object and exits 1 where a figure is missed.
"""

import argparse
import asyncio
import json
import resource
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from tests.blackbox.destination import Destination
from tests.blackbox.running import HOST, SITE, Gateway

CUT_SECONDS = 10.0
P99_SECONDS = 0.1
MEMORY_MIB = 32.0
WARM = 200

_HEAD = f"GET /p.gif?name=page_view HTTP/1.1\r\nHost: {SITE}\r\n".encode()
_BODY = f"POST /e HTTP/1.1\r\nHost: {SITE}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n".encode()


async def _silent(speaking: socket.socket) -> None:
    """Say nothing at all, and wait for the end."""
    await asyncio.get_running_loop().sock_recv(speaking, 1)


async def _trickle(speaking: socket.socket, opening: bytes) -> None:
    """One byte a second, until the other side has had enough."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(speaking, opening)
    ended = asyncio.ensure_future(loop.sock_recv(speaking, 4096))
    while not ended.done():
        await loop.sock_sendall(speaking, b"a")
        await asyncio.wait([ended], timeout=1)
    await ended


async def _unread(speaking: socket.socket) -> None:
    """Ask and ask, and read no answer."""
    while True:
        await asyncio.get_running_loop().sock_sendall(speaking, (_HEAD + b"\r\n") * 500)


KINDS: Mapping[str, Callable[[socket.socket], Awaitable[None]]] = {
    "silent": _silent,
    "head": lambda speaking: _trickle(speaking, _HEAD + b"X: "),
    "body": lambda speaking: _trickle(speaking, _BODY),
    "unread": _unread,
}


class Outcome(NamedTuple):
    """The longest time until a connection of each kind was cut (seconds), how often that was, the answers and the 99th
    percentile of an ordinary client (seconds), and how much memory was taken beside (MiB)."""

    longest: dict[str, float]
    cuts: int
    statuses: dict[int, int]
    p99: float
    memory: float

    @property
    def reached(self) -> bool:
        """Whether every figure is."""
        return (
            max(self.longest.values()) <= CUT_SECONDS
            and self.p99 <= P99_SECONDS
            and self.memory <= MEMORY_MIB
            and set(self.statuses) == {200}
        )


class Attack:
    """`connections` of all kinds, held open against a port for some seconds."""

    def __init__(self, port: int, connections: int, seconds: float) -> None:
        self._port = port
        self._connections = connections
        self._seconds = seconds
        self.longest = dict.fromkeys(KINDS, 0.0)
        self.cuts = 0

    def run(self) -> None:
        """Return when the time is over and every connection that was open then has been cut."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        until = time.monotonic() + self._seconds
        kinds = list(KINDS)
        await asyncio.gather(*(self._again(kinds[number % len(kinds)], until) for number in range(self._connections)))

    async def _again(self, kind: str, until: float) -> None:
        while time.monotonic() < until:
            with socket.socket() as speaking:
                speaking.setblocking(False)
                speaking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                with suppress(ConnectionError):
                    await asyncio.get_running_loop().sock_connect(speaking, (HOST, self._port))
                    began = time.monotonic()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(KINDS[kind](speaking), 3 * CUT_SECONDS)
                    self._cut(kind, began)
                    continue
                self._cut(kind, began)

    def _cut(self, kind: str, began: float) -> None:
        self.longest[kind] = max(self.longest[kind], time.monotonic() - began)
        self.cuts += 1


def attacked(gateway: Gateway, connections: int, seconds: float) -> Outcome:
    """Hold the connections against a gateway, and be its ordinary client meanwhile."""
    attack = Attack(gateway.port, connections, seconds)
    for _ in range(WARM):  # what the first hits load stays
        gateway.ask("GET", "/p.gif?name=page_view")
    before = peak = gateway.memory("VmRSS")
    attacking = threading.Thread(target=attack.run)
    attacking.start()
    waits, statuses = [], {}
    while attacking.is_alive():
        began = time.monotonic()
        status = gateway.ask("GET", "/p.gif?name=page_view").status
        waits.append(time.monotonic() - began)
        statuses[status] = statuses.get(status, 0) + 1
        peak = max(peak, gateway.memory("VmRSS"))
        time.sleep(0.02)
    waits.sort()
    return Outcome(attack.longest, attack.cuts, statuses, waits[len(waits) * 99 // 100], (peak - before) / 2**20)


def main() -> int:
    """Run the battery; 0 where every figure is reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.blackbox.slow", description=__doc__)
    parser.add_argument("--connections", type=int, default=1000, help="how many are open at once (1000)")
    parser.add_argument("--seconds", type=float, default=120, help="for how long (120)")
    args = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        vendor = stack.enter_context(Destination())
        gateway = stack.enter_context(Gateway(directory, {"meta": vendor, "hook": vendor}, {"log_level": "warning"}))
        found = attacked(gateway, args.connections, args.seconds)
    print(json.dumps({**found._asdict(), "reached": found.reached}))
    return 0 if found.reached else 1


if __name__ == "__main__":
    sys.exit(main())
