"""A load generator of one process: a bounded number of requests over a few kept-alive connections.

`python -m tests.bench.load CONNECTIONS PORT…` reads one request after the other from standard input (length in decimal,
newline, bytes), sends them all, each connection its share in order and the ports in turns, and prints one JSON object with
the statuses and the seconds that it took.
"""

import asyncio
import collections
import json
import sys
import time
from typing import Any, cast

import uvloop

TIMEOUT = 60.0


class Connection(asyncio.Protocol):
    """Sends its requests one by one, each after the answer to the one before."""

    def __init__(self, requests: list[bytes], done: asyncio.Future[None], statuses: collections.Counter[str]) -> None:
        self.requests, self.done, self.statuses = requests, done, statuses
        self.sent = 0
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.next()

    def next(self) -> None:
        if self.sent == len(self.requests):
            self.done.set_result(None)
            self.transport.close()
            return
        self.transport.write(self.requests[self.sent])
        self.sent += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return
        self.statuses[head[9:12].decode()] += 1
        self.buffer = rest[length:]
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


async def send(ports: list[int], connections: int, requests: list[bytes]) -> dict[str, Any]:
    """Send all requests to 127.0.0.1; return how often each status came, and in how many seconds."""
    began, loop = time.perf_counter(), asyncio.get_running_loop()
    statuses: collections.Counter[str] = collections.Counter()
    waits = []
    for number in range(connections):
        share = requests[number::connections]
        if share:
            done: asyncio.Future[None] = loop.create_future()
            waits.append(done)
            await loop.create_connection(
                lambda s=share, d=done: Connection(s, d, statuses), "127.0.0.1", ports[number % len(ports)]
            )
    await asyncio.wait_for(asyncio.gather(*waits), TIMEOUT)
    return {"statuses": statuses, "seconds": time.perf_counter() - began}


def main() -> None:
    requests = []
    while line := sys.stdin.buffer.readline():
        requests.append(sys.stdin.buffer.read(int(line)))
    connections, *ports = map(int, sys.argv[1:])
    print(json.dumps(uvloop.run(send(ports, connections, requests))))


if __name__ == "__main__":
    main()
