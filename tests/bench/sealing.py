"""What sealing adds to a permitted hit: microseconds of CPU for each event, of a visitor who is known and of a new one."""

import itertools
import os
import time
import timeit
from collections.abc import Callable, Iterator

from gateway.event import Event
from gateway.facts import Facts, Signals, Vote
from gateway.sealing import Sealer, bound, month_of, period

GOAL = 10.0
CALLS = 2_000
REPEATS = 9
NOW = 1_795_429_200

Figure = tuple[str, list[float], float | None]

EVENT = Event(
    "01890a5d-ac96-774b-bcce-000000000001", "meta", "purchase", NOW, "shop",
    Facts(("FR",), Signals((Vote("ads", "gateway_receipt", True, day=20_000),))),
    {"page.url": "https://shop.example/checkout/thanks", "order.value": "64.90", "order.currency": "EUR"},
    {"page.url": "path"}, subject="a" * 32,
)  # fmt: skip


def figures() -> Iterator[Figure]:
    """(name, values, goal). CPU time, the least of several runs."""
    sealer, plain, month = Sealer([os.urandom(32)], os.urandom), EVENT.to_json().encode(), month_of(NOW)

    def seal(subject: str) -> object:
        return sealer.seal(subject, period(subject, NOW), plain, bound(EVENT.destination, EVENT.key))

    yield "us that sealing adds to an event", [_us(lambda: seal(EVENT.subject))], GOAL
    yield "us that sealing adds to an event of nobody in particular", [_us(lambda: seal(""))], GOAL
    numbers = itertools.count()
    for _ in range(REPEATS):
        sealer.admit(sealer.stock(month, CALLS))
    yield "us that sealing adds to the first event of a visitor", [_us(lambda: seal(f"{next(numbers):032x}"))], GOAL
    made = timeit.timeit(lambda: sealer.stock(month, CALLS), number=1, timer=time.process_time) / CALLS * 1e6
    yield "us to make a key, ahead of the hit", [made], None


def _us(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=CALLS, repeat=REPEATS, timer=time.process_time)) / CALLS * 1e6
