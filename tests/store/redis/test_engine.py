import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.protocols import Refusal
from gateway.store.redis import keeper
from gateway.store.redis.fitness import Wanted
from gateway.store.redis.memory import FILE
from tests.store.making import KeptInRedis, event, ids
from tests.store.servers import Server, binaries

SUBJECT = "f" * 32


@asynccontextmanager
async def opened(*stores):
    for store in stores:
        await store.open()
    try:
        yield stores
    finally:
        for store in stores:
            await store.close()


def test_two_replicas_are_lent_different_events_and_see_the_same_queue(shared):
    async def use():
        async with opened(shared.make(), shared.make()) as (here, there):
            await here.put([event(number) for number in range(6)])
            lent = await asyncio.gather(*(store.lease("ads", 3, 2_000, 60) for store in (here, there)))
            for store, leases in zip((here, there), lent, strict=True):
                await store.settle(leases)
            return [name for leases in lent for name in ids(leases)], await here.depths(), await there.depths()

    names, *depths = asyncio.run(use())
    assert sorted(names) == [f"id-{number}" for number in range(6)]
    assert depths == [[], []]


def test_the_same_event_from_two_replicas_is_kept_once(shared):
    async def use():
        async with opened(shared.make(), shared.make()) as stores:
            await asyncio.gather(*(store.put([event(n) for n in range(50)]) for store in stores))
            return ids(await stores[0].lease("ads", 500, 2_000, 60))

    assert asyncio.run(use()) == [f"id-{number}" for number in range(50)]


def test_a_withdrawal_at_one_replica_is_seen_by_the_others_at_once(shared):
    async def use():
        async with opened(shared.make(), shared.make()) as (here, there):
            await here.refuse(SUBJECT, None, 2_000)
            return await there.refusals_of([SUBJECT])

    assert asyncio.run(use()) == {SUBJECT: (Refusal("", 2_000),)}


def test_what_a_dead_replica_was_lent_is_lent_again(shared, server):
    async def use():
        dead, alive = shared.make(), shared.make()
        async with opened(alive):
            await alive.put([event(1), event(2)])
            await dead.open()
            await dead.lease("ads", 2, 2_000, 10_000)
            dead.keeper._task.cancel()
            early = await alive.lease("ads", 2, 2_001, 60)
            name = f"{{gw:to:ads}}:alive:{dead.keeper.tenure('ads').owner}"
            left = server.ask("PTTL", name)
            server.ask("PEXPIRE", name, 1)
            server.until(lambda: not server.ask("EXISTS", name))
            await alive.keeper.look()
            late = await alive.lease("ads", 2, 2_002, 60)
            await dead.close()
            return ids(early), ids(late), left

    early, late, left = asyncio.run(use())
    assert (early, late) == ([], ["id-1", "id-2"])
    assert 0 < left <= 1_000 * keeper.ALIVE_SECONDS


def test_a_replica_that_was_paused_ends_nothing_that_others_have_by_now_and_knows_it(shared):
    async def use():
        async with opened(shared.make(), shared.make()) as (paused, other):
            await paused.put([event(1), event(2), event(3)])
            old = await paused.lease("ads", 3, 2_000, 60)
            held = [paused.holds(lease, 2_030) for lease in old]
            new = await other.lease("ads", 3, 2_061, 60)
            await paused.settle(old[:1])
            await paused.retry(old[1:2], 2_062)
            await paused.bury(old[2:], "rejected", 2_062)
            kept = (await other.depths())[0].events, dict(await other.buried())
            await other.settle(new)
            return held, [paused.holds(lease, 2_061) for lease in old], ids(new), kept, await other.depths()

    held, still, new, kept, left = asyncio.run(use())
    assert (held, still) == ([True] * 3, [False] * 3)
    assert new == ["id-1", "id-2", "id-3"]
    assert (kept, left) == ((3, {}), [])


def test_a_replica_that_nobody_has_heard_of_for_a_while_takes_its_leases_for_lost(shared):
    async def use(store):
        await store.put([event(1)])
        (lease,) = await store.lease("ads", 1, 2_000, 10_000)
        before = store.holds(lease, 2_001)
        store.keeper.tenure("ads").believed -= keeper.DOUBT_SECONDS
        return before, store.holds(lease, 2_001)

    assert shared.of(use) == (True, False)


def test_what_was_put_off_is_not_lent_early_by_the_death_of_who_put_it_off(shared):
    async def use():
        async with opened(shared.make()) as (other,):
            async with opened(shared.make()) as (first,):
                await first.put([event(1), event(2)])
                leases = await first.lease("ads", 2, 2_000, 10_000)
                await first.retry(leases[:1], 3_000)
            await other.keeper.beat("ads")
            return [ids(await other.lease("ads", 9, now, 9_000)) for now in (2_001, 3_000)]

    assert asyncio.run(use()) == [["id-2"], ["id-1"]]


def test_a_put_wakes_the_worker_of_another_process(shared):
    async def use():
        async with opened(shared.make(), shared.make()) as (collector, worker):
            woken = asyncio.Event()
            worker.wake = lambda destination: woken.set()
            await worker.lease("ads", 1, time.time(), 60)
            await collector.put([event(1)])
            await asyncio.wait_for(woken.wait(), 10)

    asyncio.run(use())


def test_a_server_that_was_emptied_is_noticed_counted_and_used_again(shared, server):
    lost = []

    async def use(store):
        store.keeper.lost = lost.append
        await store.put([event(n) for n in range(5)])
        (lease, *_) = await store.lease("ads", 1, 2_000, 60)
        await store.keeper.look()
        server.ask("FLUSHALL")
        await store.keeper.look()
        held = store.holds(lease, 2_001)
        await store.settle([lease])
        await store.put([event(9)])
        return held, ids(await store.lease("ads", 9, 2_001, 60))

    assert shared.of(use) == (False, ["id-9"])
    assert lost == [5]


def _forget(server):
    """Lose what was withdrawn, as the one server of a cluster would that has it."""
    server.ask("DEL", *server.ask("KEYS", "{gw:withdrawn}*"))


def covered(refusals, received):
    """Whether what was received then is refused."""
    return any(refusal.covers(received) for refusal in refusals.get(SUBJECT, ()))


def test_forgotten_withdrawals_are_nobodys_permission(shared, server):
    forgotten = []

    async def use(store):
        store.keeper.forgotten = lambda: forgotten.append(1)
        await store.refuse(SUBJECT, None, 1_500)
        await store.put([event(1, subject=SUBJECT)])
        (lease,) = await store.lease("ads", 1, 2_000, 60)
        await store.refusals_of([SUBJECT])
        _forget(server)
        with pytest.raises(StoreUnavailable):
            await store.refusals_of([SUBJECT])
        held, nobody = store.holds(lease, 2_001), await store.refusals_of([])
        (again,) = await store.lease("ads", 1, 2_100, 60)
        return held, nobody, again.received, await store.refusals_of([SUBJECT])

    held, nobody, received, after = shared.of(use)
    assert (held, nobody, forgotten) == (False, {}, [1])
    assert covered(after, received) and covered(after, time.time()) and not covered(after, time.time() + 120)


@pytest.mark.parametrize("memory", ["kept", "gone", "unreadable"])
def test_what_was_received_before_a_loss_is_refused_by_those_who_start_after_it_too(shared, server, tmp_path, memory):
    async def before(store):
        await store.refuse(SUBJECT, None, 1_500)
        await store.put([event(1, subject=SUBJECT)])

    async def after(store):
        (lease,) = await store.lease("ads", 1, 2_000, 60)
        return covered(await store.refusals_of([SUBJECT]), lease.received)

    asyncio.run(used(shared.make(memory=tmp_path), before))
    _forget(server)
    if memory == "gone":
        (tmp_path / FILE).unlink()
    elif memory == "unreadable":
        (tmp_path / FILE).write_text("[]")
    assert asyncio.run(used(shared.make(memory=tmp_path), after))


def test_a_server_that_knew_less_for_longer_is_trusted_from_now_on_only(tmp_path):
    seen = []

    async def use(store):
        await store.put([event(1, subject=SUBJECT, received=int(time.time()) - 5)])
        (lease,) = await store.lease("ads", 1, time.time(), 60)
        seen.append(covered(await store.refusals_of([SUBJECT]), lease.received))

    with Server(tmp_path / "old") as old, Server(tmp_path / "new") as new:
        old.ask("SET", "{gw:withdrawn}:state", f"a-{int(time.time()) - 1_000}")
        new.ask("SET", "{gw:withdrawn}:state", f"b-{int(time.time()) - 500}")
        for url in (new.url, old.url, old.url):
            asyncio.run(used(KeptInRedis.at(url).make(memory=tmp_path), use))
            for server in (old, new):
                server.ask("DEL", "{gw:to:ads}:queue", "{gw:to:ads}:ids", "{gw:to:ads}:due")
    assert seen == [False, True, True]


def test_an_operator_who_put_everything_back_may_say_so(shared, server, tmp_path):
    async def use(store):
        await store.put([event(1, subject=SUBJECT)])
        await store.lease("ads", 1, 2_000, 60)
        return await store.refusals_of([SUBJECT])

    asyncio.run(used(shared.make(memory=tmp_path), use))
    _forget(server)
    server.ask("SET", "{gw:withdrawn}:since", "0")
    assert asyncio.run(used(shared.make(memory=tmp_path), use)) == {}


def test_a_group_that_was_deleted_is_made_again_and_loses_nothing(shared, server):
    async def use(store):
        await store.put([event(1), event(2), event(3)])
        await store.retry(await store.lease("ads", 1, 2_000, 60), 2_500)
        server.ask("XGROUP", "DESTROY", "{gw:to:ads}:queue", "lanes")
        leases = await store.lease("ads", 9, 2_001, 60)
        await store.settle(leases)
        return [(lease.id, lease.attempts) for lease in leases], await store.depths()

    leases, depths = shared.of(use)
    assert leases == [("id-1", 1), ("id-2", 0), ("id-3", 0)]
    assert depths == []


def test_entries_that_somebody_trimmed_are_counted_and_hold_nobody_up(shared, server):
    lost = []

    async def use(store):
        store.keeper.lost = lost.append
        await store.put([event(n) for n in range(4)])
        await store.retry(await store.lease("ads", 2, 2_000, 60), 2_100)
        server.ask("XTRIM", "{gw:to:ads}:queue", "MAXLEN", 2)
        return ids(await store.lease("ads", 9, 2_200, 60)), await store.next_due("ads")

    assert shared.of(use) == (["id-2", "id-3"], 2_260)
    assert lost == [2]


def test_a_full_server_takes_no_event_and_still_delivers_refuses_and_buries(shared, server):
    async def use(store):
        await store.put([event(n) for n in range(3)])
        server.ask("CONFIG", "SET", "maxmemory", "1")
        try:
            with pytest.raises(StoreUnavailable):
                await store.put([event(9)])
            full = await store.condition()
            leases = await store.lease("ads", 9, 2_000, 60)
            await store.refuse(SUBJECT, None, 1_500)
            await store.settle(leases[:1])
            await store.bury(leases[1:2], "rejected", 2_000)
            await store.retry(leases[2:], 2_100)
            refusals = await store.refusals_of([SUBJECT])
        finally:
            server.ask("CONFIG", "SET", "maxmemory", "0")
        await store.put([event(10)])
        left = ids(await store.lease("ads", 9, 2_100, 60))
        return ids(leases), refusals, dict(await store.buried()), left, [full.why, (await store.condition()).why]

    leases, refusals, buried, left, told = shared.of(use)
    assert told == ["the store refuses (OutOfMemoryError)", ""]
    assert leases == ["id-0", "id-1", "id-2"]
    assert refusals[SUBJECT][0] == Refusal("", 1_500)
    assert buried == {("ads", "rejected"): 1}
    assert left == ["id-2", "id-10"]


def test_an_event_counts_as_kept_when_so_many_replicas_have_it(tmp_path):
    async def use(store):
        with pytest.raises(StoreUnavailable):
            await store.put([event(1)])
        with Server(tmp_path / "replica") as replica:
            replica.ask("REPLICAOF", "127.0.0.1", primary.port)
            replica.until(lambda: replica.ask("INFO")["master_link_status"] == "up")
            async with opened(kept.make(wanted=wanted, seconds=30.0)) as (patient,):
                await patient.put([event(2)])
                await patient.refuse(SUBJECT, None, 1_500)
            primary.kill()
            replica.ask("REPLICAOF", "NO", "ONE")
            promoted = KeptInRedis.at(replica.url).make(wanted=Wanted("relaxed"))
            async with opened(promoted):
                refusals = await promoted.refusals_of([SUBJECT])
                return ids(await promoted.lease("ads", 9, 2_000, 60)), refusals

    with Server(tmp_path / "primary", settings={"appendfsync": "everysec"}) as primary:
        kept, wanted = KeptInRedis(primary), Wanted("replicated", replicas=1)
        assert asyncio.run(used(kept.make(wanted=wanted, seconds=2.0), use)) == (
            ["id-1", "id-2"],
            {SUBJECT: (Refusal("", 1_500),)},
        )


async def used(store, use):
    async with opened(store):
        return await use(store)


def test_an_entry_holds_an_id_a_time_and_what_is_sealed_and_its_key_goes_with_the_last_event_under_it(shared, server):
    tag = "{gw:to:ads}"

    async def use(store):
        await store.put([event(1, subject=SUBJECT), event(2, subject=SUBJECT), event(3)])
        found = [fields for _, fields in server.ask("XRANGE", f"{tag}:queue", "-", "+")]
        keys, bodies = [server.ask("HLEN", f"{tag}:keys")], server.ask("HVALS", f"{tag}:ids")
        leases = await store.lease("ads", 9, 2_000, 60)
        await store.settle(leases[:1])
        keys.append(server.ask("HLEN", f"{tag}:keys"))
        await store.bury(leases[1:2], "rejected", 2_000)
        await store.settle(leases[2:])
        keys.append(server.ask("HLEN", f"{tag}:keys"))
        await store.destroy("ads")
        left = [server.ask(*words) for words in (("XLEN", f"{tag}:queue"), ("HLEN", f"{tag}:ids"))]
        return found, bodies, keys, [*left, server.ask("EXISTS", f"{tag}:keys", f"{tag}:subjects", f"{tag}:bodies")]

    found, bodies, keys, left = shared.of(use)
    assert found == [{b"i": f"id-{n}".encode(), b"r": f"{1000 + n}".encode()} for n in (1, 2, 3)]
    assert len(bodies) == 3 and all(body[:1] == b"\x01" and b"page_view" not in body for body in bodies)
    assert (keys, left) == ([2, 2, 1], [0, 0, 0])


def test_installations_with_different_prefixes_see_nothing_of_each_other(shared):
    async def use():
        async with opened(shared.make(), shared.make(prefix="other")) as (here, there):
            await here.put([event(1)])
            return await there.depths(), ids(await there.lease("ads", 9, 2_000, 60))

    assert asyncio.run(use()) == ([], [])


def test_it_is_tested_on_valkey_at_least():
    assert "valkey" in binaries()
