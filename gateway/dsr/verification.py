"""Verify a request by a code that is sent to an address of the person: ten digits, ten minutes, five tries.

What is kept is a keyed digest that is bound to the request. A try is counted before it is looked at, by comparing and
setting: however many are made at once, no more than five are ever looked at.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from gateway.days import SECONDS_A_DAY
from gateway.dsr.problems import CodeNotSent, TooManyAttempts, VerificationExpired, VerificationFailed
from gateway.dsr.request import Identity
from gateway.keys import digest
from gateway.store.protocols import Ledger, Sheet

BOOK = "dsr.code"
DIGITS = 10
SECONDS = 600
MOST_TRIES = 5
MOST_CODES = 3
_AT_ONCE = 200
_RACES = 50
_RANDOM_BYTES = 16  # of which ten digits are taken: no digit is more likely than another by more than 2^-94


class Message(NamedTuple):
    """A code on its way: of which request, to which address, and until when it counts (POSIX seconds)."""

    request: str
    address: str
    code: str
    ends: int

    def __repr__(self) -> str:
        return f"<Message {self.request}>"


Courier = Callable[[Message], Awaitable[bool]]
"""Sends a code. False where nobody took it."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A code that was sent. `sent` counts those of the request, `tries` those made at this one; an empty `mac` is no
    code at all."""

    mac: str
    ends: int
    sent: int
    tries: int = 0


class Codes:
    """The codes of an installation. `key` keys their digests, `clock` is POSIX seconds, `random` gives so many random
    bytes. StoreUnavailable from each method where the ledger does not answer."""

    def __init__(
        self, ledger: Ledger, key: bytes, courier: Courier, clock: Callable[[], float], random: Callable[[int], bytes]
    ) -> None:
        self._ledger = ledger
        self._key = key
        self._courier = courier
        self._clock = clock
        self._random = random

    async def send(self, id: str, address: str) -> int:
        """Send a code in the place of any before; until when it counts. TooManyAttempts where that was done often
        enough, CodeNotSent where nobody took it."""
        code = str(int.from_bytes(self._random(_RANDOM_BYTES)) % 10**DIGITS).zfill(DIGITS)
        ends = int(self._clock()) + SECONDS
        await self._keep(id, self._mac(id, code), ends)
        if not await self._courier(Message(id, address, code, ends)):
            raise CodeNotSent("nobody took the code")
        return ends

    async def check(self, id: str, code: str) -> None:
        """Return where this is the code of the request, once. Else TooManyAttempts, VerificationExpired or
        VerificationFailed."""
        sheet, waiting = await self._try(id)
        if not hmac.compare_digest(waiting.mac, self._mac(id, code)):
            raise VerificationFailed("this is not the code that was sent")
        spent = _written(replace(waiting, mac="", ends=0))
        if not await self._ledger.rewrite(BOOK, id, spent, sheet.revision + 1):
            raise VerificationFailed("somebody else has shown this code, or had another one sent")

    async def sweep(self) -> int:
        """Forget the codes that count no more and the numbers of those that were sent, a day later; how many."""
        after, gone, before = "", 0, self._clock() - SECONDS_A_DAY
        while page := await self._ledger.sheets(BOOK, after, _AT_ONCE):
            for sheet in page:
                if _read(sheet).ends < before and await self._ledger.strike(BOOK, sheet.key):
                    gone += 1
            after = page[-1].key
        return gone

    async def _keep(self, id: str, mac: str, ends: int) -> None:
        for _ in range(_RACES):
            sheet = await self._ledger.sheet(BOOK, id)
            if sheet is None:
                if await self._ledger.add(BOOK, id, _written(_Waiting(mac, ends, 1))):
                    return
                continue
            sent = _read(sheet).sent + 1
            if sent > MOST_CODES:
                raise TooManyAttempts("no further code is sent for this request")
            if await self._ledger.rewrite(BOOK, id, _written(_Waiting(mac, ends, sent)), sheet.revision):
                return
        raise TooManyAttempts("too many ask for a code at once")

    async def _try(self, id: str) -> tuple[Sheet, _Waiting]:
        """The code that may be looked at now, with this try counted."""
        for _ in range(_RACES):
            sheet = await self._ledger.sheet(BOOK, id)
            waiting = _read(sheet) if sheet else None
            if sheet is None or waiting is None or not waiting.mac:
                raise VerificationFailed("no code was sent that is still to be shown")
            if waiting.tries >= MOST_TRIES:
                raise TooManyAttempts("this code was tried too often")
            if self._clock() >= waiting.ends:
                raise VerificationExpired("this code counts no more")
            tried = replace(waiting, tries=waiting.tries + 1)
            if await self._ledger.rewrite(BOOK, id, _written(tried), sheet.revision):
                return sheet, tried
        raise TooManyAttempts("too many try this code at once")

    def _mac(self, id: str, code: str) -> str:
        return digest(self._key, f"{len(id)}:{id}/{code}")


def address_of(identities: Iterable[Identity]) -> str:
    """The first e-mail address among identities that can be written to; empty where there is none."""
    return next((each.value.strip() for each in identities if (each.type, each.format) == ("email", "raw")), "")


def _written(waiting: _Waiting) -> str:
    return json.dumps(asdict(waiting))


def _read(sheet: Sheet) -> _Waiting:
    return _Waiting(**json.loads(sheet.body))
