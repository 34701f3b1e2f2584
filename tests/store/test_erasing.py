"""What every engine promises of erasing, tried on each of them."""

import asyncio

import pytest

from gateway.event import Event
from gateway.store.protocols import Erased, Held
from tests.store.making import event, ids

ANN, BEN, EMMA = "a" * 32, "b" * 32, "e" * 32
NOVEMBER, DECEMBER = 1_795_000_000, 1_797_000_000


def of(subject, number, destination="ads", **other):
    return event(number, destination, **({"received": NOVEMBER + number, "subject": subject} | other))


async def filled(store):
    """Two subjects and nobody, each with events that wait and one that is dead."""
    await store.put([of(subject, number) for subject, number in ((ANN, 1), (BEN, 2), ("", 3))])
    await store.bury(await store.lease("ads", 10, NOVEMBER + 100, 60), "rejected", NOVEMBER + 100)
    await store.put([of(subject, number) for subject, number in ((ANN, 11), (BEN, 12), ("", 13), (ANN, 14))])
    await store.put([of(ANN, 21, "other")])


async def left(store):
    leases = await store.lease("ads", 100, DECEMBER, 60) + await store.lease("other", 100, DECEMBER, 60)
    assert [lease.erased or not lease.body for lease in leases] == [False] * len(leases)
    return sorted(ids(leases)), ids(await store.browse("ads", 10))


def test_what_a_subject_has_is_destroyed_and_what_others_have_is_left_as_it_was(kept):
    async def use(store):
        await filled(store)
        erased = await store.erase([ANN], DECEMBER)
        again = await store.erase([ANN], DECEMBER)
        return erased, again, await store.held([ANN], 10), await left(store)

    erased, again, held, rest = kept.of(use)
    assert erased._replace(keys=1) == Erased(1, 3, 1, 0) and erased.keys >= 1
    assert (again, held) == (Erased(0, 0, 0, 0), [])
    assert rest == (["id-12", "id-13"], ["id-3", "id-2"])
    assert kept.of(lambda store: store.held([ANN], 10)) == []


def test_what_is_erased_stays_erased_after_a_restart_and_what_is_left_can_be_read(kept):
    async def before(store):
        await filled(store)
        await store.erase([ANN], DECEMBER)

    kept.of(before)
    assert kept.of(left) == (["id-12", "id-13"], ["id-3", "id-2"])


def test_what_was_sealed_by_one_process_can_be_erased_by_the_next(kept):
    kept.of(filled)

    async def after(store):
        return await store.erase([ANN, BEN], DECEMBER), await left(store)

    erased, rest = kept.of(after)
    assert (erased.queued, erased.dead, rest) == (4, 2, (["id-13"], ["id-3"]))


def test_what_a_subject_has_is_held_queued_first_as_it_was_put(kept):
    async def use(store):
        await filled(store)
        return await store.held([ANN, EMMA], 10), await store.held([ANN], 2), await store.held([], 10)

    held, some, none = kept.of(use)
    assert {(each.where, each.destination, each.id, each.received) for each in held} == {
        ("queue", "ads", "id-11", NOVEMBER + 11),
        ("queue", "ads", "id-14", NOVEMBER + 14),
        ("queue", "other", "id-21", NOVEMBER + 21),
        ("dead", "ads", "id-1", NOVEMBER + 1),
    }
    assert [each.where for each in held] == ["queue", "queue", "queue", "dead"]
    (one,) = [each for each in held if each.id == "id-11"]
    assert (isinstance(one, Held), Event.from_json(one.body)) == (True, of(ANN, 11))
    assert (len(some), {each.where for each in some}, none) == (2, {"queue"}, [])


def test_who_comes_back_is_sealed_under_a_new_key_and_delivered(kept):
    async def use(store):
        await store.put([of(ANN, 1)])
        await store.erase([ANN], DECEMBER)
        await store.put([of(ANN, 1), of(ANN, 2)])
        (first, second) = await store.lease("ads", 10, DECEMBER, 60)
        return Event.from_json(first.body), Event.from_json(second.body), (await store.erase([ANN], DECEMBER)).queued

    assert kept.of(use) == (of(ANN, 1), of(ANN, 2), 2)


def test_nobody_in_particular_cannot_be_erased(kept):
    async def use(store):
        await filled(store)
        return await store.erase(["", EMMA], DECEMBER), len((await left(store))[0])

    assert kept.of(use) == (Erased(0, 0, 0, 0), 5)


def test_it_is_told_how_many_events_are_gone_but_not_of_those_that_are_lent(kept):
    gone = []

    async def use(store):
        store.gone = lambda destination, number: gone.append((destination, number)) if number else None
        await filled(store)
        (lent,) = await store.lease("ads", 1, NOVEMBER + 200, 60)
        erased = await store.erase([ANN], NOVEMBER + 201)
        await store.settle([lent])
        return lent.id, erased.queued, (await left(store))[0]

    assert kept.of(use) == ("id-11", 3, ["id-12", "id-13"])
    assert sorted(gone) == [("ads", 1), ("other", 1)]


def test_while_events_come_and_go_an_erasure_takes_all_that_was_acknowledged_and_nothing_of_others(kept):
    async def client(store, subject, start):
        for number in range(start, start + 40):
            await store.put([of(subject, number)])

    async def use(store):
        writing = [asyncio.create_task(client(store, who, start)) for who, start in ((ANN, 0), (BEN, 100), (ANN, 200))]
        while not writing[0].done():
            await store.erase([ANN], DECEMBER)
            await asyncio.sleep(0)
        await asyncio.gather(*writing)
        await store.erase([ANN], DECEMBER)
        return (await left(store))[0]

    assert kept.of(use) == sorted(f"id-{number}" for number in range(100, 140))


def test_links_lead_one_step_and_go_with_either_of_their_ends(kept):
    async def use(store):
        await store.link([(EMMA, ANN), (EMMA, BEN), (ANN, BEN)], NOVEMBER)
        await store.link([(EMMA, ANN)], NOVEMBER)
        first = set(await store.linked([EMMA])), set(await store.linked([ANN, BEN])), set(await store.linked([BEN]))
        erased = await store.erase([ANN], DECEMBER)
        second = set(await store.linked([EMMA])), set(await store.linked([ANN]))
        return first, erased.links, second, (await store.erase([EMMA], DECEMBER)).links, set(await store.linked([EMMA]))

    assert kept.of(use) == (({ANN, BEN}, set(), set()), 2, ({BEN}, set()), 1, set())


def test_the_keys_of_months_that_are_over_can_be_destroyed_and_then_nobody_reads_what_they_sealed(kept):
    async def use(store):
        await store.put([of(ANN, 1), of(BEN, 2, received=DECEMBER)])
        sealed = [await store.seal_for(ANN, at, "text") for at in (NOVEMBER, DECEMBER)]
        months = await store.expire_keys(NOVEMBER), await store.expire_keys(DECEMBER), await store.expire_keys(DECEMBER)
        leases = await store.lease("ads", 10, DECEMBER + 9, 60)
        return months, [(lease.id, lease.erased) for lease in leases], [await store.unseal(text) for text in sealed]

    months, leases, texts = kept.of(use)
    assert (months[0], months[1] > 0, months[2]) == (0, True, 0)
    assert (sorted(leases), texts) == ([("id-1", True), ("id-2", False)], [None, "text"])


def test_a_dead_letter_whose_key_was_destroyed_says_so(kept):
    async def use(store):
        await store.put([of(ANN, 1)])
        await store.bury(await store.lease("ads", 10, DECEMBER, 60), "rejected", DECEMBER)
        before = await store.browse("ads", 10)
        await store.expire_keys(DECEMBER)
        return [(bool(each.body), each.erased) for each in before + await store.browse("ads", 10)]

    assert kept.of(use) == [(True, False), (False, True)]


def test_what_was_erased_can_be_made_to_vanish_from_the_files(kept):
    async def use(store):
        await filled(store)
        await store.erase([ANN], DECEMBER)
        compaction = await store.compact()
        return compaction.done, bool(compaction.evidence)

    assert kept.of(use) == (True, True)


def test_what_is_sealed_for_a_subject_can_be_read_until_the_subject_is_erased(kept):
    async def before(store):
        sealed = [await store.seal_for(subject, NOVEMBER, f"text of {subject} é") for subject in (ANN, BEN, ANN)]
        return sealed, [await store.unseal(text) for text in sealed]

    async def after(store):
        first = [await store.unseal(text) for text in sealed]
        await store.erase([ANN], DECEMBER)
        return first, [await store.unseal(text) for text in sealed], await store.seal_for(ANN, NOVEMBER, "again")

    sealed, texts = kept.of(before)
    assert texts == [f"text of {subject} é" for subject in (ANN, BEN, ANN)]
    assert [subject in text for subject in (ANN, BEN) for text in sealed] == [False] * 6
    first, second, again = kept.of(after)
    assert (first, second) == (texts, [None, texts[1], None])
    assert kept.of(lambda store: store.unseal(again)) == "again"


@pytest.mark.parametrize("text", ["", "text", "sealed:", "sealed:AQ==", "sealed:é", "\ud800"])
def test_what_was_never_sealed_here_is_nothing(kept, text):
    assert kept.of(lambda store: store.unseal(text)) is None


def test_a_sealed_text_that_was_changed_is_nothing(kept):
    async def use(store):
        sealed = await store.seal_for(ANN, NOVEMBER, "a text")
        at = len(sealed) - 6
        return await store.unseal(sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :])

    assert kept.of(use) is None
