"""Keep who received what of a subject: which destination, when first and last, which fields, under which ids.

It is written while the request to the vendor is still under way, sealed under the subject's key, at most once for each
subject, destination and day, and once more where an id is new.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from gateway.days import SECONDS_A_DAY, day_of
from gateway.dsr.salts import Shelf
from gateway.errors import StoreUnavailable
from gateway.event import Event

BOOK = "recipients"

# So many pairs of subject and destination are remembered as written, and so many wait for a store that is away.
_REMEMBERED = 20_000
_OWED = 10_000
_TOGETHER = 100
_RACES = 5
_MOST_VALUES = 8
_AT_ONCE = 200
_IDS = ("id.", "contact.")


class Receipt(NamedTuple):
    """What one destination received of one subject. `first` and `last` are days since 1970-01-01 UTC; `ids` are the
    values by field as they were sent, the latest last."""

    destination: str
    first: int
    last: int
    fields: tuple[str, ...]
    ids: Mapping[str, tuple[str, ...]]

    def with_(self, later: "Receipt") -> "Receipt":
        """This and what the same destination received later."""
        ids = {name: _latest(self.ids.get(name, ()), later.ids.get(name, ())) for name in {**self.ids, **later.ids}}
        fields = tuple(sorted({*self.fields, *later.fields}))
        return Receipt(self.destination, min(self.first, later.first), max(self.last, later.last), fields, ids)


class Recipients:
    """What is known of the destinations that received something. `clock` is POSIX seconds."""

    def __init__(self, shelf: Shelf, clock: Callable[[], float]) -> None:
        self._shelf = shelf
        self._clock = clock
        self._written: OrderedDict[tuple[str, str], Receipt] = OrderedDict()
        self._owed: dict[tuple[str, str], Receipt] = {}

    async def received(self, destination: str, events: Sequence[Event]) -> None:
        """Have written that these were sent; what the store does not take now is written with what comes later."""
        day = day_of(self._clock())
        for event in events:
            if event.subject:
                self._owe((event.subject, destination), _receipt(destination, event, day))
        await self.settle()

    async def settle(self) -> bool:
        """Write what is owed, many at a time, so that they share a commit; whether nothing is owed any more."""
        while self._owed:
            some = list(islice(self._owed.items(), _TOGETHER))
            kept = await asyncio.gather(*(self._try(place, receipt) for place, receipt in some))
            if not all(kept):
                return False
        return True

    async def _try(self, place: tuple[str, str], receipt: Receipt) -> bool:
        """Whether it is written now. What was added to it meanwhile is owed still."""
        try:
            kept = await self._write(place[0], receipt)
        except StoreUnavailable:
            return False
        if self._owed.get(place) is receipt:
            del self._owed[place]
        self._written[place] = kept
        self._written.move_to_end(place)
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)
        return True

    async def of(self, subjects: Collection[str]) -> list[Receipt]:
        """What every destination received of these subjects together."""
        await self.settle()
        found: dict[str, Receipt] = {}
        for subject in subjects:
            for receipt in [read for _, read in await self._sheets(subject) if read]:
                known = found.get(receipt.destination)
                found[receipt.destination] = known.with_(receipt) if known else receipt
        return [found[name] for name in sorted(found)]

    async def forget(self, subjects: Collection[str]) -> int:
        """Strike what is kept of these subjects; how many sheets there were."""
        count = 0
        self.drop(subjects)
        for subject in subjects:
            for key, _ in await self._sheets(subject):
                count += await self._shelf.strike(BOOK, key)
        return count

    def drop(self, subjects: Collection[str]) -> None:
        """Have nothing of these subjects in mind, nor anything to write of them: another process has erased them."""
        gone = frozenset(subjects)
        for place in [place for place in (*self._written, *self._owed) if place[0] in gone]:
            self._written.pop(place, None)
            self._owed.pop(place, None)

    async def expire(self, before: int) -> int:
        """Strike what was received last before a time in POSIX seconds, and what nobody can open; how many sheets."""
        count, after = 0, ""
        while page := await self._shelf.sheets(BOOK, after, _AT_ONCE):
            for sheet in page:
                receipt = _read(await self._shelf.unseal(sheet.body))
                if receipt is None or receipt.last * SECONDS_A_DAY < before:
                    count += await self._shelf.strike(BOOK, sheet.key)
            after = page[-1].key
        return count

    def _owe(self, place: tuple[str, str], receipt: Receipt) -> None:
        known = self._written.get(place)
        if known and (known == receipt or (known.last >= receipt.last and known.with_(receipt) == known)):
            return
        owed = self._owed.get(place)
        if owed is None and len(self._owed) >= _OWED:
            return
        self._owed[place] = owed.with_(receipt) if owed else receipt

    async def _write(self, subject: str, receipt: Receipt) -> Receipt:
        key, at = f"{subject}/{receipt.destination}", int(self._clock())
        new = (subject, receipt.destination) not in self._written  # as it mostly is
        if new and await self._shelf.add(BOOK, key, await self._shelf.seal_for(subject, at, _written(receipt))):
            return receipt
        for _ in range(_RACES):
            sheet = await self._shelf.sheet(BOOK, key)
            before = _read(await self._shelf.unseal(sheet.body)) if sheet else None
            both = before.with_(receipt) if before else receipt
            body = await self._shelf.seal_for(subject, at, _written(both))
            if sheet is None and await self._shelf.add(BOOK, key, body):
                return both
            if sheet is not None and await self._shelf.rewrite(BOOK, key, body, sheet.revision):
                return both
        raise StoreUnavailable("too many write at once who received what")

    async def _sheets(self, subject: str) -> list[tuple[str, Receipt | None]]:
        found: list[tuple[str, Receipt | None]] = []
        after = mark = f"{subject}/"
        while True:
            page = await self._shelf.sheets(BOOK, after, _AT_ONCE)
            for sheet in page:
                if not sheet.key.startswith(mark):
                    return found
                found.append((sheet.key, _read(await self._shelf.unseal(sheet.body))))
            if len(page) < _AT_ONCE:
                return found
            after = page[-1].key


def _receipt(destination: str, event: Event, day: int) -> Receipt:
    ids = {
        name: (str(value),)
        for name, value in event.fields.items()
        if name.startswith(_IDS) and event.levels.get(name) != "daily_hash"
    }
    return Receipt(destination, day, day, tuple(sorted(event.fields)), ids)


def _latest(before: tuple[str, ...], later: tuple[str, ...]) -> tuple[str, ...]:
    """The latest values, each once, the latest last."""
    new = [value for value in later if value not in before]
    return (*before, *new)[-_MOST_VALUES:]


def _written(receipt: Receipt) -> str:
    return json.dumps(receipt._asdict(), separators=(",", ":"))


def _read(text: str | None) -> Receipt | None:
    if text is None:
        return None
    told: dict[str, Any] = json.loads(text)
    ids = {name: tuple(values) for name, values in told["ids"].items()}
    return Receipt(**{**told, "fields": tuple(told["fields"]), "ids": ids})
