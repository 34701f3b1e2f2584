"""Whatever becomes of the server or the way to it: no event is kept twice, nobody waits for long, and nothing is lost."""

import asyncio
import statistics
import time
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.redis.address import parse
from gateway.store.redis.engine import Options, Outside, RedisStore
from gateway.store.redis.servers import Credentials, servers
from gateway.store.redis.spool import Spool
from gateway.store.sqlite.writer import Limits
from tests.store.faults import proxied
from tests.store.making import WRAPPING, KeptInRedis, event, ids
from tests.store.servers import Server

# What the server may take to answer, and what a put may take for it: a busy machine adds to that.
SECONDS = 2.0
MOST_SECONDS = 15.0


@asynccontextmanager
async def store_at(url, directory=None):
    spool = Spool(directory, WRAPPING, Limits(), time.time) if directory else None
    outside = Outside(servers(parse(url), Credentials(), SECONDS), WRAPPING, time.time, spool)
    store = RedisStore(outside, Options(seconds=SECONDS))
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def until(condition, seconds=30.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def put(store, *numbers):
    """How long it took, and whether it was kept."""
    began = time.monotonic()
    try:
        await store.put([event(number) for number in numbers])
    except StoreUnavailable:
        return time.monotonic() - began, False
    return time.monotonic() - began, True


async def all_ids(store):
    """The ids of everything that is queued, in the order in which it would be delivered."""
    return ids(await store.lease("ads", 5_000, 2_000, 60))


def test_a_lost_reply_makes_no_second_event(shared, server):
    async def use():
        async with proxied(server.url) as proxy, store_at(proxy.url) as store:
            await put(store, 0)
            proxy.cut = lambda number: number % 13 == 0
            kept = []
            for number in range(1, 200):
                await until(store.is_there)
                kept += [number] if (await put(store, number))[1] else []
            proxy.cut = lambda number: False
            await until(store.is_there)
            counts = Counter(fields[b"i"].decode() for _, fields in server.ask("XRANGE", "{gw:to:ads}:queue", "-", "+"))
            return kept, counts

    kept, counts = asyncio.run(use())
    assert len(kept) > 50
    assert set(counts.values()) == {1}
    assert {f"id-{number}" for number in kept} <= set(counts)


def test_cancelled_requests_get_nobody_elses_answer(shared, server):
    async def use():
        async with proxied(server.url) as proxy, store_at(proxy.url) as store:
            proxy.late = 0.01
            subjects = [f"{number:032x}" for number in range(200)]
            for number, subject in enumerate(subjects[::10]):
                await store.refuse(subject, None, 1_000 + number)
            tasks = [asyncio.create_task(store.refusals_of([subject])) for subject in subjects]
            await asyncio.sleep(0.02)
            for task in tasks[::3]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            proxy.late = 0.0
            await until(store.is_there)
            answers = {}
            for subject in subjects:
                answers |= await store.refusals_of([subject])
            return answers, subjects[::10]

    answers, refused = asyncio.run(use())
    assert {subject: refusal.at for subject, (refusal,) in answers.items()} == {
        subject: 1_000 + number for number, subject in enumerate(refused)
    }


@pytest.mark.parametrize("fault", ["stalled", "slow"])
def test_a_server_that_says_nothing_costs_one_wait_and_then_nobody_waits(shared, server, fault):
    async def use():
        async with proxied(server.url) as proxy, store_at(proxy.url) as store:
            await put(store, 0)
            if fault == "stalled":
                proxy.hold(True)
            else:
                proxy.late = 2 * SECONDS
            first = await asyncio.gather(*(put(store, number) for number in range(1, 50)))
            later = [await put(store, number) for number in range(50, 60)]
            tasks = len(asyncio.all_tasks())
            proxy.hold(False)
            proxy.late = 0.0
            await until(store.is_there)
            return first, later, tasks, await put(store, 99)

    first, later, tasks, after = asyncio.run(use())
    assert max(seconds for seconds, _ in first) < MOST_SECONDS
    assert statistics.median(seconds for seconds, _ in later) < SECONDS / 2
    assert not any(kept for _, kept in (*first, *later)) and after[1]
    assert tasks < 30


def test_what_a_server_cannot_take_is_kept_here_and_handed_over_the_oldest_first(tmp_path):
    async def use():
        async with store_at(server.url, tmp_path / "data") as store:
            await put(store, 0)
            server.kill()
            down = [await put(store, number) for number in range(1, 40)]
            aside = (await store.condition()).aside
            server.start()
            await until(lambda: store.is_there() and not store._spool.waiting)
            return down, aside, await all_ids(store)

    with Server(tmp_path / "server") as server:
        down, aside, names = asyncio.run(use())
    assert all(kept for _, kept in down) and max(seconds for seconds, _ in down) < MOST_SECONDS
    assert aside == 39
    assert names == [f"id-{number}" for number in range(40)]


def test_without_a_spool_a_server_that_is_down_is_told_at_once(tmp_path):
    async def use():
        async with store_at(server.url) as store:
            await put(store, 0)
            server.kill()
            return [await put(store, number) for number in range(1, 20)]

    with Server(tmp_path / "server") as server:
        down = asyncio.run(use())
    assert not any(kept for _, kept in down)
    assert statistics.median(seconds for seconds, _ in down) < SECONDS / 2


def test_what_nobody_knows_whether_it_was_taken_is_kept_aside_and_arrives_once(shared, server, tmp_path):
    async def use():
        async with proxied(server.url) as proxy, store_at(proxy.url, tmp_path / "data") as store:
            await put(store, 0)
            proxy.cut = lambda number: True
            unknown = [await put(store, number) for number in range(1, 30)]
            proxy.cut = lambda number: False
            await until(lambda: store.is_there() and not store._spool.waiting)
            return unknown, await all_ids(store)

    unknown, names = asyncio.run(use())
    assert all(kept for _, kept in unknown)
    assert sorted(names) == sorted(f"id-{number}" for number in range(30))


def test_a_full_server_costs_nothing_where_there_is_a_spool(shared, server, tmp_path):
    async def use():
        async with store_at(server.url, tmp_path / "data") as store:
            server.ask("CONFIG", "SET", "maxmemory", "1")
            try:
                full = await put(store, 1)
                aside = store._spool.waiting
            finally:
                server.ask("CONFIG", "SET", "maxmemory", "0")
            await until(lambda: not store._spool.waiting)
            return full[1], aside, await all_ids(store)

    assert asyncio.run(use()) == (True, 1, ["id-1"])


class Taking:
    """A shared store that takes everything, and notes what."""

    def __init__(self):
        self.ids = []

    async def append(self, rows):
        self.ids += [row.id for row in rows]

    def is_there(self):
        return True

    async def erased(self):
        return {}

    async def link(self, pairs, at):
        raise AssertionError("there are no links")

    def gone(self, destination, number):
        raise AssertionError("nobody was erased")


def test_what_is_put_aside_while_the_last_of_it_is_handed_over_is_handed_over_too(tmp_path):
    async def use():
        spool, shared, empty = Spool(tmp_path, WRAPPING, Limits(), time.time), Taking(), []
        await spool.open()
        await spool.put([event(1)])
        depths = spool._store.depths

        async def late():
            found = await depths()
            if not found and len(empty) < 2:
                empty.append(found)
                if len(empty) == 2:  # the look after everything was handed over
                    await spool.put([event(2)])
            return found

        spool._store.depths = late
        running = asyncio.create_task(spool.run(shared))
        try:
            await until(lambda: len(shared.ids) == 2)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await spool.close()
        return shared.ids

    assert asyncio.run(use()) == ["id-1", "id-2"]


def test_who_is_erased_while_what_a_process_left_aside_is_handed_over_is_erased_there_too(tmp_path):
    subject, other = "f" * 32, "e" * 32

    class Erasing(Taking):
        async def append(self, rows):
            await super().append(rows)
            if len(self.ids) == 1:
                await spool.erase([subject], 0)

    async def use():
        await spool.open()
        left = Spool(tmp_path, WRAPPING, Limits(), time.time)
        await left.open()
        await left.put([event(1), event(2, "later", subject=subject), event(3, "later", subject=other)])
        await left.close()
        shared, gone = Erasing(), []
        spool.gone = lambda destination, number: gone.append((destination, number))
        running = asyncio.create_task(spool.run(shared))
        try:
            await until(lambda: "id-3" in shared.ids)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await spool.close()
        return shared.ids, gone

    spool = Spool(tmp_path, WRAPPING, Limits(), time.time)
    assert asyncio.run(use()) == (["id-1", "id-3"], [("later", 1)])


def test_what_a_process_left_aside_is_handed_over_by_the_next(tmp_path):
    async def use(numbers, down):
        first, second = (
            Spool(tmp_path / "data", WRAPPING, Limits(), time.time),
            Spool(tmp_path / "data", WRAPPING, Limits(), time.time),
        )
        await first.open()
        await second.open()
        await second.put([event(number) for number in numbers])
        await first.close()
        await second.close()
        async with store_at(down.url, tmp_path / "data") as store:
            names: list[str] = []
            async with asyncio.timeout(30):
                while len(names) < len(numbers):
                    names += await all_ids(store)
                    await asyncio.sleep(0.05)
            return names

    with Server(tmp_path / "server") as server:
        assert asyncio.run(use([1, 2, 3], server)) == ["id-1", "id-2", "id-3"]


def test_a_withdrawal_is_promised_only_where_every_replica_will_see_it(tmp_path):
    async def use():
        async with store_at(server.url, tmp_path / "data") as store:
            server.kill()
            with pytest.raises(StoreUnavailable):
                await store.refuse("f" * 32, None, 1_000)

    with Server(tmp_path / "server") as server:
        asyncio.run(use())


def test_a_store_opens_while_the_server_is_away_and_uses_it_when_it_comes(tmp_path):
    async def use():
        server = Server(tmp_path / "server")
        async with store_at(server.url, tmp_path / "data") as store:
            before = await store.condition()
            await put(store, 1)
            with server:
                await until(lambda: store.is_there() and not store._spool.waiting)
                return before, await all_ids(store)

    before, names = asyncio.run(use())
    assert (before.durability, before.sound, names) == ("none", True, ["id-1"])
    assert before.why


def test_a_restart_of_the_server_is_not_noticed(tmp_path):
    async def use():
        async with store_at(server.url) as store:
            first = await asyncio.gather(*(put(store, number) for number in range(10)))
            server.kill()
            server.start()
            second = [await put(store, number) for number in range(10, 20)]
            return [kept for _, kept in (*first, *second)], sorted(await all_ids(store))

    with Server(tmp_path / "server") as server:
        kept, names = asyncio.run(use())
    assert all(kept[:10])
    assert names == sorted(f"id-{number}" for number, good in enumerate(kept) if good)


def test_acknowledged_events_survive_the_kill_of_the_server(tmp_path):
    async def use():
        async with store_at(server.url) as store:
            waiting = [asyncio.create_task(put(store, number)) for number in range(2_000)]
            await asyncio.sleep(0.02)
            server.kill()
            answers = await asyncio.gather(*waiting)
            server.start()
            await until(store.is_there)
            return {f"id-{number}" for number, (_, kept) in enumerate(answers) if kept}, set(await all_ids(store))

    with Server(tmp_path / "server") as server:
        kept, names = asyncio.run(use())
    assert kept <= names


def test_an_address_without_a_server_costs_no_more_than_one_that_is_silent():
    async def use():
        async with store_at(KeptInRedis.at("redis://127.0.0.1:1/0").url) as store:
            return await put(store, 1)

    seconds, kept = asyncio.run(use())
    assert not kept and seconds < MOST_SECONDS


def test_what_becomes_of_events_while_the_server_is_away_it_is_told_when_it_is_back(shared, server):
    async def use():
        async with proxied(server.url) as proxy, store_at(proxy.url) as store:
            await put(store, *range(6))
            delivered, bad, later, *rest = await store.lease("ads", 9, 2_000, 60)
            proxy.hold(True)
            await store.settle([delivered])
            await store.bury([bad], "rejected", 2_000)
            await store.retry([later], 1_900)
            await store.retry(rest, 9_000)
            proxy.hold(False)
            await until(lambda: store.is_there() and not store._owed)
            lent = await store.lease("ads", 9, 2_000, 60)
            return [(each.id, each.attempts) for each in lent], await store.buried(), await store.depths()

    lent, buried, ((_, waiting, _),) = asyncio.run(use())
    assert (lent, buried, waiting) == ([("id-2", 1)], {("ads", "rejected"): 1}, 4)


def test_what_a_server_refuses_to_be_told_is_told_again(shared, server):
    async def use():
        async with store_at(server.url) as store:
            await put(store, 1, 2)
            leases = await store.lease("ads", 9, 2_000, 60)
            server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
            try:
                await store.settle(leases[:1])
                owed = len(store._owed)
            finally:
                server.ask("CONFIG", "SET", "min-replicas-to-write", "0")
            await until(lambda: not store._owed)
            return owed, [depth.events for depth in await store.depths()]

    assert asyncio.run(use()) == (1, [1])
