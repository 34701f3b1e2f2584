"""A link leads to its request and to nobody; a browser finds its own requests again, until it is forgotten."""

import pytest

from gateway.dsr.links import LINKS, REQUESTS, Links
from tests.store.making import with_store

NOW, UNTIL = 1_790_000_000, 1_790_000_100


@pytest.fixture
def kept(tmp_path):
    numbers = iter(range(1, 200))

    def use(work):
        async def run(store):
            return await work(Links(store, lambda many: bytes([next(numbers)]) * many), store)

        return with_store(tmp_path, run)

    return use


def test_a_link_leads_to_its_request_until_it_is_over(kept):
    async def work(links, store):
        token = await links.make("request-1", "subject-a", UNTIL)
        found = await links.find(token, NOW)
        return token, found, await links.find(token, UNTIL), await links.find("0" * 32, NOW), await links.find("", NOW)

    token, found, over, other, empty = kept(work)
    assert (len(token), found.request) == (32, "request-1")
    assert (over, other, empty) == (None, None, None)


def test_it_knows_by_whom_it_was_asked_for_and_tells_nobody(kept):
    async def work(links, store):
        token = await links.make("request-1", "subject-a", UNTIL)
        unknown = await links.make("request-2", "", UNTIL)
        return token, await links.find(token, NOW), await links.find(unknown, NOW), await store.sheets(LINKS, "", 9)

    token, found, unknown, sheets = kept(work)
    assert found.is_of("subject-a")
    assert not found.is_of("subject-b")
    assert not found.is_of("")
    assert not unknown.is_of("")
    assert all(token not in sheet.key + sheet.body and "subject-a" not in sheet.key + sheet.body for sheet in sheets)


def test_a_browser_finds_its_own_requests_again_the_latest_first(kept):
    async def work(links, store):
        await links.remember("request-1", "a", UNTIL)
        await links.remember("request-2", "a", UNTIL + 1)
        await links.remember("request-2", "a", UNTIL + 1)
        await links.remember("request-3", "ab", UNTIL)
        before = await links.of("a")
        forgotten = await links.forget(["a"])
        return before, forgotten, await links.of("a"), await links.of("ab")

    assert kept(work) == (["request-2", "request-1"], 2, [], ["request-3"])


def test_however_many_requests_a_browser_made_none_is_missed_and_none_is_left(kept):
    async def work(links, store):
        for number in range(205):
            await links.remember(f"request-{number}", "a", UNTIL + number)
        return await links.of("a"), await links.forget(["a"]), await links.of("a")

    found, forgotten, left = kept(work)
    assert (found[0], len(found), forgotten, left) == ("request-204", 205, 205, [])


def test_what_is_over_is_struck(kept):
    async def work(links, store):
        token = await links.make("request-1", "a", UNTIL)
        await links.make("request-1", "a", UNTIL + 1)
        await links.remember("request-1", "a", UNTIL)
        await links.remember("request-2", "a", UNTIL + 1)
        early, late = await links.expire(UNTIL - 1), await links.expire(UNTIL)
        left = [len(await store.sheets(book, "", 9)) for book in (LINKS, REQUESTS)]
        return early, late, left, await links.find(token, NOW)

    assert kept(work) == (0, 2, [1, 1], None)
