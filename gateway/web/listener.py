"""One listening socket, served by uvicorn under our guard until it is told to stop."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn

from gateway.web.crowd import guarded
from gateway.web.guard import Guard
from gateway.web.limits import Limits
from gateway.web.replies import lines
from gateway.web.straight import Served

GRACE_SECONDS = 5
BACKLOG = 2048
_SWEEP_SECONDS = 0.3  # uvicorn ticks ten times a second, and less often where there is much to do


class Listener(uvicorn.Server):
    """Serves on a bound socket. `refused` is told a word for each request the guard cuts off."""

    def __init__(self, served: Served, bound: socket.socket, limits: Limits, refused: Callable[[str], None]) -> None:
        self._protocol = guarded(limits, served, refused)
        super().__init__(
            uvicorn.Config(
                served.app,
                http=self._protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._bound = bound
        self._swept = 0.0

    async def run_until_stopped(self) -> None:
        """Serve until `should_exit` is set; then finish what is in flight."""
        await self.serve(sockets=[self._bound])
        for connection in self._guards():
            connection.give_up()

    def wind_down(self) -> None:
        """End each connection with its next answer, so that no client finds it closed under a request."""
        self._protocol.winding_down = True

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self.server_state.connections)

    async def on_tick(self, counter: int) -> bool:
        """uvicorn's own housekeeping, and ours: end the waits that took too long."""
        now = asyncio.get_running_loop().time()
        if now >= self._swept + _SWEEP_SECONDS:
            self._swept = now
            for connection in self._guards():
                connection.check(now)
        stopping = await super().on_tick(counter)
        self._protocol.dated = lines(self.server_state.default_headers)
        return stopping

    def _guards(self) -> list[Guard]:
        return [connection for connection in self.server_state.connections if isinstance(connection, Guard)]

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which has more than one listener."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at an address. OSError, which names it, where that is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)  # from here on, whoever connects waits instead of being turned away
    except OSError as error:
        bound.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return bound
