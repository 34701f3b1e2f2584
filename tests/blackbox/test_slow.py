import pytest

from tests.blackbox.destination import Destination
from tests.blackbox.running import Gateway
from tests.blackbox.slow import KINDS, MEMORY_MIB, attacked
from tests.measure import best

LIMIT = 1.5
LATE = 4.0  # seconds, for a machine that does much else at once


def quick(found):
    return all(found.longest[kind] < LIMIT + LATE for kind in KINDS) and found.p99 < 1 and found.memory <= MEMORY_MIB


@pytest.mark.alone
def test_connections_that_take_their_time_are_cut_and_cost_nobody_else_anything(tmp_path):
    limits = {"limits": {"head_seconds": LIMIT, "body_seconds": LIMIT}}
    with Destination() as vendor, Gateway(tmp_path, {"meta": vendor, "hook": vendor}, limits) as gateway:
        found = best(lambda number: attacked(gateway, connections=100, seconds=4), quick)
        refused = [name for name in gateway.metrics() if name.startswith("gateway_requests_refused_total")]
    assert found.cuts >= 100 and all(0 < found.longest[kind] < LIMIT + LATE for kind in KINDS), found
    assert set(found.statuses) == {200} and found.p99 < 1, found
    assert found.memory <= MEMORY_MIB, found
    assert any("slow_head" in name for name in refused) and any("slow_body" in name for name in refused)
