"""One compaction serves all that were erased before it began, and none runs while something is being erased."""

import asyncio

import pytest

from gateway.dsr.compacting import Compacting
from gateway.errors import StoreUnavailable
from gateway.store.protocols import Compaction


async def turns(number):
    """Let everybody else go on so many times, however long that takes."""
    for _ in range(number):
        await asyncio.sleep(0)


class Files:
    """Counts, and tells whether it was ever disturbed."""

    def __init__(self):
        self.times, self.erasing, self.disturbed, self.away = 0, 0, False, False

    async def compact(self):
        self.times += 1
        self.disturbed |= bool(self.erasing)
        await turns(20)
        self.disturbed |= bool(self.erasing)
        if self.away:
            raise StoreUnavailable("away")
        return Compaction(True, str(self.times))


def test_a_hundred_erasures_at_once_are_few_compactions_and_none_is_disturbed():
    async def run():
        files = Files()
        compacting = Compacting(files.compact)

        async def erase(number):
            await turns(2 * number)
            async with compacting.alone:
                files.erasing += 1
                await turns(2)
                files.erasing -= 1
            before = files.times
            return int((await compacting.done()).evidence) - before

        began = await asyncio.gather(*map(erase, range(100)))
        return files, began

    files, began = asyncio.run(run())
    assert min(began) >= 1  # one that began after it was asked for
    assert (files.times < 20, files.disturbed) == (True, False)


def test_what_failed_for_one_failed_for_all_that_waited_and_the_next_tries_anew():
    async def run():
        files = Files()
        compacting, files.away = Compacting(files.compact), True
        failed = await asyncio.gather(compacting.done(), compacting.done(), return_exceptions=True)
        files.away = False
        return [type(each) for each in failed], await compacting.done()

    assert asyncio.run(run()) == ([StoreUnavailable] * 2, Compaction(True, "2"))


@pytest.mark.parametrize("times", [1, 3])
def test_whoever_gives_up_waiting_takes_it_from_nobody(times):
    async def run():
        files = Files()
        compacting = Compacting(files.compact)
        for _ in range(times):
            quitter = asyncio.create_task(compacting.done())
            await asyncio.sleep(0)
            quitter.cancel()
        return await compacting.done()

    assert asyncio.run(run()).done
