"""Erase subjects from the embedded engine: their keys first, and then all that nobody can read any more.

Whatever an erasure is killed between, the note of the keys that it destroyed is as durable as their end, and whoever
opens the store next clears away what was sealed under them.
"""

import asyncio
import json
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from gateway.days import SECONDS_A_DAY
from gateway.sealing import month_of
from gateway.store.protocols import Compaction, Erased, Held
from gateway.store.sqlite.compacting import search
from gateway.store.sqlite.files import DEAD, QUEUE, rows_of, run, subject_of
from gateway.store.sqlite.keyring import Found
from gateway.store.sqlite.queue import QueueFile
from gateway.store.sqlite.writer import Limits

_DELETE = "delete from dead where seq in (select value from json_each(?))"
_LINKS = "select also, subject, day * ? from links limit ?"
_UNLINK_ONE = "delete from links where also = ? and subject = ? and day * ? = ?"
_UNLINK = (
    "delete from links where also in (select value from json_each(?1)) or subject in (select value from json_each(?1))"
)


class ErasingFiles(QueueFile):
    """`Erasing` of `gateway.store.protocols`."""

    def __init__(self, directory: Path, wrapping: Sequence[bytes], limits: Limits | None = None) -> None:
        super().__init__(directory, wrapping, limits)
        self._cleared: set[bytes] = set()
        self._traces: set[bytes] = set()

    async def link(self, pairs: Collection[tuple[str, str]], at: int) -> None:
        """See `Erasing`."""
        rows = [(also, subject, at // SECONDS_A_DAY) for also, subject in pairs if also != subject]
        statement = (
            "insert into links (also, subject, day) values (?, ?, ?) on conflict do update set day = excluded.day"
        )
        await self._writer.change(lambda writer: writer.executemany(statement, rows).rowcount)

    async def linked(self, subjects: Collection[str]) -> Collection[str]:
        """See `Erasing`."""
        query = "select distinct subject from links where also in (select value from json_each(?))"
        rows = await self._read(lambda reader: rows_of(reader, query, (json.dumps(list(subjects)),)))
        return {subject for (subject,) in rows}.difference(subjects)

    async def links(self, most: int) -> list[tuple[str, str, int]]:
        """Some of the links: who is also whom, and the beginning of the day on which that was said last."""
        return await self._read(lambda reader: rows_of(reader, _LINKS, (SECONDS_A_DAY, most)))

    async def unlink(self, links: Collection[tuple[str, str, int]]) -> None:
        """Forget links that were not said again since."""
        rows = [(also, subject, SECONDS_A_DAY, day) for also, subject, day in links]
        await self._writer.change(lambda writer: writer.executemany(_UNLINK_ONE, rows).rowcount)

    async def held(self, subjects: Collection[str], most: int) -> list[Held]:
        """See `Erasing`."""
        await self._write_down()
        keys = {row.id: row for row in await self._keyring.of([*filter(None, subjects)])}
        found: list[Held] = []
        for table in (QUEUE, DEAD) if keys else ():
            async for held, _ in self._held(table, keys):
                found.append(held)
                if len(found) >= most:
                    return found
        return found

    async def erase(self, subjects: Collection[str], at: int) -> Erased:
        """See `Erasing`."""
        wanted = {*filter(None, subjects)}
        keys = await self._forget(wanted)
        await self._settle_down()
        await self._keyring.destroy(keys)
        queued, dead = await self._clear(keys, at)
        named = json.dumps(sorted(wanted))
        links = await self._writer.change(lambda writer: run(writer, _UNLINK, (named,)))
        return Erased(len(keys), queued, dead, links)

    async def expire_keys(self, before: int) -> int:
        """See `Erasing`. Links that are older go with them."""
        month, day = month_of(before), before // SECONDS_A_DAY
        self._sealer.end(month)
        await self._settle_down()
        await self._writer.change(lambda writer: run(writer, "delete from links where day < ?", (day,)))
        return len(await self._keyring.end(month))

    async def compact(self) -> Compaction:
        """See `Erasing`."""
        await self._pay()
        if not await self._writer.empty():
            return Compaction(False, f"{self._path.name}-wal could not be emptied yet: somebody reads")
        keys, files = {*self._traces}, (self._path, self._keyring.path)
        logs = (self._path.with_name(f"{self._path.name}-wal"), files[1].with_name(f"{files[1].name}-journal"))
        if keys:
            await self._keyring.rewrite()
        try:
            compaction = await asyncio.to_thread(search, logs, files, keys)
        except OSError:
            return Compaction(False, "the files could not be read")
        if compaction.done:
            self._traces -= keys
        return compaction

    async def _recover(self, found: Found) -> None:
        """Finish what the last process could not: write down whose the keys are that it gave, and clear away what it
        had erased."""
        given: dict[bytes, str] = {}
        unowned = {row.id: row for row in await self._keyring.unowned()}
        for table in (QUEUE, DEAD) if unowned else ():
            async for held, key in self._held(table, unowned):
                if held.body:
                    given[key] = subject_of(held.body)
        await self._keyring.give([*given.items()])
        await self._keyring.drop(unowned.keys() - given.keys())
        await self._clear({*found.owed}, 0)
        await self._pay()

    async def _tidy(self) -> None:
        """Destroy keys that nothing is sealed under any more. What is sealed from now on is under others: a key that is
        neither at hand nor in stock is given to nobody."""
        passing = await self._keyring.passing()
        idle = passing - self._sealer.in_use()
        if not idle:
            return
        await self._settle_down()
        async with self._one_way:
            for table in (QUEUE, DEAD):
                idle -= await self._live(table)
        await self._keyring.drop(idle)

    async def _forget(self, subjects: set[str]) -> set[bytes]:
        """The keys that these subjects have now. What is sealed for them from here on is under others."""
        async with self._noting:
            stored = await self._keyring.of(subjects)
            given = {key for key, subject in self._sealer.given() if subject in subjects}
            self._sealer.forget(subjects)
        return given.union(row.id for row in stored)

    async def _settle_down(self) -> None:
        """Return when all that was sealed until now is on disk, or refused, and whose the keys are is written down."""
        await self._writer.change(lambda writer: None)
        await self._write_down()

    async def _clear(self, keys: set[bytes], now: float) -> tuple[int, int]:
        """Delete what was sealed under destroyed keys: how many queued events, and how many dead letters."""
        self._traces |= keys
        self._forget_settled(keys)
        queued = dead = 0
        async with self._one_way:
            async for seqs in self._under(QUEUE, keys):
                queued += await self._take(seqs, now)
            async for seqs in self._under(DEAD, keys):
                dead += await self._writer.change(partial(run, statement=_DELETE, values=(json.dumps(seqs),)))
        self._cleared |= keys
        return queued, dead

    async def _pay(self) -> None:
        """Forget the destroyed keys whose rows are gone."""
        if cleared := {*self._cleared}:
            await self._keyring.paid(cleared)
            self._cleared -= cleared
