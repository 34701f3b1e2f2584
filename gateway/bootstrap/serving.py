"""Run a gateway's two listeners in one process until it is told to stop, and lose nothing when it is."""

import asyncio
import gc
import signal
from contextlib import suppress
from socket import socket

from gateway import __version__
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.places import Refreshing
from gateway.bootstrap.reload import Reloading
from gateway.telemetry import log
from gateway.web.explain import MOST_BYTES, PATH
from gateway.web.limits import Limits
from gateway.web.listener import Listener, bind
from gateway.web.straight import Served

TICK_SECONDS = 30.0
_GARBAGE = 10_000  # objects: what waits for a commit is no garbage, and a busy store has thousands of them

# What a process does. A collector takes hits and leaves their events in the store; a worker delivers what is there.
ROLES = ("all", "collector", "worker")
_ADMIN_LIMITS = Limits(connections=64)


def _admin_body(path: str) -> int:
    """How many bytes a body of the admin listener may have."""
    return 4 * MOST_BYTES if path == PATH else 0  # the route itself says what is too long, in its own words


class Serving:
    """The listeners of one gateway in its role; a worker has no public one.

    All sockets are bound at once, so that a port that is taken is told early.
    """

    def __init__(self, gateway: Gateway, role: str = "all") -> None:
        self._gateway = gateway
        self._role = role
        settings = gateway.plan.configured.settings
        self._drain = settings.delivery.drain
        self._limits = settings.limits
        addresses = {"public": settings.listeners.public, "admin": settings.listeners.admin}
        self._sockets: dict[str, socket] = {}
        try:
            for name in ("admin",) if role == "worker" else ("public", "admin"):
                self._sockets[name] = bind(*addresses[name])
        except BaseException:
            self._close()
            raise
        self._reloading = Reloading(gateway)
        plan = gateway.plan
        self._placing = Refreshing(plan.configured, plan.databases, lambda error: gateway.fault("places", error))
        self._stop = asyncio.Event()
        self._now = asyncio.Event()

    def stop(self) -> None:
        """Begin to stop; asked a second time, without the wait for load balancers."""
        if self._stop.is_set():
            self._now.set()
        self._stop.set()

    async def run(self) -> None:
        """Serve until `stop`. Readiness goes first, then new connections, then what is in flight, then the worker."""
        gateway = self._gateway
        await gateway.start(deliver=self._role != "collector")
        await self._begin()
        log("started", version=__version__, role=self._role)
        # What is there now stays: policies, manifests, tables. The collector of garbage need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GARBAGE)
        listeners = [self._listener(name, bound) for name, bound in self._sockets.items()]
        tasks = [asyncio.create_task(listener.run_until_stopped()) for listener in listeners]
        runs = (self._tick(), self._reloading.run(), self._placing.run())
        background = [asyncio.create_task(each) for each in runs]
        gateway.telemetry.gauge(
            "gateway_connections",
            lambda: [((name,), each.connections) for name, each in zip(self._sockets, listeners, strict=True)],
        )
        log("ready")
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        gateway.draining = True
        log("draining", seconds=float(self._drain))
        for listener in listeners:
            listener.wind_down()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._now.wait(), self._drain)
        for listener in listeners:
            listener.should_exit = True
        await asyncio.gather(*tasks)
        for task in background:
            task.cancel()
        stopping.cancel()
        await gateway.stop()
        log("stopped")

    def reload(self) -> None:
        """Look at once whether the policy has changed."""
        self._reloading.kick()

    async def _begin(self) -> None:
        """Have the first policy put in force, or let go of what was opened."""
        try:
            await self._reloading.begin()
        except BaseException:
            self._close()
            await self._gateway.stop()
            raise

    def _close(self) -> None:
        for bound in self._sockets.values():
            bound.close()

    def _listener(self, name: str, bound: socket) -> Listener:
        gateway = self._gateway
        host, port = bound.getsockname()[:2]
        log("listening", listener=name, address=f"{host}:{port}")
        if name == "public":
            return Listener(gateway.public.served, bound, self._limits, gateway.refused)
        return Listener(Served(gateway.admin, _admin_body), bound, _ADMIN_LIMITS, gateway.refused)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self._gateway.tick()
            except Exception as error:  # noqa: BLE001 - a fault ends one tick, never the ticking
                self._gateway.fault("salt", error)


async def serve(gateway: Gateway, role: str) -> None:
    """Serve in one of the `ROLES` until SIGTERM or SIGINT; SIGHUP has the policy looked at."""
    serving = Serving(gateway, role)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.stop)
    loop.add_signal_handler(signal.SIGHUP, serving.reload)
    await serving.run()
