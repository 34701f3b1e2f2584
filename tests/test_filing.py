"""An event is findable by everything it names its visitor by as soon as it is acknowledged, at one write a day."""

import asyncio

import pytest

from gateway.errors import StoreUnavailable
from gateway.filing import Filing
from tests.store.making import event, with_store

NOW = 1_795_429_200


class Clock:
    now = NOW

    def __call__(self):
        return self.now


class Watched:
    """A store that counts how often it is asked to link, and may be away for that."""

    def __init__(self, store):
        self._store, self.links, self.away = store, [], False

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def link(self, pairs, at):
        self.links.append(sorted(pairs))
        if self.away:
            raise StoreUnavailable("away")
        await self._store.link(pairs, at)


def used(tmp_path, use):
    async def run(store):
        watched, clock = Watched(store), Clock()
        return await use(Filing(watched, clock), watched, clock)

    return with_store(tmp_path, run)


def test_what_an_event_is_also_known_by_leads_to_its_subject(tmp_path):
    async def use(filing, store, clock):
        await filing.put([event(1, subject="record", also=("user", "mail")), event(2, subject="user")])
        return (
            await store.linked(["mail"]),
            await store.linked(["record"]),
            len(await store.held(["record", "user"], 9)),
        )

    assert used(tmp_path, use) == ({"record"}, set(), 2)


def test_it_is_written_once_a_day_and_anew_for_who_was_erased(tmp_path):
    async def use(filing, store, clock):
        put = [event(1, subject="record", also=("user",))]
        for _ in range(3):
            await filing.put(put)
        clock.now += 86_400
        await filing.put(put)
        filing.forget(["user"])
        await filing.put(put)
        await filing.put([event(9)])
        return store.links

    assert used(tmp_path, use) == [[("user", "record")]] * 3


def test_what_cannot_be_linked_is_not_acknowledged_and_linked_with_the_next(tmp_path):
    async def use(filing, store, clock):
        put, store.away = [event(1, subject="record", also=("user",))], True
        with pytest.raises(StoreUnavailable):
            await filing.put(put)
        store.away = False
        await asyncio.ensure_future(filing.put(put))
        return await store.linked(["user"])

    assert used(tmp_path, use) == {"record"}
