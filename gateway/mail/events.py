"""Read what a hit of a mail's pixel or link says: which message was opened, and what its token attests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.hit import Hit, RawEvent, Vouched
from gateway.mail.accept import Acceptance
from gateway.mail.token import Token
from gateway.vendors.own_events import PIXEL as OWN

PIXEL = "mail"


@dataclass(frozen=True, slots=True)
class MailEvents:
    """The decoder of `mail`. Its events go where the gateway's own events go."""

    acceptance: Acceptance

    def decode(self, hit: Hit) -> list[RawEvent]:
        """One event; none of a token that is not good, or that belongs to nobody: that one is counted, and no more."""
        token = self.acceptance.at(hit.path, hit.site, hit.received)
        good = token is not None and self.acceptance.names(token) and self.acceptance.agrees(token, hit.received)
        if token is None or not good:
            return []
        vouched = Vouched(token.subject, token.sent, token.granted, token.region)
        return [RawEvent(f"email_{token.act}", _fields(token), pixel=OWN, vouched=vouched)]


def _fields(token: Token) -> Mapping[str, Any]:
    """A mail is on no page: the Referer, if there is one, is the reader's mailbox."""
    return {"email.campaign": token.campaign, "email.message": token.message, "page.url": ""}
