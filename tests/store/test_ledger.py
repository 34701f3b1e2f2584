"""What every engine promises of its ledger, tried on each of them."""

import asyncio

from gateway.store.protocols import Sheet


def test_a_sheet_is_added_once_and_read_back_after_a_restart(kept):
    async def before(store):
        return [await store.add("requests", "k-1", body) for body in ("first", "second")]

    assert kept.of(before) == [True, False]
    assert kept.of(lambda store: store.sheet("requests", "k-1")) == Sheet("k-1", 1, "first")


def test_a_sheet_that_is_not_there_is_none_and_books_are_apart(kept):
    async def use(store):
        await store.add("requests", "k", "a")
        await store.add("receipts", "k", "b")
        return await store.sheet("requests", "x"), await store.sheet("other", "k"), await store.sheet("receipts", "k")

    assert kept.of(use) == (None, None, Sheet("k", 1, "b"))


def test_it_is_rewritten_by_who_saw_it_last_and_by_nobody_else(kept):
    async def use(store):
        await store.add("requests", "k", "one")
        rewritten = [await store.rewrite("requests", "k", body, 1) for body in ("two", "three")]
        rewritten += [await store.rewrite("requests", "k", "four", 2), await store.rewrite("requests", "x", "five", 1)]
        return rewritten, await store.sheet("requests", "k")

    assert kept.of(use) == ([True, False, True, False], Sheet("k", 3, "four"))


def test_of_many_who_rewrite_together_one_wins(kept):
    async def use(store):
        await store.add("requests", "k", "")
        won = await asyncio.gather(*(store.rewrite("requests", "k", str(number), 1) for number in range(20)))
        return won, await store.sheet("requests", "k")

    won, sheet = kept.of(use)
    assert won.count(True) == 1
    assert sheet == Sheet("k", 2, str(won.index(True)))


def test_what_is_struck_is_gone_and_may_be_added_anew(kept):
    async def use(store):
        await store.add("requests", "k", "one")
        struck = [await store.strike("requests", "k"), await store.strike("requests", "k")]
        gone = await store.sheet("requests", "k"), await store.rewrite("requests", "k", "two", 1)
        return struck, gone, await store.add("requests", "k", "three"), await store.sheet("requests", "k")

    assert kept.of(use) == ([True, False], (None, False), True, Sheet("k", 1, "three"))


def test_sheets_come_in_the_order_of_their_keys_page_by_page(kept):
    async def use(store):
        for key in ("b", "a/2", "c", "a/10", "Z", "é"):
            await store.add("requests", key, f"body of {key}")
        await store.add("other", "aa", "")
        first = await store.sheets("requests", "", 3)
        second = await store.sheets("requests", first[-1].key, 9)
        return first, [sheet.key for sheet in second], await store.sheets("requests", "é", 9)

    first, second, none = kept.of(use)
    assert first[1] == Sheet("a/10", 1, "body of a/10")
    assert [sheet.key for sheet in first] + second == ["Z", "a/10", "a/2", "b", "c", "é"]
    assert none == []
