"""More hits than can be answered: three times as many for a while, then as many as can.

`python -m tests.blackbox.overload` measures first how many permitted hits a second the gateway acknowledges when as many
connections as there may wait ask one after the other, then offers three times that from a process of its own, whether answers
come or not, then half of it. It prints one JSON object and exits 1 where a figure is missed. `offered` is what really went
out: where load and gateway share two processors it may be less than three times.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple, cast

import uvloop

from tests.bench import traffic
from tests.bench.contest import cpu_seconds
from tests.blackbox.destination import Destination
from tests.blackbox.running import HOST, Gateway

TIMES = 3
CONNECTIONS = 600
KEPT = 0.9  # of the capacity
REFUSED_SECONDS = 0.02
CALM_SECONDS = 5.0
_AT_ONCE = 4
_MADE_AT_ONCE = 64
LIMITS = {"connections": 2048, "waiting": 128}


class Answered(NamedTuple):
    """One hit: when it was sent and answered (seconds since the load began), and how."""

    sent: float
    answered: float
    status: int
    retry_after: bool


class Connection(asyncio.Protocol):
    """Asks one thing after the other, as somebody else says, and notes what it hears."""

    def __init__(self, idle: deque["Connection"], answers: list[Answered], began: float) -> None:
        self._idle, self._answers, self._began = idle, answers, began
        self._heard, self._sent = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._idle.append(self)

    def ask(self, request: bytes) -> None:
        self._sent = time.monotonic()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        _, _, length = head.partition(b"content-length: ")
        if end and len(body) >= int(length.partition(b"\r")[0]):
            now = time.monotonic()
            self._answers.append(
                Answered(self._sent - self._began, now - self._began, int(head[9:12]), b"retry-after: " in head)
            )
            self._heard = b""
            self._idle.append(self)

    def close(self) -> None:
        self._transport.close()


async def offer(port: int, requests: Iterable[bytes], rate: float, seconds: float, connections: int) -> list[Answered]:
    """So many hits a second, each on a connection that waits for nothing; without a rate as many as are answered."""
    loop, idle, answers = asyncio.get_running_loop(), deque[Connection](), list[Answered]()
    began = time.monotonic()
    made = [
        (await loop.create_connection(lambda: Connection(idle, answers, began), HOST, port))[1]
        for _ in range(connections)
    ]
    first = time.monotonic()
    for sent, request in enumerate(requests):
        while (wait := first + sent / rate - time.monotonic() if rate else 0.0) > 0 or not idle:
            await asyncio.sleep(max(wait, 0.001) if idle else 0.0005)
        if time.monotonic() - first > seconds:
            break
        idle.popleft().ask(request)
        if sent % _AT_ONCE == 0:  # also who is behind must hear what is answered, and when
            await asyncio.sleep(0)
    while len(idle) < connections and time.monotonic() - first < seconds + 10:
        await asyncio.sleep(0.01)
    for each in made:
        each.close()
    return [
        each._replace(sent=each.sent - (first - began), answered=each.answered - (first - began)) for each in answers
    ]


def planned(name: str, cookie: str, rate: float, seconds: float) -> Iterable[bytes]:
    """So many permitted hits as there can be; without a rate they do not end, and are made while others wait."""
    if rate:
        return traffic.hits(name, 1, int(rate * seconds) + 1, cookie, 0)
    return chain.from_iterable(traffic.hits(name, number, _MADE_AT_ONCE, cookie, 0) for number in count())


def load(port: int, cookie: str, name: str, rate: float, seconds: float, connections: int) -> list[Answered]:
    """`offer` in a process of its own."""
    words = [str(port), cookie, name, str(rate), str(seconds), str(connections)]
    command = [sys.executable, "-m", "tests.blackbox.overload", "--as-load", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=seconds + 120)
    return [Answered(*each) for each in json.loads(done.stdout)]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


class Outcome(NamedTuple):
    """Figures a second and in seconds, and what was missed of what is promised."""

    figures: dict[str, Any]
    missed: list[str]


class Load(NamedTuple):
    """What was answered, in how many seconds of load, and the CPU seconds that the gateway had for it."""

    answers: list[Answered]
    seconds: float
    cpu: float

    @property
    def taken(self) -> list[Answered]:
        return [each for each in self.answers if each.status == 200]


def judged(most: Load, overload: Load, after: Load) -> Outcome:
    """What an overload came to. `most` is what can be taken, `after` what was asked at half of that right behind.

    What is kept of the capacity is counted a second, as it was promised and as the capacity is. Load and gateway have a
    processor each, and at its capacity the gateway leaves some of its own idle: a count for each of its CPU seconds
    would take for a loss what refusing costs of that rest, though nobody is refused for it. Where the load takes more
    than its own processor, the count a second is the harder one. `kept_a_cpu_second` and how much of a processor the
    gateway had (`busy`, at its capacity and beyond) are told beside it.
    """
    capacity, over, seconds = len(most.taken) / most.seconds, overload.answers, overload.seconds
    a_second = len([each for each in overload.taken if each.answered <= seconds]) / seconds
    kept = a_second / capacity
    of_cpu = (len(overload.taken) / overload.cpu) / (len(most.taken) / most.cpu)
    refused = [each for each in over if each.status == 503]
    late = [each for each in after.answers if each.sent > CALM_SECONDS]
    waits = [each.answered - each.sent for each in refused]
    found = {
        "capacity": round(capacity), "offered": round(len(over) / seconds), "kept": round(kept, 2),
        "kept_a_cpu_second": round(of_cpu, 2),
        "busy": [round(each.cpu / each.seconds, 2) for each in (most, overload)],
        "refused": len(refused), "refused_p50": round(percentile(waits, 0.5), 4), "refused_p99": round(percentile(waits, 0.99), 4),
        "taken_p99": round(percentile([each.answered - each.sent for each in overload.taken], 0.99), 4),
        "refused_after": len([each for each in late if each.status != 200]), "asked_after": len(late),
    }  # fmt: skip
    promised = {
        "kept": kept >= KEPT,
        "every refusal is 503 with Retry-After": all(each.retry_after for each in refused),
        "no other answer": len(overload.taken) + len(refused) == len(over),
        "refused_p99": found["refused_p99"] <= REFUSED_SECONDS,
        "refused_after": not found["refused_after"] and bool(late),
    }
    return Outcome(found, [name for name, holds in promised.items() if not holds])


def run(seconds: float) -> Outcome:
    """Overload a gateway of its own, and count that every hit that was acknowledged is in its books."""
    with ExitStack() as stack:
        vendor = stack.enter_context(Destination())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = traffic.settings(vendor) | {"limits": LIMITS}
        gateway = stack.enter_context(
            Gateway(directory, {"meta": vendor, "hook": vendor}, settings, traffic.policy(), role="collector")
        )
        cookie = traffic.agree(gateway)

        def loaded(name: str, rate: float, seconds: float, connections: int) -> Load:
            before = cpu_seconds([gateway.pid])
            answers = load(gateway.port, cookie, name, rate, seconds, connections)
            return Load(answers, seconds, cpu_seconds([gateway.pid]) - before)

        loaded("warm", 0, seconds / 4, LIMITS["waiting"])
        most = loaded("most", 0, seconds, LIMITS["waiting"])
        capacity, before = len(most.taken) / seconds, gateway.waiting()
        over = loaded("over", TIMES * capacity, seconds, CONNECTIONS)
        stored = gateway.waiting() - before
        after = loaded("after", capacity / 2, CALM_SECONDS + seconds / 4, CONNECTIONS)
        outcome = judged(most, over, after)
        lost = len(over.taken) - stored
        return Outcome({**outcome.figures, "lost": lost}, outcome.missed + (["lost"] if lost else []))


def main() -> int:
    """Run it; 0 where every figure is reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.blackbox.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each load (30)")
    parser.add_argument("--as-load", nargs=6, metavar="WORD", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.as_load:
        port, cookie, name, rate, seconds, connections = args.as_load
        requests = planned(name, cookie, float(rate), float(seconds))
        answers = uvloop.run(offer(int(port), requests, float(rate), float(seconds), int(connections)))
        # Where Python is told not to buffer, `print` drops what a pipe does not take at once.
        with open(sys.stdout.fileno(), "w", closefd=False) as out:
            json.dump(answers, out)
        return 0
    outcome = run(args.seconds)
    print(json.dumps({**outcome.figures, "missed": outcome.missed}))
    return 1 if outcome.missed else 0


if __name__ == "__main__":
    sys.exit(main())
