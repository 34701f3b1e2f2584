"""Seal what an older version of the embedded engine kept as plain text, before anything else is done with it."""

import sqlite3
from typing import Any

from gateway.sealing import bound, month_of, period
from gateway.store.sqlite.files import Files, rows_of, run, subject_of
from gateway.store.sqlite.reader import checksum
from gateway.store.sqlite.schema import PLAIN

_AT_ONCE = 200
_SELECT = "select {} from {} order by seq limit ?"
_INSERT = "insert or ignore into {} ({}) values ({})"
_DELETE = "delete from {} where seq <= ?"
_COLUMNS = {
    "plain_queue": "seq, destination, id, received, checksum, body, attempts, due",
    "plain_dead": "seq, destination, id, received, checksum, body, attempts, buried, reason",
}


class UpgradingFiles(Files):
    """What takes over the tables of version 1, some rows a transaction; killed between, it goes on where it was."""

    async def _upgrade(self) -> None:
        there = "select name from sqlite_schema where type = 'table'"
        names = {name for (name,) in await self._read(lambda reader: rows_of(reader, there))}
        for plain in PLAIN:
            if plain in names:
                await self._seal_plain(plain)

    async def _seal_plain(self, plain: str) -> None:
        table, columns = plain.removeprefix("plain_"), _COLUMNS[plain]
        values = ", ".join("?" * len(columns.split()))
        query, insert = _SELECT.format(columns, plain), _INSERT.format(table, columns, values)
        while rows := await self._read(lambda reader: rows_of(reader, query, (_AT_ONCE,))):
            for month in {month_of(row[3]) for row in rows}:
                await self._stocked(month, len(rows))
            sealed = [self._sealed_row(row) for row in rows]

            def work(writer: sqlite3.Connection, rows: list[tuple[Any, ...]] = sealed) -> None:
                writer.executemany(insert, rows)
                run(writer, _DELETE.format(plain), (rows[-1][0],))

            await self._writer.change(work)
        await self._writer.change(lambda writer: run(writer, f"drop table {plain}"))

    def _sealed_row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """The row as this version keeps it; what the disk had changed stays unreadable."""
        seq, destination, name, received, sum_, body, *rest = row
        plain, sealed = body.encode("utf-8", "replace"), b""
        if checksum(plain) == sum_:
            subject = subject_of(body)
            sealed = self._sealer.seal(subject, period(subject, received), plain, bound(destination, name))
        return (seq, destination, name, received, checksum(sealed), sealed, *rest)
