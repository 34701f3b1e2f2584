"""Do again what the journal says was erased, where the store does not know of it: a backup may have brought it back.

The store remembers how far it has followed each journal; one that was restored remembers what it did then. A request
that is in work is left to whoever works on it, who looks up first what was sent to whom; refused are its subjects now.
"""

import asyncio
from collections.abc import Collection
from typing import Protocol

from gateway.dsr.journal import Journal, JournalBroken
from gateway.store.protocols import Erasing, Ledger, Withdrawals

BOOK = "dsr.journal"
_TRIES = 20


class Follows(Erasing, Withdrawals, Ledger, Protocol):
    """The store, as far as it keeps anything of subjects."""


class Forgets(Protocol):
    """Whoever keeps sheets of subjects."""

    async def forget(self, subjects: Collection[str]) -> int:
        """Strike the sheets of these subjects; how many there were."""


class Knows(Protocol):
    """The requests."""

    async def in_work(self, id: str) -> bool:
        """Whether somebody will see this request to its end."""


async def replay(journal: Journal, store: Follows, lookup: Forgets, requests: Knows) -> int:
    """Erase again what the store has not followed yet; how many erasures that were. JournalBroken where the journal
    cannot be believed, or has lost what the store followed already; StoreUnavailable."""
    told = await asyncio.to_thread(journal.read)
    mark = await _mark(store, told.name)
    if mark > len(told.entries):
        raise JournalBroken("the journal of erasures has lost its end")
    for entry in told.entries[mark:]:
        await refuse(store, entry.subjects, (entry.at, entry.at), lasting=entry.lasting)
        if not await requests.in_work(entry.request):
            await store.erase(entry.subjects, entry.at)
            await lookup.forget(entry.subjects)
    if told.name:
        await _follow(store, told.name, len(told.entries))
    return len(told.entries) - mark


async def marked(store: Ledger, journal: Journal, request: str) -> None:
    """Remember that the store has followed the journal up to the entry of a request."""
    told = await asyncio.to_thread(journal.read)
    place = max((entry.place for entry in told.entries if entry.request == request), default=0)
    await _follow(store, told.name, place)


async def refuse(store: Withdrawals, subjects: Collection[str], times: tuple[int, int], *, lasting: bool) -> None:
    """Have everything refused that came before an erasure, and where that is `lasting` what comes after it as well.

    `times` are when it was asked for and now. What somebody refused before he asked is not ended by it.
    """
    asked, now = times
    before = {} if lasting else await store.refusals_of(subjects)
    for subject in subjects:
        if any(not each.purpose and each.standing and each.at <= asked for each in before.get(subject, ())):
            continue
        await store.refuse(subject, None, now)
        if not lasting:
            await store.lift(subject, ("",))


async def _mark(store: Ledger, name: str) -> int:
    sheet = await store.sheet(BOOK, name)
    return int(sheet.body) if sheet else 0


async def _follow(store: Ledger, name: str, place: int) -> None:
    for _ in range(_TRIES):
        sheet = await store.sheet(BOOK, name)
        if sheet is None and await store.add(BOOK, name, str(place)):
            return
        if sheet is not None and (
            int(sheet.body) >= place or await store.rewrite(BOOK, name, str(place), sheet.revision)
        ):
            return
