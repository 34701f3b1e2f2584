"""Run a gateway's two listeners in one process until it is told to stop, and lose nothing when it is."""

import asyncio
import gc
import signal
from collections.abc import Mapping
from contextlib import suppress
from socket import socket

from gateway import __version__
from gateway.bootstrap.descriptors import affordable
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.places import Refreshing
from gateway.bootstrap.reload import Reloading
from gateway.settings.model import Listeners
from gateway.settings.role import Role
from gateway.telemetry import log
from gateway.web.dsr.operations import needed
from gateway.web.dsr.reading import MOST_BYTES as RIGHTS_BYTES
from gateway.web.explain import MOST_BYTES, PATH
from gateway.web.limits import Limits
from gateway.web.listener import Listener, bind
from gateway.web.opendsr import words as opendsr
from gateway.web.straight import Served

TICK_SECONDS = 30.0
_GARBAGE = 10_000  # objects: what waits for a commit is no garbage, and a busy store has thousands of them

_ADMIN_LIMITS = Limits(connections=64)


def _admin_body(path: str) -> int:
    """How many bytes a body of the admin listener may have."""
    # The routes themselves say what is too long, in their own words.
    if path == PATH:
        return 4 * MOST_BYTES
    return 2 * RIGHTS_BYTES if needed("POST", path) or opendsr.scope_of("POST", path) else 0


class Sockets:
    """What the processes of one start listen on, all bound at once, so that a port that is taken is told early: one
    public socket, which a worker has not, and an admin socket for each process, at one port after the other."""

    def __init__(self, listeners: Listeners, role: Role, processes: int = 1) -> None:
        self._bound: list[socket] = []
        try:
            self._public = self._bind(*listeners.public) if role.collects else None
            host, port = listeners.admin
            self._admin = [self._bind(host, port + number if port else 0) for number in range(processes)]
        except BaseException:
            self.close()
            raise

    def of(self, process: int) -> dict[str, socket]:
        """Those of one process, by the name of the listener."""
        return {**({"public": self._public} if self._public else {}), "admin": self._admin[process]}

    def close(self) -> None:
        """Let go of them."""
        for bound in self._bound:
            bound.close()

    def _bind(self, host: str, port: int) -> socket:
        self._bound.append(bind(host, port))
        return self._bound[-1]


class Serving:
    """The listeners of one gateway in its role."""

    def __init__(self, gateway: Gateway, sockets: Mapping[str, socket]) -> None:
        self._gateway = gateway
        settings = gateway.plan.configured.settings
        self._drain = settings.delivery.drain
        self._limits = affordable(settings.limits)
        self._sockets = sockets
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

    def end(self) -> None:
        """Begin to stop, however often it is asked: whoever started this process is stopping, or is gone."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until `stop`. Readiness goes first, then new connections, then what is in flight, then the worker."""
        gateway = self._gateway
        await gateway.start()
        await self._begin()
        log("started", version=__version__, role=gateway.role)
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
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        for task in background:
            task.cancel()
        stopping.cancel()
        await gateway.stop()
        log("stopped")
        for end in ends:
            if end is not None:  # a listener that broke is told when nothing is left to lose
                raise end

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
        log("listening", listener=name, address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
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


async def serve(gateway: Gateway, sockets: Mapping[str, socket], lifeline: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until the other end of the pipe `lifeline` is closed; SIGHUP has the policy
    looked at."""
    serving = Serving(gateway, sockets)
    loop = asyncio.get_running_loop()
    if lifeline is not None:
        loop.add_reader(lifeline, _ended, serving, lifeline)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.stop)
    loop.add_signal_handler(signal.SIGHUP, serving.reload)
    await serving.run()


def _ended(serving: Serving, lifeline: int) -> None:
    asyncio.get_running_loop().remove_reader(lifeline)
    serving.end()
