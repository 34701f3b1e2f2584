import asyncio
from dataclasses import replace

import pytest

from gateway.delivery import Rules, Target
from gateway.sender import Timeouts
from tests.delivering import PATIENT, Manifest, rigged
from tests.store.making import event, ids


def made(number, destination="ads", **other):
    return event(number, destination, **({"received": 4_900} | other))


def test_a_vendor_that_hangs_delays_nobody_else(tmp_path):
    async def use(rig):
        async def never(reader, writer):
            await reader.read()
            writer.close()

        dead = await asyncio.start_server(never, "127.0.0.1", 0)
        port = dead.sockets[0].getsockname()[1]
        route = rig.route.__class__(frozenset({f"127.0.0.1:{port}"}), rig.route.networks)
        rig.targets["dead"] = Target(Manifest("dead", f"http://127.0.0.1:{port}/"), route)
        await rig.store.put([made(n, name) for n in range(100) for name in ("dead", "ads")])
        rig.run()
        await rig.wait(lambda: rig.vendor.taken.total() == 100)
        meanwhile = rig.worker.states()
        await rig.wait(lambda: rig.worker.states()["dead"] == "failing")
        dead.close()
        return meanwhile, rig.worker.states()["ads"]

    # All is delivered before anybody has given up the vendor that hangs.
    meanwhile, state = rigged(tmp_path, use, timeouts=Timeouts(5.0, 5.0))
    assert (meanwhile, state) == ({"ads": "running", "dead": "running"}, "running")


def test_stopping_finishes_what_is_in_flight_and_gives_back_the_rest(tmp_path):
    async def use(rig):
        rig.manifest.size = 10
        rig.vendor.gate.clear()
        await rig.store.put([made(n) for n in range(100)])
        rig.run()
        await rig.wait(lambda: len(rig.vendor.seen) == 2)
        stopping = asyncio.create_task(rig.worker.stop(20))
        await asyncio.sleep(0.05)
        rig.vendor.gate.set()
        await stopping
        left = await rig.store.lease("ads", 1_000, rig.clock(), 60)
        return set(rig.vendor.taken), set(ids(left)), {lease.attempts for lease in left}

    taken, left, attempts = rigged(tmp_path, use, Rules(parallel=2))
    assert taken | left == {f"id-{n}" for n in range(100)}
    assert (len(taken), taken & left, attempts) == (20, set(), {0})


def test_stopping_does_not_wait_for_ever(tmp_path):
    async def use(rig):
        rig.vendor.gate.clear()
        await rig.store.put([made(1)])
        rig.run()
        await rig.wait(rig.vendor.arrived.is_set)
        began = rig.clock()
        await rig.worker.stop(0.2)
        return rig.clock() - began

    # The vendor would take for as long as it may.
    assert rigged(tmp_path, use) < PATIENT.total / 2


def test_a_restart_delivers_what_the_process_before_it_had_left(tmp_path):
    async def before(rig):
        rig.vendor.status = lambda names: 503
        await rig.store.put([made(n) for n in range(30)])
        rig.run()
        await rig.wait(lambda: rig.results().get("retried"))

    async def after(rig):
        rig.clock.ahead = 30
        rig.run()
        await rig.wait(lambda: rig.vendor.taken.total() == 30)
        return set(rig.vendor.taken.values())

    rigged(tmp_path, before)
    assert rigged(tmp_path, after) == {1}


def test_dead_letters_and_refusals_are_forgotten_when_their_time_is_over(tmp_path):
    async def use(rig):
        async def kept():
            return await rig.store.buried(), set(await rig.store.refusals_of(["f" * 32, "e" * 32]))

        await rig.store.put([made(1), made(2)])
        first, second = await rig.store.lease("ads", 10, 5_000, 60)
        await rig.store.bury([first], "rejected", 4_000)
        await rig.store.bury([second], "rejected", 4_950)
        await rig.store.refuse("f" * 32, None, 4_000)
        await rig.store.refuse("e" * 32, None, 4_950)
        rig.run()
        async with asyncio.timeout(20):
            while (left := await kept()) != ({("ads", "rejected"): 1}, {"e" * 32}):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        return left == await kept()

    assert rigged(tmp_path, use, Rules(dead_letters=500, refusals=500))


def test_a_fault_is_told_and_ends_one_sweep_but_never_the_sweeping(tmp_path):
    class Faulty:
        def __init__(self):
            self.asked = 0

        async def discard(self, before):
            self.asked += 1
            raise LookupError("nobody expected this")

    async def use(rig):
        dead_letters = Faulty()
        rig.parts = replace(rig.parts, dead_letters=dead_letters)
        rig.run()
        await rig.wait(lambda: dead_letters.asked >= 3)
        return {type(fault) for fault in rig.faults}

    assert rigged(tmp_path, use, Rules(sweep=0.01)) == {LookupError}


def test_a_notice_for_an_unknown_destination_is_nothing_and_its_resumption_an_error(tmp_path):
    async def use(rig):
        rig.run()
        rig.worker.notify("unknown")
        with pytest.raises(KeyError):
            rig.worker.resume("unknown")

    rigged(tmp_path, use)


def test_events_of_a_destination_that_is_no_more_are_dropped_at_the_age_limit(tmp_path):
    async def use(rig):
        await rig.store.put([made(1, "gone", received=4_000), made(2, "gone")])
        rig.run()
        await rig.wait(lambda: rig.tally.results["gone", "too_old"] == 1)
        await asyncio.sleep(0.1)
        return [(depth.destination, depth.events, depth.oldest) for depth in await rig.store.depths()]

    assert rigged(tmp_path, use, Rules(age_limit=900)) == [("gone", 1, 4_900)]


def test_what_waits_for_a_policy_that_knows_its_destination_is_dropped_at_the_age_limit_too(tmp_path):
    async def use(rig):
        rig.policy.destinations.lacks.add("ads")
        await rig.store.put([made(1, received=4_000), made(2)])
        rig.run()
        await rig.wait(lambda: rig.results().get("too_old") == 1)
        return [(depth.events, depth.oldest) for depth in await rig.store.depths()]

    assert rigged(tmp_path, use, Rules(age_limit=900)) == [(1, 4_900)]


def test_a_sweep_destroys_dead_letters_that_the_policy_keeps_no_longer(tmp_path):
    async def use(rig):
        rig.policy.days = 2
        await rig.store.put([made(1), made(2, received=4_900 + 86_400)])
        await rig.store.bury(
            await rig.store.lease("ads", 9, rig.clock(), 60), "rejected", int(rig.clock()) + 3 * 86_400
        )
        rig.clock.ahead = 2 * 86_400
        rig.run()
        async with asyncio.timeout(20):
            while len(await rig.store.browse("ads", 9)) > 1:
                await asyncio.sleep(0.02)
        return [letter.id for letter in await rig.store.browse("ads", 9)]

    assert rigged(tmp_path, use, Rules(sweep=0.05)) == ["id-2"]
