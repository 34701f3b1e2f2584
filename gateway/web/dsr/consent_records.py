"""Hand out every record of consent to whoever has a key for it; who asked is evidenced before the first one is read."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple, Protocol

from starlette.responses import Response, StreamingResponse

from gateway.dsr.consent_log import Page
from gateway.web.dsr.endpoint import Act
from gateway.web.dsr.operation import Call
from gateway.web.dsr.operations import CONSENT_RECORDS, LINES
from gateway.web.dsr.problems import HEADERS
from gateway.web.operating import Evidence

PATH = CONSENT_RECORDS
AT_ONCE = 200


class Log(Protocol):
    """Where the records are."""

    async def browse(self, after: str, most: int) -> Page:
        """Some records, and where the next ones begin."""


class ConsentRecords(NamedTuple):
    """The act. A line is a record, in no order that tells anything."""

    log: Log
    evidence: Evidence

    def acts(self) -> Mapping[str, Act]:
        """The one, by the name of its operation."""
        return {"consents": self.export}

    async def export(self, call: Call) -> Response:
        """All of them. LogUnavailable and StoreUnavailable where nothing is handed out."""
        await self.evidence.require("consent.exported", by=call.by)
        first = await self.log.browse("", AT_ONCE)
        return StreamingResponse(lines_from(self.log, first), 200, HEADERS, LINES)


async def lines_from(log: Log, page: Page) -> AsyncIterator[str]:
    """A line for each record of a page and of those that follow it. Where the store goes away meanwhile, the last line
    is missing and the answer ends as one that is not whole."""
    while True:
        yield "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in page.records)
        if not page.after:
            return
        page = await log.browse(page.after, AT_ONCE)
