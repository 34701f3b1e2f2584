"""Whatever is done in whatever order, the shared store answers as the embedded one does."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.making import KeptInRedis, KeptInSqlite, event, ids
from tests.store.servers import Server

NUMBERS = st.integers(0, 9)
STEPS = st.lists(
    st.tuples(st.just("put"), NUMBERS)
    | st.tuples(st.just("lease"), st.integers(1, 4))
    | st.tuples(st.sampled_from(["settle", "retry", "bury"]), st.integers(1, 3))
    | st.tuples(st.just("wait"), st.integers(1, 200))
    | st.tuples(st.sampled_from(["unearth", "destroy"]), st.none() | st.lists(NUMBERS, max_size=3, unique=True)),
    max_size=25,
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("valkey"), settings={"appendfsync": "no", "appendonly": "no"}) as running:
        yield running


class Player:
    """Plays steps on a store, and writes down what it answers."""

    def __init__(self, store):
        self._store, self._now, self._lent = store, 2_000.0, []
        self.answers = []

    async def put(self, number):
        await self._store.put([event(number)])

    async def lease(self, most):
        leases = await self._store.lease("ads", most, self._now, 60)
        self._lent = self._held() + leases
        self.answers.append(sorted((lease.id, lease.attempts) for lease in leases))

    async def wait(self, seconds):
        self._now += seconds
        self._lent = self._held()

    async def settle(self, some):
        await self._store.settle(self._take(some))

    async def retry(self, some):
        await self._store.retry(self._take(some), self._now + 30, tried=some > 1)

    async def bury(self, some):
        await self._store.bury(self._take(some), "rejected", self._now)

    async def unearth(self, numbers):
        self.answers.append(await self._store.unearth("ads", _ids(numbers)))

    async def destroy(self, numbers):
        self.answers.append(await self._store.destroy("ads", _ids(numbers)))

    def _held(self):
        return [lease for lease in self._lent if self._store.holds(lease, self._now)]

    def _take(self, some):
        taken, self._lent = self._lent[:some], self._lent[some:]
        return taken


def _ids(numbers):
    return None if numbers is None else [f"id-{number}" for number in numbers]


async def played(store, steps):
    """What the store answered to each step, and how it was left."""
    player = Player(store)
    for step, value in steps:
        await getattr(player, step)(value)
    left = sorted(ids(await store.browse("ads", 99)))
    return player.answers, left, dict(await store.buried()), await store.depths(), await store.next_due("ads")


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_the_shared_store_answers_as_the_embedded_one(server, steps):
    with tempfile.TemporaryDirectory() as folder:
        embedded = KeptInSqlite(Path(folder) / "data").of(lambda store: played(store, steps))
    shared = KeptInRedis(server, least="none").of(lambda store: played(store, steps))
    assert shared == embedded
