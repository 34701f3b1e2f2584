"""Do once what is asked twice with the same `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).

What is kept of a request is a keyed digest of it and the status of its answer, for a day.
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass

from gateway.days import SECONDS_A_DAY
from gateway.keys import digest
from gateway.store.protocols import Ledger
from gateway.web.dsr.problems import Refused

BOOK = "dsr.repeat"
HEADER = "idempotency-key"
SECONDS = SECONDS_A_DAY
_ABANDONED = 60  # whoever began this long ago and has not ended it is dead
_FORM = re.compile(r"[!-~]{1,255}")
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class _Done:
    """What was asked, when (POSIX seconds), and the status of the answer; 0 while there is none."""

    asked: str
    at: int
    status: int = 0


class Repeats:
    """The requests of the last day. `key` keys their digests, `clock` is POSIX seconds."""

    def __init__(self, ledger: Ledger, key: bytes, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._key = key
        self._clock = clock

    def name(self, by: str, place: str, given: str) -> str:
        """What a request is kept under: who asks, what, and the client's key for it. Refused where that is none."""
        if not _FORM.fullmatch(given):
            raise Refused("invalid-parameter", [{"pointer": "/idempotency-key", "code": "form"}])
        return digest(self._key, json.dumps([by, place, given]))

    async def begin(self, name: str, body: bytes) -> int:
        """0 where it is to be done now, else the status it was answered with. Refused where another body came with the
        same key, or it is being done."""
        now = int(self._clock())
        fresh = _Done(digest(self._key, body.hex()), now)
        if await self._ledger.add(BOOK, name, _written(fresh)):
            return 0
        sheet = await self._ledger.sheet(BOOK, name)
        done = _Done(**json.loads(sheet.body)) if sheet else None
        if sheet is None or done is None:
            raise Refused("idempotency-conflict", headers={"retry-after": "1"})
        dead = done.at <= now - (SECONDS if done.status else _ABANDONED)
        if dead and await self._ledger.rewrite(BOOK, name, _written(fresh), sheet.revision):
            return 0
        if done.asked != fresh.asked or not done.status:
            raise Refused("idempotency-conflict", headers={"retry-after": "1"})
        return done.status

    async def end(self, name: str, status: int) -> None:
        """It was answered with this status; what was refused may be asked again."""
        sheet = await self._ledger.sheet(BOOK, name)
        if sheet is None:
            return
        if status >= 400:
            await self._ledger.strike(BOOK, name)
            return
        done = _Done(**{**json.loads(sheet.body), "status": status})
        await self._ledger.rewrite(BOOK, name, _written(done), sheet.revision)

    async def sweep(self) -> int:
        """Forget what is older than a day; how many."""
        after, gone, before = "", 0, self._clock() - SECONDS
        while page := await self._ledger.sheets(BOOK, after, _AT_ONCE):
            for sheet in page:
                over = json.loads(sheet.body)["at"] < before
                gone += over and await self._ledger.strike(BOOK, sheet.key)
            after = page[-1].key
        return gone


def _written(done: _Done) -> str:
    return json.dumps(asdict(done))
