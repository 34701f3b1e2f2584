"""Tokens and what accepts them, for the tests of mails."""

from gateway.mail.accept import Acceptance
from gateway.mail.token import CLICK, OPEN, Token, Tokens

RING = bytes(range(32))
SENT = 1_795_600_000
DAY = SENT // 86_400
SUBJECT = "5f" * 16
URL = "https://www.shop.example/offers?week=47#top"
HOSTS = frozenset({"www.shop.example"})
TOKENS = Tokens(RING)
ACCEPTANCE = Acceptance(TOKENS, {"newsletter": frozenset({"issue", "welcome"})}, 30 * 86_400)

OPENED = Token(OPEN, "shop", "newsletter", "issue", SENT, SENT + 86_400)
CLICKED = OPENED._replace(act=CLICK, url=URL)


def of_somebody(token: Token, granted: int = DAY - 20, region: str = "FR") -> Token:
    return token._replace(subject=SUBJECT, granted=granted, region=region)
