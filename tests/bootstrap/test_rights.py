"""Nothing is delivered before everything that was erased is, also after a restore; deadlines are the policy's."""

import asyncio

import pytest

from gateway.bootstrap import rights
from gateway.bootstrap.parts import Gateway
from gateway.bootstrap.plan import read_plan
from gateway.dsr.deadlines import PLACES
from gateway.keys import Subjects
from tests.bootstrap.configuration import write
from tests.store.making import event

WHY = "what was erased is not erased again"


@pytest.fixture
def config(tmp_path):
    return write(tmp_path)


def test_a_journal_that_cannot_be_believed_keeps_a_gateway_from_beginning_until_it_can(config, monkeypatch):
    monkeypatch.setattr(rights, "_BROKEN_SECONDS", 0.01)
    monkeypatch.setattr(rights, "_START_SECONDS", 0.5)
    journal = config.with_name("erasures.jsonl")
    journal.write_text("not a journal\n")

    async def run():
        gateway = Gateway(read_plan(config))
        await gateway.start()
        try:
            ready, state = await gateway.ready()
            before = ready, WHY in state["why"], len(gateway.worker._tasks)
            journal.unlink()
            async with asyncio.timeout(20):
                while not (await gateway.ready())[0]:
                    await asyncio.sleep(0.01)
            return before, len(gateway.worker._tasks) > 0
        finally:
            await gateway.stop()

    assert asyncio.run(run()) == ((False, True, 0), True)


def test_the_books_begin_with_what_was_queued_before_anything_is_erased_again_or_taken(config, monkeypatch):
    plan = read_plan(config)
    subject = Subjects(plan.keys.ring("subject")).of("user", "u-1")

    async def run():
        gateway = Gateway(plan)
        await gateway.store.open()
        await gateway.store.put([event(1, "meta", subject=subject), event(2, "meta"), event(3, "meta")])
        gateway.rights.journal.append(1_795_429_200, "a request", [subject], True)
        await gateway.store.close()
        gateway, erased, taken = Gateway(plan), asyncio.Event(), asyncio.Event()
        replay, begun = gateway.rights._replay, asyncio.Event()

        async def later():
            wait = await replay()
            erased.set()
            await taken.wait()
            return wait

        monkeypatch.setattr(rights, "_START_SECONDS", 0.01)
        monkeypatch.setattr(gateway.rights, "_replay", later)
        monkeypatch.setattr(gateway.worker, "start", begun.set)
        await gateway.start()
        await erased.wait()
        await gateway.store.put([event(4, "meta"), event(5, "meta")])  # hits, before it is ready to deliver
        taken.set()
        await begun.wait()
        ((_, waiting, _),) = await gateway.store.depths()
        page = gateway.telemetry.exposition().decode().splitlines()
        await gateway.stop()
        return waiting, sorted(line for line in page if line.startswith("gateway_deliveries_total{") and "meta" in line)

    waiting, counted = asyncio.run(run())
    assert waiting == 4
    assert [line.partition("result=")[2] for line in counted] == ['"erased"} 1.0', '"recovered"} 3.0']


def test_what_the_journal_names_is_gone_before_the_worker_begins(config):
    plan = read_plan(config)
    subject = Subjects(plan.keys.ring("subject")).of("user", "u-1")

    async def run():
        gateway = Gateway(plan)
        await gateway.store.open()
        await gateway.store.put([event(1, "meta", subject=subject), event(2, "meta")])
        gateway.rights.journal.append(1_795_429_200, "a request", [subject], True)
        await gateway.store.close()
        gateway = Gateway(plan)
        seen = []

        async def begin():
            seen.append([each.id for each in await gateway.store.held([subject, ""], 9)])

        await gateway.store.open()
        await gateway.rights.start(begin)
        async with asyncio.timeout(20):
            while not seen:
                await asyncio.sleep(0.01)
        refused = (await gateway.store.refusals_of([subject])).keys()
        await gateway.rights.stop()
        await gateway.evidence.stop()
        await gateway.store.close()
        return seen, refused

    assert asyncio.run(run()) == ([[]], {subject})


@pytest.mark.parametrize(
    ("recipients", "dead", "days"), [("395d", "7d", 395), ("1d", "7d", 14), ("1d", "30d", 37), ("20d", "7d", 20)]
)
def test_keys_outlive_everything_that_they_sealed_however_soon_recipients_are_forgotten(
    tmp_path, recipients, dead, days
):
    config = write(tmp_path)
    text = config.read_text().replace("drain: 0.1", f"drain: 0.1, keep_dead_letters: {dead}")
    config.write_text(f"{text}rights: {{keep_recipients: {recipients}}}\n")
    assert rights.keys_live(read_plan(config)) == days * 86_400


def test_what_still_waits_can_be_read_when_its_month_is_over_and_recipients_are_forgotten_at_once(tmp_path):
    config = write(tmp_path)
    config.write_text(config.read_text() + "rights: {keep_recipients: 1s}\n")
    now = 1_796_256_000  # 2026-12-03

    async def run():
        gateway = Gateway(read_plan(config))
        await gateway.store.open()
        await gateway.store.put([event(1, "meta", received=now - 3 * 86_400)])
        await gateway.rights._forget(now)
        early = [each.erased for each in await gateway.store.lease("meta", 9, now, 60)]
        await gateway.rights._forget(now + 30 * 86_400)
        late = [each.erased for each in await gateway.store.lease("meta", 9, now + 99, 60)]
        await gateway.evidence.stop()
        await gateway.store.close()
        return early, late

    assert asyncio.run(run()) == ([False], [True])


@pytest.mark.parametrize(
    ("place", "answer", "more"),
    [
        (PLACES["gdpr"], "30d", "60d"), (PLACES["ccpa"], "45d", "45d"), ("US-VA", "45d", "45d"), ("FR", "30d", "60d"),
        ("", "30d", "0d"), ("ZZ", "3d", "0d"),
    ],
)  # fmt: skip
def test_the_terms_of_a_place_are_those_of_the_policy(config, place, answer, more):
    policy = read_plan(config).policy
    assert [str(rights.asked(policy, place, key)) for key in ("respond_within", "extend_by")] == [answer, more]
