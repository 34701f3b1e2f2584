import asyncio
import time
from ipaddress import ip_address

import pytest

from gateway.bootstrap.places import Refreshing
from gateway.bootstrap.plan import read_plan
from gateway.region.build import Range, pack
from tests.bootstrap.configuration import GATEWAY, write

TODAY = int(time.time() // 86_400)
ADDRESS = ip_address("93.184.216.34")


def table(country):
    return pack([Range(4, int(ADDRESS), int(ADDRESS), country)], TODAY, "made up")


@pytest.fixture
def watched(tmp_path):
    """A table of the operator's that says France, and who keeps the plan in step with it."""
    path = tmp_path / "own.xz"
    path.write_bytes(table("FR"))
    plan = read_plan(write(tmp_path, f"{GATEWAY}geo: {{table: own.xz}}\n"))
    return path, plan, Refreshing(plan.configured, plan.databases, [].append)


def placed(plan):
    return plan.databases.beside(None, lambda: ADDRESS, TODAY * 86_400.0)


def looks(refreshing, times):
    async def looking():
        for _ in range(times):
            await refreshing.look()

    asyncio.run(looking())


def replaced(path, data):
    beside = path.with_suffix(".new")
    beside.write_bytes(data)
    beside.replace(path)


def test_a_new_table_is_taken_once_it_holds_still(watched):
    path, plan, refreshing = watched
    looks(refreshing, 2)
    assert placed(plan) == ("FR",)
    replaced(path, table("NO"))
    looks(refreshing, 1)
    assert placed(plan) == ("FR",)
    looks(refreshing, 1)
    assert placed(plan) == ("NO",)


def test_what_cannot_be_used_changes_nothing_and_is_told_once(watched, caplog):
    path, plan, refreshing = watched
    replaced(path, b"half a table")
    looks(refreshing, 4)
    assert placed(plan) == ("FR",)
    assert [record.gateway["code"] for record in caplog.records if record.message == "finding"] == ["G060"]
    replaced(path, table("DE"))
    looks(refreshing, 2)
    assert placed(plan) == ("DE",)


def test_a_file_that_goes_away_changes_nothing(watched):
    path, plan, refreshing = watched
    path.unlink()
    looks(refreshing, 3)
    assert placed(plan) == ("FR",)


def test_a_link_that_points_elsewhere_is_a_new_file(watched, tmp_path):
    path, plan, refreshing = watched
    (tmp_path / "two.xz").write_bytes(table("SE"))
    path.unlink()
    path.symlink_to("two.xz")
    looks(refreshing, 2)
    assert placed(plan) == ("SE",)


def test_without_files_of_the_operators_there_is_nothing_to_look_at(tmp_path):
    plan = read_plan(write(tmp_path))
    asyncio.run(asyncio.wait_for(Refreshing(plan.configured, plan.databases, [].append).run(), 5))


def test_a_fault_is_told_and_ends_one_look_but_never_the_looking(tmp_path):
    path, faults = tmp_path / "own.xz", []
    path.write_bytes(table("FR"))
    plan = read_plan(write(tmp_path, f"{GATEWAY}geo: {{table: own.xz}}\nreload_every: 0.02\n"))
    refreshing = Refreshing(plan.configured, plan.databases, faults.append)

    async def act():
        looking = asyncio.create_task(refreshing.run())
        refreshing._seen, seen = {}, refreshing._seen
        async with asyncio.timeout(10):
            while not faults:
                await asyncio.sleep(0.01)
            refreshing._seen = seen
            replaced(path, table("NO"))
            while placed(plan) != ("NO",):
                await asyncio.sleep(0.01)
        looking.cancel()

    asyncio.run(act())
    assert {type(fault) for fault in faults} == {KeyError}
