"""What subjects have taken back, in the embedded engine."""

import json
from collections.abc import Collection, Mapping

from gateway.store.protocols import Refusal
from gateway.store.sqlite.files import Files, rows_of, run


class Withdrawing(Files):
    """`Withdrawals` of `gateway.store.protocols`."""

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """See `Withdrawals`."""
        rows = [(subject, purpose, at) for purpose in _purposes(purposes)]
        statement = (
            "insert into refusals (subject, purpose, at, standing) values (?, ?, ?, 1) "
            "on conflict do update set at = max(at, excluded.at), standing = 1"
        )
        await self._writer.change(lambda writer: writer.executemany(statement, rows).rowcount)

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """See `Withdrawals`. A refusal of every purpose is lifted only as a whole."""
        if purposes is None:
            statement = "update refusals set standing = 0 where subject = ?"
            values: list[tuple[str, ...]] = [(subject,)]
        else:
            statement = "update refusals set standing = 0 where subject = ? and purpose = ?"
            values = [(subject, purpose) for purpose in purposes]
        await self._writer.change(lambda writer: writer.executemany(statement, values).rowcount)

    async def refusals_of(self, subjects: Collection[str]) -> Mapping[str, tuple[Refusal, ...]]:
        """See `Withdrawals`."""
        wanted = json.dumps([subject for subject in subjects if subject])
        query = (
            "select subject, purpose, at, standing from refusals where subject in (select value from json_each(?)) "
            "order by subject, purpose"
        )
        found: dict[str, tuple[Refusal, ...]] = {}
        for subject, purpose, at, standing in await self._read(lambda reader: rows_of(reader, query, (wanted,))):
            found[subject] = (*found.get(subject, ()), Refusal(purpose, at, bool(standing)))
        return found

    async def expire(self, before: int) -> int:
        """See `Withdrawals`."""
        return await self._writer.change(lambda writer: run(writer, "delete from refusals where at < ?", (before,)))


def _purposes(purposes: Collection[str] | None) -> Collection[str]:
    return ("",) if purposes is None else purposes
