"""The ledger and the vault of the shared store: small documents, and what is personal in them sealed."""

import base64
import binascii

from gateway.errors import StoreUnavailable
from gateway.sealing import key_id, month_of
from gateway.store.protocols import Sheet
from gateway.store.redis.parts import Parts
from gateway.store.redis.scripts import LASTING, READ_SHEETS, STRIKE_SHEET, WRITE_SHEET

# What tells a sealed text from any other, and binds it to being one.
_MARK = "sealed:"
_BOUND = b"vault"

_AT_ONCE = 200


class RedisLedger:
    """`Ledger` and `Vault` of `gateway.store.protocols`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def add(self, book: str, key: str, body: str) -> bool:
        """See `Ledger`."""
        return await self._write(book, key, body, 0)

    async def sheet(self, book: str, key: str) -> Sheet | None:
        """See `Ledger`."""
        tag = self._parts.names.book(book)
        found: bytes | None = await self._parts.command(tag, "HGET", f"{tag}:sheets", key)
        return _sheet(key.encode(), found) if found is not None else None

    async def rewrite(self, book: str, key: str, body: str, revision: int) -> bool:
        """See `Ledger`."""
        return revision > 0 and await self._write(book, key, body, revision)

    async def _write(self, book: str, key: str, body: str, revision: int) -> bool:
        return bool(await self._parts.change(WRITE_SHEET, self._parts.names.book(book), key, body, revision))

    async def strike(self, book: str, key: str) -> bool:
        """See `Ledger`. The server's files are rid of it when they are compacted."""
        return bool(await self._parts.change(STRIKE_SHEET, self._parts.names.book(book), key))

    async def sheets(self, book: str, after: str, most: int) -> list[Sheet]:
        """See `Ledger`."""
        tag, found = self._parts.names.book(book), list[Sheet]()
        while len(found) < most:
            wanted = min(most - len(found), _AT_ONCE)
            page = await self._parts.run(READ_SHEETS, tag, found[-1].key if found else after, wanted)
            found += [_sheet(key, sheet) for key, sheet in zip(page[::2], page[1::2], strict=True)]
            if len(page) < 2 * wanted:
                break
        return found

    async def seal_for(self, subject: str, at: int, text: str) -> str:
        """See `Vault`."""
        tag, month = self._parts.names.vault, month_of(at)
        keyring = self._parts.keyrings.of(tag)
        found = await self._parts.run(LASTING, tag, subject, month)
        if not found:
            id_, key = keyring.make(subject, month)
            ((under, its),) = keyring.months_of([key]).items()
            found = await self._parts.change(LASTING, tag, subject, month, id_, key, under, its)
        if not found:
            raise StoreUnavailable("the key of that month was destroyed")
        id_, key = found
        await self._parts.learn(tag, [key])
        sealed = keyring.seal_under(id_, key, text.encode("utf-8", "replace"), _BOUND)
        if sealed is None:
            raise StoreUnavailable("the key of that month was destroyed")
        return _MARK + base64.b64encode(sealed).decode()

    async def unseal(self, text: str) -> str | None:
        """See `Vault`."""
        try:
            row = base64.b64decode(text.removeprefix(_MARK), validate=True)
        except (binascii.Error, ValueError):
            return None
        tag = self._parts.names.vault
        found: bytes | None = await self._parts.command(tag, "HGET", f"{tag}:keys", key_id(row))
        if found is None or not text.startswith(_MARK):
            return None
        key = found.partition(b":")[2]
        await self._parts.learn(tag, [key])
        return self._parts.keyrings.of(tag).unseal(row, _BOUND, key)


def _sheet(key: bytes, found: bytes) -> Sheet:
    revision, _, body = found.partition(b" ")
    return Sheet(key.decode(), int(revision), body.decode())
