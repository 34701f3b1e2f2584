"""Answer with what is there, or when that changes: entity tags (RFC 9110, section 8.8.3), `Prefer: wait` (RFC 7240)."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping

from pydantic import BaseModel
from starlette.responses import Response

from gateway.web.dsr.endpoint import said, tag
from gateway.web.dsr.problems import HEADERS

LONGEST = 30
MOST_AT_ONCE = 24
_LOOK = 0.25
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?([0-9]{1,4})\"?\s*(?=[,;]|$)")

Look = Callable[[], Awaitable[BaseModel]]


class Waiting:
    """Those who wait. `stopping` says that nobody is to wait any more."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._waiting = 0

    async def answer(self, look: Look, headers: Mapping[str, str]) -> Response:
        """What `look` sees. Whoever names the tag that he has gets a 304, and whoever would rather wait is answered
        when it is another one: than his, or than it was when he came."""
        seen = await look()
        now = tag(seen.model_dump_json().encode())
        known = headers.get("if-none-match", "")
        seconds = wait_of(headers.get("prefer", ""))
        waits = seconds > 0 and (not known or matches(known, now)) and self._waiting < MOST_AT_ONCE
        if waits:
            seen = await self._changed(look, now, seconds)
            now = tag(seen.model_dump_json().encode())
        told = {"etag": now, **({"preference-applied": f"wait={seconds}"} if waits else {})}
        if known and matches(known, now):
            return Response(None, 304, {**HEADERS, **told})
        return said(seen, 200, told)

    async def _changed(self, look: Look, before: str, seconds: int) -> BaseModel:
        self._waiting += 1
        try:
            end = asyncio.get_running_loop().time() + seconds
            while True:
                await asyncio.sleep(_LOOK)
                seen = await look()
                other = tag(seen.model_dump_json().encode()) != before
                if other or self._stopping() or asyncio.get_running_loop().time() >= end:
                    return seen
        finally:
            self._waiting -= 1


def wait_of(prefer: str) -> int:
    """For how many seconds somebody would wait; 0 where that is not said, and never more than LONGEST."""
    found = _WAIT.search(prefer.lower())
    return min(int(found[1]), LONGEST) if found else 0


def matches(known: str, now: str) -> bool:
    """Whether a tag is among those of an `If-None-Match`, or any is meant."""
    return known.strip() == "*" or now in (each.strip().removeprefix("W/") for each in known.split(","))
