"""A restored store is not believed before everything was erased again that it does not know of."""

import asyncio
import shutil

import pytest

from gateway.dsr.journal import JournalBroken
from gateway.dsr.replay import replay
from gateway.store.protocols import Refusal
from tests.dsr.answering import NOW, SUBJECTS, U1, at_home, event, house

OTHER = SUBJECTS.of("user", "u-2")


def test_an_older_backup_brings_nobody_back(tmp_path):
    async def run():
        async with house(tmp_path) as made:
            await made.store.put([event(1), event(2, OTHER)])
        shutil.copytree(tmp_path / "data", tmp_path / "backup")
        async with house(tmp_path) as made:
            await made.done(await made.submit())
        shutil.rmtree(tmp_path / "data")
        shutil.move(tmp_path / "backup", tmp_path / "data")
        async with house(tmp_path) as made:
            restored = len(await made.store.held([U1], 9))
            done = await replay(made.journal, made.store, made.lookup)
            held = await made.store.held([U1], 9), await made.store.held([OTHER], 9)
            return (
                restored,
                done,
                held,
                await made.store.refusals_of([U1]),
                await replay(made.journal, made.store, made.lookup),
            )

    restored, done, (erased, others), refusals, again = asyncio.run(run())
    assert (restored, done, erased, [each.id for each in others]) == (1, 1, [], ["id-2"])
    assert (refusals, again) == ({U1: (Refusal("", NOW, True),)}, 0)


def test_who_came_back_with_a_new_yes_is_not_erased_again_at_the_next_start(tmp_path):
    async def use(made):
        await made.done(await made.submit())
        await made.store.put([event(7)])
        return await replay(made.journal, made.store, made.lookup), len(await made.store.held([U1], 9))

    assert at_home(tmp_path, use) == (0, 1)


def test_a_journal_that_has_lost_its_end_is_not_believed(tmp_path):
    async def use(made):
        await made.done(await made.submit())
        path = tmp_path / "erasures.jsonl"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
        with pytest.raises(JournalBroken, match="lost its end"):
            await replay(made.journal, made.store, made.lookup)

    at_home(tmp_path, use)
