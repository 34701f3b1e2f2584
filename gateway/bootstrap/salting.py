"""Look after the daily salt of a process: shared where that is set, recorded, and gone with its day or the process."""

import asyncio
import importlib
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from gateway.bootstrap.plan import Plan
from gateway.bootstrap.salt import DailySalt, Gone
from gateway.bootstrap.salt_record import SaltRecord, date_of
from gateway.days import day_of
from gateway.tasks import end
from gateway.telemetry import log

# How long the start of a replica waits for the others to answer.
START_SECONDS = 5.0


class Salting:
    """The salt, its record in the data directory and, where `salt.share` is set, the agreement with other replicas.
    `fault` is told what was not expected, `ended` the date of each salt that is gone, and why; nothing stops for want
    of a record."""

    def __init__(self, plan: Plan, fault: Callable[[BaseException], None], ended: Callable[[str, str], None]) -> None:
        configured = plan.configured
        self.salt = DailySalt(secrets.token_bytes, shared=bool(configured.share))
        self._server = configured.share
        self._ring = plan.keys.ring("salt-exchange")
        self._record = SaltRecord(configured.beside(configured.settings.data_dir), configured.process)
        self._fault = fault
        self._ended = ended
        self._share: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._sharing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin the record, and have a salt for today if others are asked for it."""
        self._keep(self._record.open)
        if self._server is None:
            return
        # Its client takes half a second to import: who does not share should not wait for it.
        module = importlib.import_module("gateway.bootstrap.salt_share")
        share = module.SaltShare(self.salt, self._ring, secrets.token_hex(16), time.time)
        self._share = partial(share.run, self._server, _tell)
        self._sharing = asyncio.create_task(self._share())
        with suppress(TimeoutError):
            await asyncio.wait_for(share.begin(), START_SECONDS)

    async def stop(self) -> None:
        """Destroy the salt, and record it."""
        await end([self._sharing])
        self._keep(lambda now: self._destroyed(self.salt.end(), now))

    def tick(self) -> None:
        """What has to be done from time to time: the salt of a day that is over goes, what happened is
        recorded, and an agreement that a fault has ended begins again."""
        self._keep(self._look)
        sharing = self._sharing
        if sharing and sharing.done() and not sharing.cancelled() and (error := sharing.exception()):
            self._fault(error)
            self._sharing = asyncio.create_task(self._share()) if self._share else None

    def _look(self, now: float) -> None:
        self._destroyed(self.salt.expire(now), now)
        today = day_of(now)
        if self.salt.find(today):
            self._record.made(today, now)

    def _destroyed(self, gone: list[Gone], now: float) -> None:
        for each in gone:
            log("salt_rotated", at=date_of(each.day), reason=each.why)
            self._ended(date_of(each.day), each.why)
        self._record.destroyed(gone, now)

    def _keep(self, write: Callable[[float], None]) -> None:
        try:
            write(time.time())
        except OSError as error:
            self._fault(error)


def _tell(connected: bool) -> None:
    log("salt_share", state="connected" if connected else "alone")
