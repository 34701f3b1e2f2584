import asyncio

import pytest

from gateway.errors import StoreUnavailable
from gateway.last_look import FRESH_SECONDS, is_right, look
from tests.delivering import rigged
from tests.store.making import event

SUBJECT = "f" * 32
NONE = frozenset[str]()


def looked_again(directory, meanwhile, subjects=frozenset({SUBJECT}), after=2 * FRESH_SECONDS):
    """Whether what was right when its events were lent is still so when that has happened."""

    async def use(rig):
        await rig.store.put([event(1, received=4_900, subject=SUBJECT)])
        leases = await rig.store.lease("ads", 9, rig.clock(), 60)
        before = await look(rig.parts, subjects)
        done = meanwhile(rig)
        if done is not None:
            await done
        rig.steady.ahead += after
        return await is_right(rig.parts, leases, before)

    return rigged(directory, use)


def test_what_has_not_changed_is_still_right(tmp_path):
    assert looked_again(tmp_path, lambda rig: None)


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda rig: rig.store.refuse(SUBJECT, None, 4_950),
        lambda rig: rig.store.refuse(SUBJECT, ["ads"], 4_950),
        lambda rig: setattr(rig.policy, "fingerprint", "other"),
        lambda rig: setattr(rig.clock, "ahead", 61.0),
    ],
    ids=["withdrawn", "withdrawn in part", "another policy", "lent to somebody else"],
)
def test_what_has_changed_is_seen(tmp_path, meanwhile):
    assert not looked_again(tmp_path, meanwhile)


def test_what_others_have_withdrawn_is_nothing_to_a_request(tmp_path):
    assert looked_again(tmp_path, lambda rig: rig.store.refuse("e" * 32, None, 4_950))


def test_what_carries_nobody_asks_about_nobody(tmp_path):
    def gone(rig):
        rig.store.refusals_of = None

    assert looked_again(tmp_path, gone, NONE)


def test_where_nobody_can_say_what_was_withdrawn_nothing_is_right(tmp_path):
    def away(rig):
        async def refuses(subjects):
            raise StoreUnavailable("the store is away")

        rig.store.refusals_of = refuses

    with pytest.raises(StoreUnavailable):
        looked_again(tmp_path, away)


def test_a_request_that_leaves_at_once_costs_no_second_look(tmp_path):
    async def use(rig):
        before = await look(rig.parts, frozenset({SUBJECT}))
        rig.store.refusals_of = None
        return await asyncio.create_task(is_right(rig.parts, [], before))

    assert rigged(tmp_path, use)


def test_what_was_found_for_many_is_cut_to_what_concerns_one(tmp_path):
    async def use(rig):
        for subject in (SUBJECT, "e" * 32):
            await rig.store.refuse(subject, None, 4_950)
        found = await look(rig.parts, frozenset({SUBJECT, "e" * 32, "d" * 32}))
        mine = await look(rig.parts, frozenset({SUBJECT}))
        return found.of(mine.subjects)._replace(at=0.0) == mine._replace(at=0.0), len(found.refusals)

    assert rigged(tmp_path, use) == (True, 2)
