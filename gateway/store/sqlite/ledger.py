"""The ledger and the vault of the embedded engine: small documents, and what is personal in them sealed."""

import base64
import binascii

from gateway.errors import StoreUnavailable
from gateway.sealing import key_id, month_of
from gateway.store.protocols import Sheet
from gateway.store.sqlite.files import MARK, Files, rows_of, run

# What a sealed text is bound to: it is no event.
_BOUND = b"vault"

_SHEETS = "select key, revision, body from sheets where book = ? and "


class LedgerFile(Files):
    """`Ledger` and `Vault` of `gateway.store.protocols`."""

    async def add(self, book: str, key: str, body: str) -> bool:
        """See `Ledger`."""
        statement = "insert or ignore into sheets (book, key, revision, body) values (?, ?, 1, ?)"
        return await self._writer.change(lambda writer: run(writer, statement, (book, key, body))) == 1

    async def sheet(self, book: str, key: str) -> Sheet | None:
        """See `Ledger`."""
        rows = await self._read(lambda reader: rows_of(reader, f"{_SHEETS} key = ?", (book, key)))
        return Sheet(*rows[0]) if rows else None

    async def rewrite(self, book: str, key: str, body: str, revision: int) -> bool:
        """See `Ledger`."""
        statement = "update sheets set body = ?, revision = revision + 1 where book = ? and key = ? and revision = ?"
        return await self._writer.change(lambda writer: run(writer, statement, (body, book, key, revision))) == 1

    async def strike(self, book: str, key: str) -> bool:
        """See `Ledger`."""
        statement = "delete from sheets where book = ? and key = ?"
        return await self._writer.change(lambda writer: run(writer, statement, (book, key))) == 1

    async def sheets(self, book: str, after: str, most: int) -> list[Sheet]:
        """See `Ledger`."""
        query = f"{_SHEETS} key > ? order by key limit ?"
        return [Sheet(*row) for row in await self._read(lambda reader: rows_of(reader, query, (book, after, most)))]

    async def seal_for(self, subject: str, at: int, text: str) -> str:
        """See `Vault`."""
        month = month_of(at)
        key = await self._keyring.lasting(subject, month)
        if key is None:
            made = self._sealer.make(subject, month)
            try:
                await self._keyring.add(made, lasting=True)
            except BaseException:
                self._sealer.abandon(made)
                raise
            (key,) = made.keys
        sealed = self._sealer.seal_under(key, text.encode("utf-8", "replace"), _BOUND)
        if sealed is None:
            raise StoreUnavailable("the key of that month was destroyed")
        return MARK + base64.b64encode(sealed).decode()

    async def unseal(self, text: str) -> str | None:
        """See `Vault`."""
        try:
            row = base64.b64decode(text.removeprefix(MARK), validate=True)
        except (binascii.Error, ValueError):
            return None
        key = (await self._keyring.find([key_id(row)])).get(key_id(row))
        plain = self._sealer.open(row, _BOUND, key) if key and text.startswith(MARK) else None
        return plain.decode() if plain is not None else None
