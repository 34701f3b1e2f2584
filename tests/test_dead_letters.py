import asyncio

import pytest

from gateway.dead_letters import Desk, review
from gateway.facts import Facts, Signals, Vote
from tests.delivering import Lenient
from tests.store.making import event, ids, with_store

DAY = 86_400
EVIDENCE = Facts(("FR",), Signals(votes=(Vote("ads", "gateway_receipt", grant=True, day=3),)))


async def bury(store, *events, reason="rejected", at=2_000):
    await store.put(events)
    for name in {one.destination for one in events}:
        await store.bury(await store.lease(name, 1_000, 10**9, 60), reason, at)


def test_they_are_counted_and_browsed_without_their_content(tmp_path):
    async def use(store):
        await bury(store, event(1), event(2), event(3, "other"))
        desk = Desk(store)
        return await desk.count(), await desk.browse("ads", 1), await desk.browse("ads", 5, "id-2")

    counted, first, rest = with_store(tmp_path, use)
    assert counted == [
        {"destination": "ads", "reason": "rejected", "events": 2},
        {"destination": "other", "reason": "rejected", "events": 1},
    ]
    assert [row["id"] for row in (*first, *rest)] == ["id-2", "id-1"]
    assert first[0] == {
        "id": "id-2", "destination": "ads", "reason": "rejected", "received": "1970-01-01T00:16:42Z",
        "buried": "1970-01-01T00:33:20Z", "attempts": 0,
    }  # fmt: skip


def test_what_is_shown_of_one_is_the_weakened_event_and_no_evidence_and_no_pseudonym(tmp_path):
    async def use(store):
        await bury(store, event(1, subject="f" * 32, facts=EVIDENCE, kept={"own": "word"}))
        return (
            await Desk(store).show("ads", "id-1"),
            await Desk(store).show("ads", "id-9"),
            await Desk(store).show("x", "id-1"),
        )

    shown, missing, elsewhere = with_store(tmp_path, use)
    assert shown["event"] == {"event": {"id": "id-1", "name": "page_view"}, "page": {"url": "https://shop.example/"}}
    assert not {"f" * 32, "FR", "gateway_receipt"} & set(str(shown).replace("'", " ").split())
    assert (missing, elsewhere) == (None, None)


def test_one_that_cannot_be_read_is_shown_without_an_event(tmp_path):
    async def use(store):
        await bury(store, event(1), reason="unreadable")
        await store._writer.change(lambda writer: writer.execute("update dead set body = x'00'").rowcount)
        return await Desk(store).show("ads", "id-1")

    shown = with_store(tmp_path, use)
    assert (shown["event"], "erased" in shown) == (None, False)


def test_one_whose_key_was_destroyed_says_so_and_is_not_delivered_when_it_is_queued_again(tmp_path):
    async def use(store):
        await bury(store, event(1, subject="f" * 32), event(2))
        await store._keyring.destroy(await store._forget({"f" * 32}))  # and there an erasure is killed
        desk = Desk(store)
        shown, listed = await desk.show("ads", "id-1"), await desk.browse("ads")
        await desk.replay("ads", ["id-1"])
        return shown, listed, [(lease.id, lease.erased) for lease in await store.lease("ads", 9, 10**9, 60)]

    shown, listed, leases = with_store(tmp_path, use)
    assert (shown["event"], shown["erased"]) == (None, True)
    assert [row.get("erased", False) for row in listed] == [False, True]
    assert leases == [("id-1", True)]


def test_one_is_found_behind_many_pages(tmp_path):
    async def use(store):
        await bury(store, *(event(n) for n in range(450)))
        return (await Desk(store).show("ads", "id-0"))["id"]

    assert with_store(tmp_path, use) == "id-0"


def test_some_or_all_are_queued_again_or_destroyed_and_who_counts_is_told(tmp_path):
    async def use(store):
        told = []
        desk = Desk(store, lambda name, number: told.append((name, number)))
        await bury(store, *(event(n) for n in range(5)))
        numbers = [await desk.replay("ads", ["id-1"]), await desk.discard("ads", ["id-2"]), await desk.replay("other")]
        numbers += [await desk.replay("ads"), await desk.discard("ads")]
        return numbers, told, ids(await store.lease("ads", 9, 9_000, 60))

    assert with_store(tmp_path, use) == (
        [1, 1, 0, 3, 0], [("ads", 1), ("ads", 3)], ["id-1", "id-0", "id-3", "id-4"],
    )  # fmt: skip


@pytest.mark.parametrize(("days", "left"), [(2, ["id-2"]), (None, ["id-1", "id-2"])])
def test_none_outlives_what_the_policy_keeps_of_its_place(tmp_path, days, left):
    async def use(store):
        policy = Lenient()
        policy.days = days
        now = 10 * DAY
        await bury(store, event(1, received=now - 3 * DAY), event(2, received=now - DAY), at=now - 10)
        await review(store, policy, now)
        return sorted(letter.id for letter in await store.browse("ads", 9))

    assert with_store(tmp_path, use) == left


def test_a_review_of_what_cannot_be_read_ends_well(tmp_path):
    async def use(store):
        policy = Lenient()
        policy.days = 1
        await bury(store, event(1), event(2))
        await store._writer.change(
            lambda writer: writer.execute("update dead set body = x'00' where id = 'id-1'").rowcount
        )
        await asyncio.gather(review(store, policy, 10 * DAY), review(store, policy, 10 * DAY))
        return [letter.id for letter in await store.browse("ads", 9)]

    assert with_store(tmp_path, use) == ["id-1"]
