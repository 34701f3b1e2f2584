"""Whoever works through many things by turns lets others have theirs."""

import asyncio

from gateway.turns import by_turns, pieces


async def seen(number, others, turns=by_turns):
    async def other():
        while True:
            others.append(1)
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    things = [thing async for thing in turns(range(number))]
    beside.cancel()
    return things


def test_every_thing_comes_once_and_in_order():
    assert asyncio.run(seen(100, [])) == list(range(100))


def test_others_have_turns_while_many_are_worked_through_and_none_while_few_are():
    many, few = [], []
    asyncio.run(seen(1_000, many))
    asyncio.run(seen(3, few))
    assert (len(many) >= 30, few) == (True, [])


def test_pieces_hold_every_thing_once_and_in_order_and_others_have_turns_between_them():
    many, few = [], []
    parts = asyncio.run(seen(1_000, many, pieces))
    asyncio.run(seen(3, few, pieces))
    assert [thing for part in parts for thing in part] == list(range(1_000))
    assert (len(parts) >= 10, len(many) >= len(parts) - 1, few) == (True, True, [])
