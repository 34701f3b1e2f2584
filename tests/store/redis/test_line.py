import asyncio
import time

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.redis.address import parse
from gateway.store.redis.line import Line
from gateway.store.redis.servers import CONNECT_SECONDS, Credentials, servers

SECONDS = 0.1


def line():
    made = Line(servers(parse("redis://127.0.0.1:1"), Credentials(), SECONDS), SECONDS)
    made.open()
    return made


async def answered(after):
    """An answer that comes from elsewhere, and is read in a few steps."""
    await asyncio.to_thread(time.sleep, after)
    for _ in range(5):
        await asyncio.sleep(0)
    return "answer"


def test_a_process_that_was_busy_itself_does_not_take_the_server_for_silent(monkeypatch):
    monkeypatch.setattr("gateway.store.redis.line.GRACE_SECONDS", 20.0)  # for a thread that nobody lets run

    async def use():
        asked = line()
        asking = asyncio.create_task(asked.reach(lambda: answered(0.01), again=False))
        await asyncio.sleep(0)
        time.sleep(3 * SECONDS)  # the loop stands still
        return await asking, asked.why

    assert asyncio.run(use()) == ("answer", "")


def test_a_process_that_was_busy_while_it_connected_does_not_take_the_only_server_for_silent(server):
    async def use():
        patient = 10.0
        asked = Line(servers(parse(server.url), Credentials(), patient), patient)
        asking = asyncio.create_task(asked.reach(asked.servers.find, again=False))
        await asyncio.sleep(0)
        time.sleep(2 * CONNECT_SECONDS)
        try:
            await asking
        finally:
            await asked.servers.close()

    asyncio.run(use())


def test_whoever_does_not_answer_in_time_is_asked_no_more():
    async def use():
        asked, began = line(), time.monotonic()
        with pytest.raises(StoreUnavailable):
            await asked.reach(lambda: asyncio.sleep(60), again=False)
        return time.monotonic() - began, asked.why

    seconds, why = asyncio.run(use())
    assert SECONDS < seconds < 30 and why == "the server is away (TimeoutError)"
