import asyncio
import hashlib
import secrets
from pathlib import Path

import pytest
from redis.asyncio import Redis

from gateway.bootstrap import salt_share
from gateway.bootstrap.salt import DailySalt, rank
from gateway.bootstrap.salt_share import CHANNEL, SaltShare
from gateway.days import SECONDS_A_DAY
from gateway.store.redis.address import parse
from gateway.tasks import end
from tests.store.servers import Server

RING = bytes(range(32))
DAY = 20_783
NOON = DAY * SECONDS_A_DAY + 43_200.0


class Replica:
    """A salt and its share, with a clock that the test moves."""

    def __init__(self, name, ring=RING):
        self.now = NOON
        self.salt = DailySalt(secrets.token_bytes, shared=True)
        self.salt(DAY)
        self.share = SaltShare(self.salt, ring, name, lambda: self.now)
        self.task = None

    def start(self, url):
        self.task = asyncio.create_task(self.share.run(parse(url)))

    async def stop(self):
        await end([self.task])

    def of(self, day=DAY):
        return bytes(self.salt.find(day))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that writes everything it can to disk."""
    folder = tmp_path_factory.mktemp("valkey")
    with Server(folder) as running:
        yield running, folder


@pytest.fixture
def url(server, monkeypatch):
    monkeypatch.setattr(salt_share, "PULSE", 0.1)
    monkeypatch.setattr(salt_share, "PATIENCE", 0.3)
    running, _ = server
    return running.url


@pytest.fixture
def patiently(monkeypatch):
    """Have those who ask from now on wait for an answer for as long as a busy machine may take to give it."""
    return lambda: monkeypatch.setattr(salt_share, "PATIENCE", 20.0)


async def until(condition, seconds=20.0):
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, "not in time"
        await asyncio.sleep(0.02)


async def together(url, replicas, act):
    try:
        return await act()
    finally:
        for replica in replicas:
            if replica.task:
                await replica.stop()


def test_replicas_that_start_together_end_with_one_salt(url):
    replicas = [Replica(f"r{number}") for number in range(4)]

    async def act():
        for replica in replicas:
            replica.start(url)
        await asyncio.gather(*(replica.share.begin() for replica in replicas))
        await until(lambda: len({replica.of() for replica in replicas}) == 1)
        return replicas[0].of()

    assert len(asyncio.run(together(url, replicas, act))) == 32


def test_one_that_comes_later_takes_the_salt_that_is_there_and_changes_nobodys(url, patiently):
    first, second = Replica("first"), Replica("second")

    async def act():
        first.start(url)
        await first.share.begin()
        before = first.of()
        patiently()
        second.start(url)
        await second.share.begin()
        await until(lambda: second.of() == before)
        assert first.of() == before

    asyncio.run(together(url, [first, second], act))


def test_where_two_have_made_one_the_smaller_rank_stays(url):
    first, second = Replica("first"), Replica("second")
    first.salt.make(DAY)
    second.salt.make(DAY)
    smaller = min(first.of(), second.of(), key=rank)

    async def act():
        first.start(url)
        second.start(url)
        await until(lambda: first.of() == second.of() == smaller)

    asyncio.run(together(url, [first, second], act))


def test_the_salt_of_tomorrow_is_agreed_on_before_midnight(url):
    first, second = Replica("first"), Replica("second")

    async def act():
        for replica in (first, second):
            replica.start(url)
        await until(lambda: first.of() == second.of() != b"")
        today = first.of()
        for replica in (first, second):
            replica.now = (DAY + 1) * SECONDS_A_DAY - 60.0
        await until(lambda: first.of(DAY + 1) == second.of(DAY + 1) != b"")
        assert first.salt(DAY) == today
        assert first.salt(DAY + 1) == second.salt(DAY + 1) != today
        assert first.salt(DAY) == b""

    asyncio.run(together(url, [first, second], act))


def test_one_with_another_root_key_gets_nothing_and_spoils_nothing(url):
    ours, theirs = Replica("ours"), Replica("theirs", bytes(32))

    async def act():
        ours.start(url)
        await ours.share.begin()
        before = ours.of()
        theirs.start(url)
        await theirs.share.begin()
        await asyncio.sleep(0.5)
        assert ours.of() == before != theirs.of()

    asyncio.run(together(url, [ours, theirs], act))


def test_without_a_server_each_has_its_own(url):
    alone = Replica("alone")

    async def act():
        alone.start("redis://127.0.0.1:1")
        await asyncio.wait_for(alone.share.begin(), 10)
        assert len(alone.of()) == 32 and not alone.share.connected

    asyncio.run(together(url, [alone], act))


def test_noise_on_the_channel_changes_nothing(url):
    replica = Replica("steady")

    async def act():
        replica.start(url)
        await replica.share.begin()
        before = replica.of()
        async with Redis.from_url(url) as noisy:
            for line in (b"", b"{}", b"[1,2]", b"\xff" * 50, b"x" * 5000):
                await noisy.publish(CHANNEL, line)
        await asyncio.sleep(0.3)
        assert replica.of() == before and not replica.task.done()

    asyncio.run(together(url, [replica], act))


def test_no_salt_reaches_a_disk_or_is_read_on_the_way(url, server):
    first, second = Replica("first"), Replica("second")
    heard = []

    async def listen(listens):
        async with Redis.from_url(url) as server_, server_.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while True:
                if message := await channel.get_message(timeout=0.2):
                    listens.set()
                    heard.append(message["data"] if message["type"] == "message" else b"")

    async def act():
        listens = asyncio.Event()
        listening = asyncio.create_task(listen(listens))
        await listens.wait()
        async with Redis.from_url(url) as writer:
            await writer.set("control", "written-to-disk")
            first.start(url)
            await first.share.begin()
            second.start(url)
            await until(lambda: first.of() == second.of() != b"" and b"give" in b"".join(heard))
            await writer.save()
        listening.cancel()
        return first.of()

    salt = asyncio.run(together(url, [first, second], act))
    kept = b"".join(path.read_bytes() for path in Path(server[1]).rglob("*") if path.is_file())
    assert b"written-to-disk" in kept
    said = b"".join(heard)
    for form in (salt, salt.hex().encode(), hashlib.sha256(salt).digest()):
        assert form not in kept and form not in said
    assert CHANNEL.encode() not in kept


def test_a_key_that_opened_a_salt_or_that_nobody_answered_is_gone(url, patiently, monkeypatch):
    first, second = Replica("first"), Replica("second")

    async def act():
        first.start(url)
        await first.share.begin()
        await until(lambda: not first.share._asked)  # nobody was there to answer it
        monkeypatch.setattr(salt_share, "PULSE", 60.0)
        patiently()
        second.start(url)
        await until(lambda: second.of() == first.of() != b"")
        assert not second.share._asked

    asyncio.run(together(url, [first, second], act))


def test_a_server_that_is_not_there_at_the_start_is_told_once(monkeypatch):
    monkeypatch.setattr(salt_share, "PATIENCE", 0.05)
    replica, told, tries = Replica("first"), [], []
    turn = replica.share._turn
    replica.share._turn = lambda *turned: (tries.append(turned), turn(*turned))

    async def act():
        replica.task = asyncio.create_task(replica.share.run(parse("redis://127.0.0.1:1"), told.append))
        await replica.share.begin()
        await until(lambda: len(tries) > 3)
        await replica.stop()

    asyncio.run(act())
    assert told == [False]
