"""What was lent ends once: what has ended, or may have arrived, is not given back when the store is away."""

import pytest

from gateway.endings import Endings
from gateway.errors import StoreUnavailable
from tests.delivering import rigged
from tests.store.making import event


def ended(directory, use, number=4):
    """What is counted, and which events are free to be lent again, when a lane's leases have ended as `use` says."""

    async def run(rig):
        await rig.store.put([event(n) for n in range(number)])
        endings, leases = Endings("ads", rig.parts), await rig.store.lease("ads", number, rig.clock(), 60)
        endings.begin(leases)
        await use(endings, leases, rig)
        free = await rig.store.lease("ads", number, rig.clock() + 1, 60)
        return rig.results(), [lease.id for lease in free]

    return rigged(directory, run)


def test_what_has_ended_is_not_given_back(tmp_path):
    async def use(endings, leases, rig):
        await endings.finish(leases[:1], "refused")
        await endings.bury(leases[1:2], "crashed")
        await endings.let_go()

    assert ended(tmp_path, use) == ({"refused": 1, "crashed": 1}, ["id-2", "id-3"])


def test_what_is_put_off_or_given_back_stays_where_it_was_put(tmp_path):
    async def use(endings, leases, rig):
        await endings.put_off(leases[:1], rig.clock() + 100)
        await endings.give_back(leases[1:2], rig.clock() + 100)
        await endings.let_go()

    assert ended(tmp_path, use) == ({"retried": 1}, ["id-2", "id-3"])


def test_what_may_have_arrived_is_not_given_back_before_its_lease_is_over(tmp_path):
    async def use(endings, leases, rig):
        endings.sent(leases[:3])
        await endings.let_go()

    assert ended(tmp_path, use) == ({}, ["id-3"])


def test_what_could_not_be_ended_is_neither_counted_nor_forgotten(tmp_path):
    async def run(rig):
        await rig.store.put([event(1)])
        endings, leases = Endings("ads", rig.parts), await rig.store.lease("ads", 9, rig.clock(), 60)
        endings.begin(leases)
        rig.store._owed = [None] * 20_000  # more than it remembers of what it could not do
        rig.store._writer._closed = True
        with pytest.raises(StoreUnavailable):
            await endings.finish(leases, "delivered")
        rig.store._owed, rig.store._writer._closed = [], False
        before = rig.results()
        await endings.let_go()
        return before, [lease.id for lease in await rig.store.lease("ads", 9, rig.clock() + 1, 60)]

    assert rigged(tmp_path, run) == ({}, ["id-1"])
