import pytest

from tests.web.edge import QUICK, Edge


@pytest.fixture(scope="module")
def shared():
    edge = Edge().start()
    yield edge
    edge.stop()


@pytest.fixture
def edge(shared):
    shared.collector.__init__()
    shared.refused.clear()
    shared.faults.clear()
    return shared


@pytest.fixture
def quick():
    """One that waits for nobody for long."""
    edge = Edge(QUICK).start()
    yield edge
    edge.stop()
