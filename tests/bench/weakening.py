"""What weakening adds to a permitted hit: microseconds for each field and level, and as a ratio to an event without any."""

import itertools
import time
import timeit
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from gateway.anonymise.derive import Anonymiser, Occasion, Rules
from gateway.consent.visitor import COOKIE, Bond, Visitors, seal
from gateway.decision import Reason, Sends, Verdict
from gateway.facts import Facts
from gateway.hit import Hit, RawEvent
from gateway.keys import Keys
from gateway.vendors import contact

CALLS = 1_000
REPEATS = 9
NOW = 1_795_429_200.0
RING = bytes(range(32))
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
PAGE = "https://shop.example/checkout/thank-you?step=3&utm_source=news&gclid=Cj0Kabc#top"
FIELDS = {
    "page.url": PAGE, "page.referrer": "https://www.search.example/results?q=shoes", "id.user": "u-4711",
    "click.fbc": "fb.1.1763000000456.IwAR2m0nZ8vQkXa5t7LrY1cP9eWb3uJd", "contact.email_sha256": "a" * 64,
}  # fmt: skip
LEVELS = (
    ("event.time", "exact"), ("event.time", "day"), ("page.url", "full"), ("page.url", "allowlist"), ("page.url", "path"),
    ("page.url", "origin"), ("page.referrer", "path"), ("device.user_agent", "full"), ("device.user_agent", "family"),
    ("device.user_agent", "class"), ("client.ip", "truncate"), ("client.ip", "hash"), ("client.ip", "prefix"),
    ("id.user", "keyed_hash"), ("id.user", "daily_hash"), ("id.visitor", "keyed_hash"), ("id.visitor", "daily_hash"),
    ("click.fbc", "raw"), ("geo.country", "country"), ("contact.email_sha256", "hash"),
)  # fmt: skip

Figure = tuple[str, list[float], float | None]


def occasion(agent: str = AGENT) -> Occasion:
    """A hit of a visitor who agreed and has the cookie, with a browser and an address."""
    visitors, address = Visitors(RING), ip_address("203.0.113.77")
    cookie = f"_ga=GA1.1.1.1; {COOKIE}={seal(bytes(16), int(NOW) + 100, RING, Bond('shop', 'subject'))}"
    headers = {b"user-agent": [agent.encode()], b"cookie": [cookie.encode()]}
    hit = Hit("GET", "/tr", "", headers, b"", "10.0.0.1", NOW, "shop")
    return Occasion(
        hit, Facts(("FR",)), lambda hit: address, "subject", "print",
        lambda hit, subject: visitors.read(hit.headers, Bond(hit.site, subject), hit.received),
    )  # fmt: skip


def figures() -> Iterator[Figure]:
    """(name, values, goal). CPU time, the least of several runs."""
    anonymiser = Anonymiser(Keys(RING), lambda day: RING, Rules(clicks={"meta": frozenset(("click.fbc",))}))
    raw, visit = RawEvent("purchase", FIELDS, "purchase.1", "meta_pixel", "1"), occasion()

    def deriving(levels: Mapping[str, str]) -> Callable[[], object]:
        verdict = Verdict("meta", True, Reason.CONSENT, Sends({"event.name": "", **levels}, frozenset(("utm_source",))))
        return lambda: anonymiser.derive(raw, visit, verdict, str)

    bare = _us(deriving({}))
    yield "us for an event without weakened fields", [bare], None
    for field, level in LEVELS:
        added = _us(deriving({field: level})) - bare
        yield f"us that {field} at {level} adds", [added], None
        yield f"{field} at {level} / an event without", [added / bare], None
    yield "us for a browser that was never seen", [_unseen(anonymiser, raw)], None
    yield "us for an e-mail address in clear", [_us(lambda: contact.fields("email", "Ann.Lee@Mail.Example"))], None


def _unseen(anonymiser: Anonymiser, raw: RawEvent) -> float:
    numbers = itertools.count()
    verdict = Verdict("meta", True, Reason.CONSENT, Sends({"device.user_agent": "family"}))

    def derive() -> object:
        visit = occasion(AGENT.replace("537.36", f"537.{next(numbers)}"))
        return anonymiser.derive(raw, visit, verdict, str)

    return min(timeit.repeat(derive, number=100, repeat=3, timer=time.process_time)) / 100 * 1e6


def _us(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=CALLS, repeat=REPEATS, timer=time.process_time)) / CALLS * 1e6
