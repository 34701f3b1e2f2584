"""The embedded store: queue, dead letters, withdrawals, ledger and keys of one process in one directory."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from gateway.errors import StoreUnavailable
from gateway.store.protocols import Condition
from gateway.store.sqlite.dead_letters import DeadLetterFile
from gateway.store.sqlite.erasing import ErasingFiles
from gateway.store.sqlite.files import rows_of
from gateway.store.sqlite.ledger import LedgerFile
from gateway.store.sqlite.quarantine import Damage
from gateway.store.sqlite.upgrading import UpgradingFiles
from gateway.store.sqlite.withdrawals import Withdrawing
from gateway.tasks import end

# How often keys that nothing is sealed under any more are looked for.
_TIDY_SECONDS = 60.0


class SqliteStore(ErasingFiles, Withdrawing, DeadLetterFile, LedgerFile, UpgradingFiles):
    """A `Store` of `gateway.store.protocols`, for one event loop. `damaged` is told what was found damaged and set
    aside, at the start or later."""

    _tidying: asyncio.Task[None] | None = None
    damaged: Callable[[Damage], None] = staticmethod(lambda damage: None)

    async def open(self) -> None:
        """Lock, check and open the directory. ConfigurationError where another process has it, or where what is kept
        there was sealed with keys that are gone."""
        self._writer.damaged = self.damaged
        try:
            await self._recover(await self._begin())
            await self._upgrade()
        except BaseException:
            await self.close()
            raise
        self._tidying = asyncio.create_task(self._keep_tidy(), name="store-tidy")

    async def close(self) -> None:
        """Commit what was accepted, and let go of the directory."""
        await end([self._tidying, self._owing])
        if self._owing:
            await self._settle_debts()
        with suppress(StoreUnavailable):
            await self._pay()
        await self._end()

    async def condition(self) -> Condition:
        """See `Store`."""
        try:
            await self._read(lambda reader: rows_of(reader, "select seq from queue limit 1"))
        except StoreUnavailable as error:
            return Condition("sqlite", "strict", sound=False, why=str(error))
        return Condition("sqlite", "strict", sound=True, why=self._writer.why)

    @property
    def damages(self) -> Sequence[Damage]:
        """What was found damaged, and set aside, since the process began."""
        return tuple(self._writer.damages)

    @property
    def failures(self) -> int:
        """How many transactions failed since the process began."""
        return self._writer.failures

    async def _keep_tidy(self) -> None:
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            with suppress(StoreUnavailable):
                await self._pay()
                await self._tidy()
