import asyncio

import pytest

from gateway.web.eager import Running


def ended(make):
    """What a coroutine told at its end, and whether it told it before the loop went on."""

    async def run():
        told = []
        Running(make(), told.append)
        at_once = bool(told)
        while not told:
            await asyncio.sleep(0)
        return told, at_once

    return asyncio.run(run())


async def returning(value):
    return value


async def waiting(seconds, value):
    await asyncio.sleep(seconds)
    return value


async def raising(error):
    raise error


def test_what_waits_for_nothing_ends_at_once():
    assert ended(lambda: returning(7)) == ([7], True)


def test_what_waits_ends_when_its_future_does():
    assert ended(lambda: waiting(0.01, 7)) == ([7], False)


def test_what_it_raises_is_told():
    told, at_once = ended(lambda: raising(KeyError("a")))
    assert type(told[0]) is KeyError and at_once


def test_what_its_future_raises_can_be_caught_where_it_waited():
    async def careful():
        failing = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(failing.set_exception, OSError())
        try:
            await failing
        except OSError:
            return await waiting(0.01, "caught")

    assert ended(careful) == (["caught"], False)


def test_a_cancelled_future_is_told_as_what_it_is():
    async def deserted():
        gone = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(gone.cancel)
        await gone

    told, _ = ended(deserted)
    assert type(told[0]) is asyncio.CancelledError


@pytest.mark.parametrize("depth", [1, 5])
def test_it_may_wait_as_often_as_it_likes(depth):
    async def often():
        return [await waiting(0.001, 2) for _ in range(depth)]

    assert ended(often) == ([[2] * depth], False)
