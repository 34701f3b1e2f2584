"""A restored store is not believed before everything was erased again that it does not know of."""

import asyncio
import json
import shutil

import pytest

from gateway.dsr.journal import JournalBroken
from gateway.dsr.replay import replay
from gateway.store.protocols import Refusal
from tests.dsr.answering import NOW, SUBJECTS, U1, at_home, event, house, states

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
            done = await replay(made.journal, made.store, made.lookup, made.books)
            held = await made.store.held([U1], 9), await made.store.held([OTHER], 9)
            return (
                restored,
                done,
                held,
                await made.store.refusals_of([U1]),
                await replay(made.journal, made.store, made.lookup, made.books),
            )

    restored, done, (erased, others), refusals, again = asyncio.run(run())
    assert (restored, done, erased, [each.id for each in others]) == (1, 1, [], ["id-2"])
    assert (refusals, again) == ({U1: (Refusal("", NOW, True),)}, 0)


def test_who_came_back_with_a_new_yes_is_not_erased_again_at_the_next_start(tmp_path):
    async def use(made):
        await made.done(await made.submit())
        await made.store.put([event(7)])
        return await replay(made.journal, made.store, made.lookup, made.books), len(await made.store.held([U1], 9))

    assert at_home(tmp_path, use) == (0, 1)


def test_a_journal_that_has_lost_its_end_is_not_believed(tmp_path):
    async def use(made):
        await made.done(await made.submit())
        path = tmp_path / "erasures.jsonl"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
        with pytest.raises(JournalBroken, match="lost its end"):
            await replay(made.journal, made.store, made.lookup, made.books)

    at_home(tmp_path, use)


def test_a_request_in_work_is_left_to_who_knows_what_was_sent_to_whom(tmp_path):
    """Killed when its erasure was written down and nothing was destroyed yet."""
    archive = tmp_path / "archive"
    archive.mkdir()
    rows = [json.dumps({"event": {"id": name}, "id": {"user": name}}) for name in ("u-1", "u-2")]
    (archive / "2026-11-23.jsonl").write_text("".join(f"{row}\n" for row in rows))

    async def run():
        async with house(tmp_path) as made:
            made.files = {"archive": archive}
            await made.store.put([event(1), event(2, OTHER)])
            await made.recipients.received("archive", [event(1)])
            request = await made.submit()
            made.journal.append(NOW, request.id, [U1], True)
        async with house(tmp_path) as made:
            made.files = {"archive": archive}
            await replay(made.journal, made.store, made.lookup, made.books)
            refused = await made.store.refusals_of([U1])
            done = await made.done(request)
            again = await replay(made.journal, made.store, made.lookup, made.books)
            return refused, str(done.outcome), states(done)["archive:archive"], await made.store.held([U1], 9), again

    refused, outcome, rewritten, held, again = asyncio.run(run())
    assert (refused, outcome, rewritten, held, again) == ({U1: (Refusal("", NOW, True),)}, "done", "done", [], 0)
    assert (archive / "2026-11-23.jsonl").read_text() == f"{rows[1]}\n"


def test_what_was_refused_before_is_refused_after_a_restore_as_well(tmp_path):
    async def use(made):
        await made.store.refuse(U1, ["ads"], NOW - 5)
        made.journal.append(NOW, "01a21a00-2058-73b5-a2a0-f08aaaa8a54d", [U1], False)
        await replay(made.journal, made.store, made.lookup, made.books)
        return await made.store.refusals_of([U1])

    assert at_home(tmp_path, use) == {U1: (Refusal("", NOW, False), Refusal("ads", NOW - 5, True))}
