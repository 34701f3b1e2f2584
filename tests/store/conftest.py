"""The engines that the contract is tested on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.blackbox.running import free_port
from tests.store.making import Kept, KeptInRedis, KeptInSqlite
from tests.store.servers import Server, binaries


@pytest.fixture(scope="session", params=["sqlite", "cluster", *binaries()])
def engine(request, tmp_path_factory) -> Iterator[Callable[[Path], Kept]]:
    """What makes an empty store of each engine in turn."""
    if request.param == "sqlite":
        yield KeptInSqlite
        return
    # Without a port of its own the cluster's bus takes one ten thousand higher, where connections have theirs.
    bus = {"cluster-enabled": "yes", "cluster-port": str(free_port())}
    clustered = bus if request.param == "cluster" else {}
    binary = binaries()["valkey" if clustered else request.param]
    with Server(tmp_path_factory.mktemp(request.param), binary, clustered) as server:
        if clustered:
            server.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
            server.until(lambda: b"cluster_state:ok" in server.ask("CLUSTER", "INFO"))
        yield lambda directory: KeptInRedis(server, clustered=bool(clustered))


@pytest.fixture
def kept(engine, tmp_path) -> Kept:
    """An empty store that may be opened again and again."""
    return engine(tmp_path / "data")
