"""Keep the records of consent: each sealed for its subject, found by whoever has the subject, gone when it is erased.

A sheet's key is the subject, when it is over, and the record's id, so that what is over is found without opening
anything, and what is of one subject stands together.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

from gateway.dsr.consent_record import Act, Marks, record_of
from gateway.keys import Subjects
from gateway.store.protocols import Ledger, Vault

BOOK = "consent.record"
_AT_ONCE = 200
_DIGITS = 11  # of a time in POSIX seconds, so that keys are in the order of time

Record = Mapping[str, Any]


class Shelf(Ledger, Vault, Protocol):
    """A ledger, and a vault for what is personal in it."""


class Page(NamedTuple):
    """Records in the order of their keys, and the key that the next page comes after; empty where there is none."""

    records: list[Record]
    after: str


class ConsentLog:
    """The records of an installation. `salt` tells the salt of a subject that is not over before a time, `new_id` makes
    a UUID, `told` hears of each record that is durable. StoreUnavailable from each method where the ledger does not
    answer."""

    def __init__(
        self,
        shelf: Shelf,
        subjects: Subjects,
        salt: Callable[[str, int], Awaitable[bytes]],
        new_id: Callable[[], str],
        told: Callable[[Record], None] = lambda record: None,
    ) -> None:
        self._shelf = shelf
        self._subjects = subjects
        self._salt = salt
        self._new_id = new_id
        self._told = told

    async def write(self, act: Act, until: int) -> None:
        """Return when the record of an act is durable; it is kept until a time in POSIX seconds.

        What takes back a choice under another id is told of the one before; the new one is another visitor's then, whom
        nothing links to it, and has a record of its own.
        """
        before, chosen = act.before, act.chosen
        if before is None or before.reference == chosen.reference:
            await self._add(self._subjects.digest(chosen.reference), act, until)
            return
        if any(choice.granted for choice in before.choices):
            taken_back = chosen._replace(choices=tuple(choice._replace(granted=False) for choice in before.choices))
            await self._add(self._subjects.digest(before.reference), act._replace(chosen=taken_back), until)
        await self._add(self._subjects.digest(chosen.reference), act._replace(before=None), until)

    async def of(self, subject: str) -> list[Record]:
        """The records of a subject, the oldest first; those whose key was destroyed are left out."""
        found = [record for key in await self._keys(subject) if (record := await self._open(key)) is not None]
        return sorted(found, key=lambda record: str(record["event"]["event_time"]))

    async def one(self, subject: str, record: str) -> Record | None:
        """A record of a subject, by its id."""
        key = next((key for key in await self._keys(subject) if key.rpartition(".")[2] == record), None)
        return await self._open(key) if key else None

    async def browse(self, after: str, most: int) -> Page:
        """Up to `most` records of everybody, in no order that tells anything."""
        sheets = await self._shelf.sheets(BOOK, after, most)
        opened = [await self._shelf.unseal(sheet.body) for sheet in sheets]
        last = sheets[-1].key if len(sheets) == most else ""
        return Page([json.loads(text) for text in opened if text is not None], last)

    async def forget(self, subjects: Collection[str]) -> int:
        """Strike the records of subjects; how many."""
        struck = [await self._shelf.strike(BOOK, key) for subject in subjects for key in await self._keys(subject)]
        return sum(struck)

    async def expire(self, now: int) -> int:
        """Strike what is over; how many."""
        number, after = 0, ""
        while sheets := await self._shelf.sheets(BOOK, after, _AT_ONCE):
            for sheet in sheets:
                if int(sheet.key.split(".")[1]) <= now:
                    number += await self._shelf.strike(BOOK, sheet.key)
            after = sheets[-1].key
        return number

    async def _add(self, subject: str, act: Act, until: int) -> None:
        keys = await self._keys(subject)
        previous = keys[-1].rpartition(".")[2] if keys else ""
        marks = Marks(self._new_id(), self._new_id(), subject, await self._salt(subject, until), previous, until)
        record = record_of(act, marks)
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        sealed = await self._shelf.seal_for(subject, until, text)
        await self._shelf.add(BOOK, f"{subject}.{until:0{_DIGITS}d}.{marks.record}", sealed)
        self._told(record)

    async def _keys(self, subject: str) -> list[str]:
        """The keys of a subject's sheets, what is over last at the end."""
        found: list[str] = []
        prefix = after = f"{subject}."
        while sheets := await self._shelf.sheets(BOOK, after, _AT_ONCE):
            found += [sheet.key for sheet in sheets if sheet.key.startswith(prefix)]
            after = sheets[-1].key
            if not after.startswith(prefix):
                break
        return found

    async def _open(self, key: str) -> Record | None:
        sheet = await self._shelf.sheet(BOOK, key)
        text = await self._shelf.unseal(sheet.body) if sheet else None
        record: Record | None = None if text is None else json.loads(text)
        return record
