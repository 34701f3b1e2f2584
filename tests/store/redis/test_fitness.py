import asyncio
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.store.protocols import DURABILITY
from gateway.store.redis.fitness import Server, Verdict, Wanted, judge, worst
from tests.store.making import KeptInRedis, event, ids
from tests.store.servers import Server as Process

GOOD = Server("valkey", "9.1.2", aof=True, appendfsync="always")


@pytest.mark.parametrize(
    ("server", "wanted", "durability"),
    [
        (GOOD, Wanted(), "strict"),
        (GOOD._replace(name="redis", version="7.0.15"), Wanted(), "strict"),
        (GOOD._replace(policy="volatile-ttl"), Wanted(), "strict"),
        (GOOD._replace(appendfsync="everysec"), Wanted("relaxed"), "relaxed"),
        (GOOD._replace(appendfsync="everysec"), Wanted("replicated", replicas=1), "replicated"),
        (GOOD._replace(lazy=True), Wanted("relaxed"), "relaxed"),
        (GOOD._replace(appendfsync="no"), Wanted("none"), "none"),
        (GOOD._replace(aof=False), Wanted("none", replicas=2), "none"),
        (GOOD._replace(appendfsync=""), Wanted("relaxed", vouched="relaxed"), "relaxed"),
    ],
)
def test_a_server_that_will_do_promises_what_its_settings_keep(server, wanted, durability):
    assert judge(server, wanted) == Verdict(durability)


@pytest.mark.parametrize(
    ("server", "wanted", "part"),
    [
        (GOOD._replace(appendfsync="everysec"), Wanted(), "relaxed, not strict"),
        (GOOD._replace(appendfsync="everysec"), Wanted("replicated"), "relaxed, not replicated"),
        (GOOD._replace(lazy=True), Wanted(), "relaxed, not strict"),
        (GOOD._replace(aof=False), Wanted("relaxed"), "none, not relaxed"),
        (GOOD._replace(aof=False), Wanted("relaxed", vouched="strict"), "none, not relaxed"),
        (GOOD._replace(appendfsync=""), Wanted("none"), "does not tell"),
        (GOOD._replace(policy="allkeys-lru"), Wanted("none"), "throws away"),
        (GOOD._replace(role="slave"), Wanted("none"), "is a slave"),
        (GOOD._replace(version="7.0.9"), Wanted("none"), "valkey 7.0.9"),
        (Server("redis", "6.2.14", aof=True, appendfsync="always"), Wanted(), "redis 6.2.14"),
        (GOOD._replace(version=""), Wanted(), "the server is valkey"),
    ],
)
def test_a_server_that_would_lose_more_than_is_allowed_will_not_do(server, wanted, part):
    verdict = judge(server, wanted)
    assert part in verdict.wrong and verdict.hint


def test_of_several_servers_the_worst_counts():
    good, lower, bad = Verdict("strict"), Verdict("none"), Verdict("relaxed", "wrong", "hint")
    assert worst([good, lower]) == lower
    assert worst([good, bad, lower]) == bad


@given(
    st.builds(
        Server, st.just("redis"), st.sampled_from(["7.0.0", "6.9"]), st.sampled_from(["master", "slave"]), st.booleans(),
        st.sampled_from(["", "always", "everysec", "no"]), st.booleans(), st.sampled_from(["noeviction", "allkeys-lru"]),
    ),
    st.builds(Wanted, st.sampled_from(DURABILITY), st.sampled_from(["", *DURABILITY]), st.integers(0, 1)),
)  # fmt: skip
def test_whoever_wants_less_is_never_refused_what_somebody_stricter_may_use(server, wanted):
    verdict = judge(server, wanted)
    if not verdict.wrong:
        assert DURABILITY.index(verdict.durability) <= DURABILITY.index(wanted.least)
        for less in DURABILITY[DURABILITY.index(wanted.least) :]:
            assert judge(server, wanted._replace(least=less)) == verdict


@pytest.mark.parametrize(
    "settings",
    [{"maxmemory-policy": "allkeys-lru"}, {"appendonly": "no"}, {"appendfsync": "everysec"}],
    ids=lambda settings: " ".join(*settings.items()),
)
def test_a_store_does_not_open_on_a_server_that_will_not_do(tmp_path, settings):
    with Process(tmp_path / "server", settings=settings) as server, pytest.raises(ConfigurationError) as refused:
        KeptInRedis(server).of(lambda store: store.condition())
    (finding,) = refused.value.findings
    assert finding.code == "G091" and finding.hint


def test_a_server_that_becomes_worse_gets_nothing_and_says_so(shared, server):
    async def use(store):
        before = await store.condition()
        store.keeper._judged -= 60
        server.ask("CONFIG", "SET", "appendfsync", "everysec")
        try:
            await store.keeper.look()
            during = await store.condition()
        finally:
            server.ask("CONFIG", "SET", "appendfsync", "always")
        await store.keeper.look()
        return before, during, await store.condition()

    before, during, after = shared.of(use)
    assert (before.durability, before.sound, before.why) == ("strict", True, "")
    assert (during.durability, during.sound, during.why) == (
        "relaxed",
        False,
        "the server's durability is relaxed, not strict",
    )
    assert after == before


def test_a_user_who_may_not_read_the_settings_is_believed_what_the_operator_vouches_for(shared, server):
    server.ask("ACL", "SETUSER", "guest", "on", ">secret", "~*", "&*", "+@all", "-config")
    shared.url = shared.url.replace("redis://", "redis://guest:secret@")
    with pytest.raises(ConfigurationError, match="does not tell when it writes"):
        shared.of(lambda store: store.condition())
    condition = asyncio.run(opened(shared.make(wanted=Wanted(vouched="strict"))))
    assert (condition.durability, condition.sound) == ("strict", True)


async def opened(store):
    await store.open()
    try:
        return await store.condition()
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("login", "part"),
    [("", "user and the password"), (":wrong@", "user and the password"), ("meek:yes@", "does not let the user")],
    ids=["no password", "a wrong password", "a user without rights"],
)
def test_a_gateway_that_a_server_does_not_let_in_says_so_at_its_start(tmp_path, login, part):
    with Process(tmp_path / "server") as server:
        server.ask("ACL", "SETUSER", "meek", "on", ">yes", "~*", "+ping")
        server.ask("CONFIG", "SET", "requirepass", "right")
        with pytest.raises(ConfigurationError) as refused:
            KeptInRedis.at(server.url.replace("//", f"//{login}")).of(lambda store: asyncio.sleep(0))
    (finding,) = refused.value.findings
    assert finding.code == "G091" and part in finding.message and finding.hint


def test_the_rights_that_are_named_in_the_docs_are_enough(tmp_path):
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "redis.md").read_text()
    (rights,) = re.findall(r"^ACL SETUSER gateway (on .+)$", guide, re.MULTILINE)

    async def use(store):
        await store.put([event(number) for number in range(3)])
        first, second, third = await store.lease("ads", 9, 2_000, 60)
        await store.settle([first])
        await store.retry([second], 1_000)
        await store.bury([third], "rejected", 2_000)
        await store.refuse("f" * 32, ["ads"], 1_000)
        await store.lift("f" * 32, None)
        found = await store.refusals_of(["f" * 32]), await store.buried(), await store.depths()
        assert all(found) and await store.browse("ads", 9)
        assert (await store.expire(9_999), await store.unearth("ads"), await store.discard(9_999)) == (1, 1, 0)
        await of_persons(store)
        return ids(await store.lease("ads", 9, 3_000, 60))

    async def of_persons(store):
        await store.put([event(4, subject="e" * 32)])
        await store.link([("d" * 32, "e" * 32)], 1_000)
        assert await store.linked(["d" * 32]) and len(await store.held(["e" * 32], 9)) == 1
        sealed = await store.seal_for("e" * 32, 2_000, "text")
        erased = await store.erase(["e" * 32], 2_000)
        assert (erased.queued, erased.links, await store.unseal(sealed)) == (1, 1, None)
        assert await store.add("book", "key", "body") and await store.rewrite("book", "key", "other", 1)
        assert await store.sheets("book", "", 9) and await store.strike("book", "key")
        assert await store.expire_keys(1_000) == 0 and (await store.compact()).done

    with Process(tmp_path / "server") as server:
        server.ask("ACL", "SETUSER", "gateway", *rights.split())
        kept = KeptInRedis.at(server.url.replace("//", "//gateway:password@"))
        assert kept.of(use) == ["id-1", "id-2"]
        assert server.ask("ACL", "LOG") == []
