"""A server of each kind, empty at the beginning of each test."""

import pytest

from tests.store.making import KeptInRedis
from tests.store.servers import Server, binaries


@pytest.fixture(scope="session", params=binaries())
def server(request, tmp_path_factory):
    with Server(tmp_path_factory.mktemp(request.param), binaries()[request.param]) as running:
        yield running


@pytest.fixture
def shared(server):
    return KeptInRedis(server)
