"""Nobody keeps or brings back what was erased: not a replica with keys at hand, not a spool, not a killed server."""

import asyncio
import time

import pytest

from gateway.errors import ConfigurationError, StoreUnavailable
from gateway.event import Event
from gateway.filing import Filing
from tests.store.faults import proxied
from tests.store.making import WRAPPING, KeptInRedis, event, ids
from tests.store.redis.test_engine import opened, used
from tests.store.redis.test_faults import store_at, until
from tests.store.servers import Server

ANN, BEN, EMMA = "a" * 32, "b" * 32, "e" * 32
THEN = 1_795_000_000
SECRET = "a-page-of-ann"


def of(subject, number, destination="ads", **other):
    return event(number, destination, **({"received": THEN + number, "subject": subject} | other))


async def all_ids(store, destination="ads"):
    leases = await store.lease(destination, 500, THEN + 10_000, 60)
    assert not any(lease.erased for lease in leases)
    return ids(leases)


def test_a_replica_that_has_the_key_at_hand_stores_nothing_older_under_it_and_what_is_newer_under_another(shared):
    gone = []

    async def use():
        async with opened(shared.make(), shared.make()) as (here, there):
            there.gone = lambda *told: gone.append(told)
            await there.put([of(ANN, 1)])
            there.keeper._task.cancel()  # it reads nothing of what is erased from now on
            erased = await here.erase([ANN], THEN + 5)
            await there.put([of(ANN, 2), of(BEN, 3), of(ANN, 9)])
            held = [each.id for each in await here.held([ANN], 9)]
            return erased.queued, await all_ids(here), held, (await here.erase([ANN], THEN + 9)).queued

    assert asyncio.run(use()) == (1, ["id-3", "id-9"], ["id-9"], 1)
    assert gone == [("ads", 1)]


def test_every_replica_has_forgotten_the_keys_a_moment_later_and_tells_whose(shared):
    async def use():
        async with opened(shared.make(), shared.make()) as (here, there):
            await there.put([of(ANN, 1)])
            ring = there._parts.keyrings.of("{gw:to:ads}")._sealer
            before, told = len(ring.in_use()), set()
            there.forgotten = told.update
            await here.erase([ANN], THEN + 5)
            await until(lambda: not ring.in_use() and told, 5)
            return before, told

    assert asyncio.run(use()) == (1, {ANN})


def test_what_lies_aside_elsewhere_is_not_handed_over_once_its_subject_is_erased(tmp_path):
    gone = []

    async def use():
        async with store_at(server.url, tmp_path / "data") as away, store_at(server.url) as other:
            away.gone = lambda *told: gone.append(told)
            await away.put([of(BEN, 0)])
            server.kill()
            await away.put([of(ANN, 1), of(BEN, 2), of(ANN, 9)])
            away._spooling.cancel()
            server.start()
            await until(other.is_there)
            await other.erase([ANN], THEN + 5)
            task = asyncio.create_task(away._spool.run(away))
            await until(lambda: not away._spool.waiting and away.is_there())
            task.cancel()
            return await all_ids(other)

    with Server(tmp_path / "server") as server:
        names = asyncio.run(use())
    # Where it has read of the erasure before it hands over, all that it had of the subject is gone.
    assert set(names) - {"id-9"} == {"id-0", "id-2"} and sum(number for _, number in gone) == 4 - len(names)


def test_what_else_an_event_that_lies_aside_is_known_by_is_kept_and_handed_over_with_it(tmp_path):
    """Nobody is refused because the server is away, and an erasure by another name finds what came meanwhile."""
    data, day = tmp_path / "data", THEN // 86_400 * 86_400

    async def use():
        async with store_at(server.url, data) as away, store_at(server.url) as other:
            server.kill()
            await Filing(away, lambda: THEN).put([of(ANN, 1, also=(EMMA,))])
            aside = await away._spool.linked([EMMA])
            server.start()
            await until(lambda: not away._spool.waiting and not away._spool._linked and away.is_there())
            return aside, await other.linked([EMMA]), await away._spool.linked([EMMA]), await all_ids(other)

    async def use_after_an_erasure():
        async with store_at(server.url, data) as away, store_at(server.url) as other:
            away._spooling.cancel()
            await away._spool.link([(EMMA, ANN), (EMMA, BEN)], day)
            await other.erase([ANN], THEN)
            task = asyncio.create_task(away._spool.run(away))
            await until(lambda: not away._spool._linked)
            task.cancel()
            return await other.linked([EMMA])

    with Server(tmp_path / "server") as server:
        assert asyncio.run(use()) == ({ANN}, {ANN}, set(), ["id-1"])
        assert asyncio.run(use_after_an_erasure()) == {BEN}


class CutOff:
    """An erasure over a proxy that breaks in the place of its so manieth reply, where `kill` is also called."""

    def __init__(self, server, at, kill):
        self._server, self._at, self._kill = server, at, kill

    async def erase(self):
        """Whether it came to its end before that."""
        async with proxied(self._server.url) as proxy, store_at(proxy.url) as store:
            store.keeper._task.cancel()
            begun = proxy.replies

            def cut(number):
                if number - begun == self._at:
                    self._kill()
                return number - begun == self._at

            proxy.cut = cut
            try:
                await store.erase([ANN], THEN + 100)
            except StoreUnavailable:
                return False
            finally:
                proxy.cut = lambda number: False
            return proxy.replies - begun < self._at


async def fill(store):
    """What a subject has everywhere, and one event of somebody else."""
    await store.put([of(ANN, 1)])
    await store.bury(await store.lease("ads", 9, THEN + 50, 60), "rejected", THEN)
    await store.put([of(ANN, 2), of(BEN, 3), of(ANN, 4)])
    await store.link([(ANN, BEN)], THEN)


async def finish(store):
    """What can be read after an erasure that was cut off, and what is left after another one."""
    leases = await store.lease("ads", 500, THEN + 10_000, 60)
    await store.retry(leases, 0, tried=False)
    await store.erase([ANN], THEN + 100)
    left = await all_ids(store), await store.browse("ads", 9), await store.linked([ANN])
    return {lease.id for lease in leases if not lease.erased}, left


@pytest.mark.parametrize("fault", ["a reply is lost", "the server is killed"])
def test_an_erasure_that_is_cut_off_anywhere_is_finished_by_another_and_never_leaves_a_half_readable(tmp_path, fault):
    with Server(tmp_path / "server") as server:
        for cut_at in range(1, 40):
            kept = KeptInRedis(server)
            kept.of(fill)
            ended = asyncio.run(CutOff(server, cut_at, server.kill if "killed" in fault else lambda: None).erase())
            if not server.is_up:
                server.start()
            readable, left = kept.of(finish)
            assert left == (["id-3"], [], set())
            assert readable in ({"id-2", "id-3", "id-4"}, {"id-3"})
            if ended:
                break
    assert 8 < cut_at < 39


def test_an_erasure_without_a_server_says_so_and_can_be_repeated(tmp_path):
    async def use():
        async with store_at(server.url, tmp_path / "data") as store:
            await store.put([of(ANN, 1)])
            server.kill()
            for attempt in (
                store.erase([ANN], THEN + 5),
                store.compact(),
                store.held([ANN], 9),
                store.add("b", "k", "v"),
            ):
                with pytest.raises(StoreUnavailable):
                    await attempt
            server.start()
            await until(store.is_there)
            return await store.erase([ANN], THEN + 5), await all_ids(store)

    with Server(tmp_path / "server") as server:
        erased, names = asyncio.run(use())
    assert (erased.queued, names) == (1, [])


def _bytes_of(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".log")


@pytest.mark.parametrize("files", ["aof", "aof and rdb", "rdb"])
def test_after_an_erasure_and_a_compaction_no_file_of_the_server_has_the_rows_or_the_keys(tmp_path, files):
    settings = {"save": "3600 1" if "rdb" in files else "", "appendonly": "yes" if "aof" in files else "no"}
    settings["aof-use-rdb-preamble"] = "no"

    async def use(store):
        await store.put([of(ANN, 1, fields={"page.url": SECRET}), of(BEN, 2)])
        if "rdb" in files:
            server.ask("SAVE")
        rows = server.ask("HMGET", "{gw:to:ads}:ids", "id-1", "id-2")
        before = [row[17:] in _bytes_of(folder) for row in rows]
        await store.erase([ANN], THEN + 5)
        compaction = await store.compact()
        after = [row[17:] in _bytes_of(folder) for row in rows]
        ids_left = [row[1:17] in _bytes_of(folder) for row in rows]
        return before, compaction, after, ids_left, SECRET.encode() in _bytes_of(folder)

    folder = tmp_path / "server"
    settings["rdbcompression"] = "no"
    with Server(folder, settings=settings) as server:
        kept = KeptInRedis(server, least="none")
        before, compaction, after, ids_left, plain = kept.of(use)
        assert WRAPPING[0] not in _bytes_of(folder)
    assert before == [True, True] and compaction.done and plain is False
    assert after == [False, True]
    # Which key was destroyed is noted, lest somebody store it again; not even its id is left, only a hash of that.
    assert ids_left == [False, True]


def test_a_compaction_says_what_it_could_not_do(tmp_path):
    async def forbidden(store):
        return await store.compact()

    at_once = {"repl-diskless-sync-delay": "0"}
    with Server(tmp_path / "server", settings=at_once) as server, Server(tmp_path / "replica") as replica:
        server.ask("ACL", "SETUSER", "meek", "on", ">yes", "~*", "&*", "+@all", "-bgrewriteaof")
        url = server.url.replace("//", "//meek:yes@")
        refused = asyncio.run(used(KeptInRedis.at(url).make(), forbidden))
        replica.ask("REPLICAOF", "127.0.0.1", server.port)
        replica.until(lambda: replica.ask("INFO")["master_link_status"] == "up")
        alone = asyncio.run(used(KeptInRedis.at(server.url).make(), forbidden))
    assert (refused.done, refused.evidence) == (False, "aof: the server does not let us ask for BGREWRITEAOF")
    assert not alone.done and "aof written anew 20" in alone.evidence and "1 replicas" in alone.evidence


def test_what_was_sealed_with_another_root_key_is_not_taken_for_lost(shared):
    other = (bytes(32), *WRAPPING)

    async def put(store):
        await store.put([of(ANN, 1)])
        return await store.seal_for(BEN, THEN, "text")

    async def read(store):
        (lease,) = await store.lease("ads", 9, THEN + 10, 60)
        await store.retry([lease], 0, tried=False)
        return Event.from_json(lease.body), await store.unseal(sealed)

    sealed = asyncio.run(used(shared.make(), put))
    with pytest.raises(ConfigurationError) as refused:
        asyncio.run(used(shared.make(wrapping=other[:1]), read))
    assert refused.value.findings[0].code == "G094"
    assert asyncio.run(used(shared.make(wrapping=other), read)) == (of(ANN, 1), "text")
    assert asyncio.run(used(shared.make(wrapping=other[:1]), read)) == (of(ANN, 1), "text")


def test_what_an_older_gateway_stored_unsealed_is_delivered_and_can_be_erased(shared, server):
    async def use(store):
        for one in (of(ANN, 1), of(BEN, 2)):
            server.ask("XADD", "{gw:to:ads}:queue", "*", "i", one.id, "r", one.received, "b", one.to_json())
        await store.put([of("", 3)])
        erased = await store.erase([ANN], THEN + 9)
        leases = await store.lease("ads", 9, THEN + 10, 60)
        await store.settle(leases)
        return erased.queued, [Event.from_json(lease.body) for lease in leases], await store.depths()

    assert shared.of(use) == (1, [of(BEN, 2), of("", 3)], [])


def test_an_event_of_a_month_whose_keys_are_gone_is_not_stored_again(shared):
    gone = []

    async def use(store):
        store.gone = lambda *told: gone.append(told)
        await store.put([of(BEN, 40 * 86_400 + 1)])
        await store.expire_keys(THEN + 40 * 86_400)
        await store.put([of(ANN, 1), of(ANN, 40 * 86_400)])
        return await all_ids(store)

    assert shared.of(use) == [f"id-{40 * 86_400 + 1}", f"id-{40 * 86_400}"]
    assert gone == [("ads", 1)]


def test_among_thousands_of_others_a_subject_is_found_and_nobody_else_touched(shared):
    async def use(store):
        for start in range(0, 2_000, 500):
            await store.put([of(f"{number % 97:032x}", number) for number in range(start, start + 500)])
        began = time.monotonic()
        erased = await store.erase([f"{5:032x}"], THEN + 5_000)
        return erased.queued, time.monotonic() - began, len(await store.held([f"{6:032x}"], 99)), await store.depths()

    queued, seconds, held, ((_, waiting, _),) = shared.of(use)
    assert (queued, held, waiting) == (21, 21, 1_979) and seconds < 30
