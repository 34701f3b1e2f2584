"""Name subjects in the evidence by commitments whose salt dies with the subject's keys."""

from collections.abc import Callable, Collection
from typing import Protocol

from gateway.audit.commitment import SALT_BYTES, commit
from gateway.errors import StoreUnavailable
from gateway.store.protocols import Ledger, Vault

BOOK = "dsr.salt"
_AT_ONCE = 200


class Shelf(Ledger, Vault, Protocol):
    """A ledger, and a vault for what is personal in it."""


class Salts:
    """The salt of each subject that the evidence names. `random` gives so many random bytes."""

    def __init__(self, shelf: Shelf, random: Callable[[int], bytes]) -> None:
        self._shelf = shelf
        self._random = random

    async def commitments(self, subjects: Collection[str], at: int) -> list[str]:
        """A commitment to each subject, in no order that tells anything."""
        return sorted([commit(await self.salt(subject, at), subject) for subject in subjects])

    async def salt(self, subject: str, at: int) -> bytes:
        """The salt of a subject, made where it has none or the one it had can be opened no more."""
        for _ in range(3):
            sheet = await self._shelf.sheet(BOOK, subject)
            text = await self._shelf.unseal(sheet.body) if sheet else None
            if text is not None:
                return bytes.fromhex(text)
            fresh = self._random(SALT_BYTES)
            body = await self._shelf.seal_for(subject, at, fresh.hex())
            if sheet is None and await self._shelf.add(BOOK, subject, body):
                return fresh
            if sheet is not None and await self._shelf.rewrite(BOOK, subject, body, sheet.revision):
                return fresh
        raise StoreUnavailable("the salt of a subject is made by too many at once")

    async def destroy(self, subjects: Collection[str]) -> None:
        """Forget that there was a salt."""
        for subject in subjects:
            await self._shelf.strike(BOOK, subject)

    async def expire(self) -> int:
        """Strike the salts that nobody can open any more; how many."""
        count, after = 0, ""
        while page := await self._shelf.sheets(BOOK, after, _AT_ONCE):
            for sheet in page:
                if await self._shelf.unseal(sheet.body) is None:
                    count += await self._shelf.strike(BOOK, sheet.key)
            after = page[-1].key
        return count
