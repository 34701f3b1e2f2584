"""Hand out every record of consent to whoever has a key for it; who asked is evidenced before the first one is read.

GET /v1/consent-records    one JSON object a line, in no order that tells anything
"""

import json
from collections.abc import AsyncIterator
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.dsr.consent_log import Page
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.web.explain import problem
from gateway.web.operating import ACTOR, Evidence

PATH = "/v1/consent-records"
SCOPE = "consent:read"
AT_ONCE = 200
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Log(Protocol):
    """Where the records are."""

    async def browse(self, after: str, most: int) -> Page:
        """Some records, and where the next ones begin."""


class ConsentRecords:
    """The route."""

    def __init__(self, log: Log, evidence: Evidence) -> None:
        self._log = log
        self._evidence = evidence

    def routes(self) -> list[Route]:
        """The one."""
        return [Route(PATH, self._export, methods=_METHODS)]

    async def _export(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return problem(405, "ask with GET", {"allow": "GET, HEAD"})
        if "origin" in request.headers:
            return problem(403, "no page of a browser may ask this")
        try:
            await self._evidence.require("consent.exported", by=request.scope[ACTOR])
            first = await self._log.browse("", AT_ONCE)
        except LogUnavailable:
            return problem(503, "log-unavailable: it cannot be evidenced, and was not done", {"retry-after": "5"})
        except StoreUnavailable:
            return problem(503, "the store does not answer", {"retry-after": "1"})
        return StreamingResponse(lines_from(self._log, first), 200, _HEADERS, "application/x-ndjson")


async def lines_from(log: Log, page: Page) -> AsyncIterator[str]:
    """A line for each record of a page and of those that follow it. Where the store goes away meanwhile, the last line
    is missing and the answer ends as one that is not whole."""
    while True:
        yield "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in page.records)
        if not page.after:
            return
        page = await log.browse(page.after, AT_ONCE)
