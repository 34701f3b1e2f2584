"""Lead a visitor back to a request: by a link that nobody can guess, and from the browser that asked.

Of a link its digest is kept. Whether it is shown by the browser that asked is known by a digest that takes the link as
well, so that nothing leads from a request to a visitor.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from gateway.dsr.consent_log import ConsentLog
from gateway.store.protocols import Ledger

LINKS, REQUESTS = "privacy.link", "privacy.request"
TOKEN_BYTES = 16
_AT_ONCE = 200
_DIGITS = 11  # of a time in POSIX seconds


class Link(NamedTuple):
    """Where a link leads: the id of a request. `owner` is what `is_of` asks."""

    request: str
    owner: str
    token: str

    def is_of(self, subject: str) -> bool:
        """Whether a subject asked for it."""
        return bool(subject) and hmac.compare_digest(self.owner, _owner(self.token, subject))


class Links:
    """The links of an installation. `random` gives so many random bytes. StoreUnavailable from each method where the
    ledger does not answer."""

    def __init__(self, ledger: Ledger, random: Callable[[int], bytes]) -> None:
        self._ledger = ledger
        self._random = random

    async def make(self, request: str, subject: str, until: int) -> str:
        """The token of a new link to a request that a subject asked for; it works until a time in POSIX seconds."""
        token = self._random(TOKEN_BYTES).hex()
        body = {"request": request, "owner": _owner(token, subject), "until": until}
        await self._ledger.add(LINKS, _name(token), json.dumps(body))
        return token

    async def find(self, token: str, now: float) -> Link | None:
        """Where a token leads; None where that is nowhere, any more or at all."""
        sheet = await self._ledger.sheet(LINKS, _name(token))
        told: Mapping[str, Any] = json.loads(sheet.body) if sheet else {"until": 0}
        return Link(told["request"], told["owner"], token) if now < told["until"] else None

    async def remember(self, request: str, subject: str, until: int) -> None:
        """Let a subject find a request again without its link."""
        await self._ledger.add(REQUESTS, f"{subject}.{until:0{_DIGITS}d}.{request}", "")

    async def of(self, subject: str) -> list[str]:
        """The ids of the requests that a subject can find again, the latest first."""
        return [key.rpartition(".")[2] for key in reversed(await self._keys(subject))]

    async def forget(self, subjects: Collection[str]) -> int:
        """Let subjects find nothing again; how many requests that were."""
        struck = [await self._ledger.strike(REQUESTS, key) for each in subjects for key in await self._keys(each)]
        return sum(struck)

    async def expire(self, now: int) -> int:
        """Strike what is over; how many."""
        number, after = 0, ""
        while sheets := await self._ledger.sheets(LINKS, after, _AT_ONCE):
            over = [sheet.key for sheet in sheets if json.loads(sheet.body)["until"] <= now]
            number += sum([await self._ledger.strike(LINKS, key) for key in over])
            after = sheets[-1].key
        after = ""
        while sheets := await self._ledger.sheets(REQUESTS, after, _AT_ONCE):
            over = [sheet.key for sheet in sheets if int(sheet.key.split(".")[1]) <= now]
            number += sum([await self._ledger.strike(REQUESTS, key) for key in over])
            after = sheets[-1].key
        return number

    async def _keys(self, subject: str) -> list[str]:
        prefix = f"{subject}."
        keys: list[str] = []
        while True:
            sheets = await self._ledger.sheets(REQUESTS, keys[-1] if keys else prefix, _AT_ONCE)
            mine = [sheet.key for sheet in sheets if sheet.key.startswith(prefix)]
            keys += mine
            if len(mine) < _AT_ONCE:
                return keys


class OfABrowser:
    """What is kept for who comes back with our cookie: the records of choices, and the way to requests."""

    def __init__(self, log: ConsentLog, links: Links) -> None:
        self._log = log
        self._links = links

    async def of(self, subject: str) -> list[Mapping[str, Any]]:
        """The consent records of a subject, as they are handed out."""
        return await self._log.of(subject)

    async def forget(self, subjects: Collection[str]) -> int:
        """Strike all of it; how many consent records there were."""
        await self._links.forget(subjects)
        return await self._log.forget(subjects)

    async def expire(self, now: int) -> None:
        """Strike what is over."""
        await self._links.expire(now)
        await self._log.expire(now)


def _name(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _owner(token: str, subject: str) -> str:
    return hashlib.sha256(f"{token}.{subject}".encode("utf-8", "surrogatepass")).hexdigest() if subject else ""
