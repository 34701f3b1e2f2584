"""Say which tokens count now: those of this site, in their time, for a message that the operator named.

A message is one of its campaign's list, or one of them with the day it is sent behind it (`issue-2026-11-27`). So no
mail template can put into it who the reader is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gateway.days import SECONDS_A_DAY
from gateway.mail.token import CLICK, OPEN, Token, Tokens

OPENS, CLICKS = "/o/", "/c/"

# A mail that is made today is sent within this time; a day in its message is not further from that either.
AHEAD = timedelta(days=31)

# What was withdrawn is forgotten some day (`gateway.delivery.Rules.refusals`). A yes that old may have been taken back
# without a trace that is left.
OLDEST_YES_DAYS = 390

_DATED = re.compile(r"(.+)-(\d{4}-\d{2}-\d{2})\Z")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`campaigns` are the messages of each campaign. No token counts `lifetime` seconds after its mail, or later."""

    tokens: Tokens
    campaigns: Mapping[str, frozenset[str]]
    lifetime: int

    def at(self, path: str, site: str, now: float) -> Token | None:
        """The token of a path of the public listener, where it is good there and now (POSIX seconds)."""
        act, text = token_in(path)
        token = self.tokens.open(text) if act else None
        good = token is not None and token.act == act and token.site == site and self.is_timely(token, now)
        return token if good else None

    def is_timely(self, token: Token, now: float) -> bool:
        """Whether the time of a token has come and not passed."""
        ends = min(token.expires, token.sent + self.lifetime)
        return token.sent - AHEAD.total_seconds() <= now < ends

    def agrees(self, token: Token, now: float) -> bool:
        """Whether the token is somebody's who agreed so lately that a withdrawal since then would be known."""
        return bool(token.subject) and now < (token.granted + OLDEST_YES_DAYS) * SECONDS_A_DAY

    def names(self, token: Token) -> bool:
        """Whether the operator knows the message."""
        listed = self.campaigns.get(token.campaign, frozenset())
        if token.message in listed:
            return True
        dated = _DATED.match(token.message)
        return dated is not None and dated[1] in listed and _is_near(dated[2], token.sent)


def token_in(path: str) -> tuple[str, str]:
    """The act and the text of a token in a path; two empty texts where it is no path of a mail."""
    if path.startswith(OPENS):
        return OPEN, path[len(OPENS) :].removesuffix(".gif")
    return (CLICK, path[len(CLICKS) :]) if path.startswith(CLICKS) else ("", "")


def path_of(token: Token, text: str) -> str:
    """The path of a token, which `token_in` takes apart."""
    return f"{OPENS}{text}.gif" if token.act == OPEN else f"{CLICKS}{text}"


def _is_near(text: str, sent: int) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return abs(day - datetime.fromtimestamp(sent, UTC).date()) <= AHEAD
