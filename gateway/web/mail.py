"""Answer a mail's open pixel and links: one GIF for everybody, and the way to the page whatever is decided.

    GET /o/<token>.gif    the GIF, whether the token is good, old, forged, or belongs to somebody who said no
    GET /c/<token>        302 to where the link leads, or 404 where the token is none of ours or its host is not listed

Readers get what they asked for even where the store is down; then nothing is told of it, and nothing was.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from gateway.consent.headers import says_dnt
from gateway.errors import BadRequest, StoreUnavailable
from gateway.hit import Hit
from gateway.mail.accept import CLICKS, OPENS, Acceptance
from gateway.mail.events import PIXEL
from gateway.mail.links import landing
from gateway.mail.machines import is_machine
from gateway.mail.token import CLICK, OPEN, Token
from gateway.web.collect import Collects
from gateway.web.replies import REPLIES, Receive, Reply, Scope, Send, answer, not_tracking, refusal, reply

OUTCOMES = ("counted", "forwarded", "refused", "unavailable", "invalid")
READERS = ("human", "machine")

# How long a reader waits for the store, in seconds.
PATIENCE = 2.0

_ALLOW = (b"allow", b"GET, HEAD, OPTIONS")
_NO_REFERRER = (b"referrer-policy", b"no-referrer")
_NOTHING_HERE = refusal(404, _NO_REFERRER)


class Counts(Protocol):
    """Where the counters are (`gateway.telemetry`)."""

    def count(self, name: str, *labels: str, by: int = 1) -> None:
        """Add to a counter."""


@dataclass(frozen=True, slots=True)
class MailDesk:
    """`collector` gives the collector of the moment, `hosts` are those that a link may lead to, `fault` is told each
    exception nobody expected. The scope holds `site` and `fields` as for `gateway.web.collect`; `tk` as there."""

    acceptance: Acceptance
    hosts: Collection[str]
    collector: Callable[[], Collects]
    counts: Counts
    now: Callable[[], float]
    fault: Callable[[BaseException], None]
    tk: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await answer(scope, send, await self.respond(scope))

    def takes(self, path: str) -> bool:
        """Whether a path is one of a mail."""
        return path.startswith((OPENS, CLICKS))

    async def respond(self, scope: Scope) -> Reply:
        """The answer. It depends on the token's address alone, and on `DNT` where that is answered."""
        method, now = scope["method"], self.now()
        if method == "OPTIONS":
            return reply(204, b"", b"", _ALLOW)
        if method not in ("GET", "HEAD"):
            return refusal(405, _ALLOW)
        token = self.acceptance.at(scope["path"], scope["site"], now)
        given = REPLIES["gif"] if scope["path"].startswith(OPENS) else self._leading(token)
        if method == "GET":
            await self._note(scope, token, now)
        return not_tracking(given) if self.tk and says_dnt(scope["fields"]) else given

    def _leading(self, token: Token | None) -> Reply:
        url = landing(token.url, self.hosts) if token else None
        return reply(302, b"", b"", (b"location", url.encode()), _NO_REFERRER) if url else _NOTHING_HERE

    async def _note(self, scope: Scope, token: Token | None, now: float) -> None:
        act = OPEN if scope["path"].startswith(OPENS) else CLICK
        reader = READERS[is_machine(scope["fields"], now - token.sent if token else None)]
        outcome = await self._outcome(scope, token, now)
        self.counts.count("gateway_mails_total", act, reader, outcome, scope["site"])
        if token and outcome in ("counted", "forwarded"):
            self.counts.count("gateway_mail_campaigns_total", act, token.campaign, reader)

    async def _outcome(self, scope: Scope, token: Token | None, now: float) -> str:
        """One of `OUTCOMES`. Only what is somebody's goes the way of a hit; the rest is a number and nothing else."""
        if token is None or not self.acceptance.names(token):
            return "invalid"
        if not token.subject:
            return "counted"
        try:
            async with asyncio.timeout(PATIENCE):
                kept = await self.collector().collect(_hit(scope, now))
        except (StoreUnavailable, TimeoutError):
            return "unavailable"
        except BadRequest:
            return "invalid"
        except Exception as error:  # noqa: BLE001  whatever is wrong here, the reader gets to the page
            self.fault(error)
            return "unavailable"
        return "forwarded" if kept else "refused"


def _hit(scope: Scope, now: float) -> Hit:
    client = scope["client"]
    return Hit(
        method="GET",
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=scope["fields"],
        body=b"",
        peer=client[0] if client else "",
        received=now,
        site=scope["site"],
        pixel=PIXEL,
    )
