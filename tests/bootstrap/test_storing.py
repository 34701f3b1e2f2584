import asyncio
import logging

from gateway.bootstrap.plan import read_plan
from gateway.bootstrap.storing import store_of
from tests.bootstrap.configuration import write


def test_a_damaged_file_is_told_in_the_log(tmp_path, caplog):
    plan = read_plan(write(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "events.db").write_bytes(b"no database at all" * 400)

    async def run():
        store = store_of(plan)
        await store.open()
        await store.close()

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    (line,) = [record for record in caplog.records if record.message == "quarantined"]
    assert line.gateway["file"].endswith("events.damaged-1.db")
    assert (line.gateway["count"], line.gateway["reason"]) == (0, "some of it could not be read")
