"""Run the whole demo in one process: a gateway, the stand-ins of its vendors, and the shop in front of both."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp

from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import read_plan
from gateway.demo.exhibit import Exhibit, Tap
from gateway.demo.files import CONNECTED, write
from gateway.demo.front import Front
from gateway.demo.upstream import Upstream
from gateway.demo.vendors import Vendors, answering
from gateway.web.limits import Limits
from gateway.web.listener import Listener, bind
from gateway.web.straight import Served

HOST = "127.0.0.1"
FORM_BYTES = 64 * 1024


class Demo(NamedTuple):
    """A demo that runs. `url` is the shop's."""

    url: str
    exhibit: Exhibit


@asynccontextmanager
async def running(port: int) -> AsyncIterator[Demo]:
    """Everything, on loopback, until the block ends; `port` 0 takes a free one. OSError where the port is taken."""
    bound = bind(HOST, port)
    bound.listen()
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder:
        vendors = Vendors([answering(name, connected.vendor) for name, connected in CONNECTED.items()])
        tap = Tap()
        plan = read_plan(write(Path(folder), {name: vendors.endpoint(name) for name in CONNECTED}))
        gateway = Gateway(plan, tap)
        inside = bind(HOST, 0)
        inside.listen()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False) as session:
            upstream = Upstream(session, f"http://{HOST}:{inside.getsockname()[1]}")
            exhibit = Exhibit(upstream, vendors, tap, plan.policy, _hosts(), gateway.today)
            limits = plan.configured.settings.limits
            listeners = [
                *vendors.listeners(),
                Listener(gateway.public.served, inside, limits, gateway.refused),
                Listener(Served(Front(exhibit), lambda path: FORM_BYTES), bound, Limits(), lambda word: None),
            ]
            await gateway.start()
            try:
                async with _served(listeners):
                    yield Demo(f"http://{HOST}:{bound.getsockname()[1]}", exhibit)
            finally:
                await gateway.stop()


def _hosts() -> Mapping[str, str]:
    return {name: connected.host for name, connected in CONNECTED.items()}


@asynccontextmanager
async def _served(listeners: list[Listener]) -> AsyncIterator[None]:
    """The listeners answer within this block; the last one, where people come in, closes first."""
    tasks = [asyncio.create_task(listener.run_until_stopped()) for listener in listeners]
    try:
        yield
    finally:
        for listener, task in zip(reversed(listeners), reversed(tasks), strict=True):
            listener.should_exit = True
            await task
