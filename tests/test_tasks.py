import asyncio

from gateway import tasks


async def ended_by_one():
    await asyncio.sleep(60)


async def deaf_once():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(60)


async def broken():
    raise ValueError("broken")


def ending(monkeypatch, *works):
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.05)

    async def use():
        begun = [asyncio.create_task(work()) for work in works]
        await asyncio.sleep(0)
        await asyncio.wait_for(tasks.end([None, *begun]), 30)
        return [task.done() for task in begun]

    return asyncio.run(use())


def test_every_task_has_ended_whatever_it_ended_with(monkeypatch):
    assert ending(monkeypatch, ended_by_one, broken) == [True, True]


def test_a_task_that_lost_a_cancellation_is_cancelled_again(monkeypatch):
    assert ending(monkeypatch, deaf_once) == [True]


def test_nobody_waits_for_no_task(monkeypatch):
    assert ending(monkeypatch) == []
