import pytest

from gateway.settings.role import Role


@pytest.mark.parametrize(("role", "collects", "delivers"), [("all", 1, 1), ("collector", 1, 0), ("worker", 0, 1)])
def test_a_collector_meets_visitors_and_a_worker_vendors(role, collects, delivers):
    assert (Role(role).collects, Role(role).delivers) == (collects, delivers)
