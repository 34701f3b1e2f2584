"""CPU per hit of the whole way, as a ratio to a plain Starlette route, both measured in turns in one run.

`./run bench` (or `python -m tests.bench`) prints one JSON object a line and exits 1 where a figure is missed. Absolute
times are not printed: machines are noisy, the ratio of two things measured in turns much less so. What is counted is the
user and system time of the server's process, all threads: of a collector up to the commit that makes the hit durable (the
figure with a goal), and of collector and worker together, with the requests to a destination on loopback.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import judgement, signals, traffic, weakening
from tests.blackbox.destination import Destination
from tests.blackbox.running import HOST, Gateway, free_port

GOAL = 2.0
CONNECTIONS = 32
NOISE = 1.03
SHARES = (0, 50, 100)

Measure = Callable[[list[bytes]], float]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def load(port: int, requests: list[bytes]) -> None:
    """Send the requests from a process of their own; SystemExit where one is not answered with 200."""
    lines = b"".join(b"%d\n%b" % (len(request), request) for request in requests)
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(CONNECTIONS)]
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, check=True, timeout=300)
    if json.loads(done.stdout) != {"200": len(requests)}:
        raise SystemExit(f"bench: not every request was answered with 200: {done.stdout.decode()}")


def measured(port: int, pid: int, requests: list[bytes], settle: Callable[[], None]) -> float:
    """CPU seconds per request."""
    before = cpu_seconds(pid)
    load(port, requests)
    settle()
    return (cpu_seconds(pid) - before) / len(requests)


@contextmanager
def baseline() -> Iterator[Measure]:
    """The plain route, started and ended."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.baseline", str(port)])
    try:
        time.sleep(2)
        yield lambda requests: measured(port, process.pid, requests, lambda: None)
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def gateway(role: str) -> Iterator[tuple[Measure, str]]:
    """A gateway with the shipped shop policy in a role, and the cookie of a visitor who agreed to everything."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        vendor = stack.enter_context(Destination())
        both = {"meta": vendor, "hook": vendor}
        running = Gateway(directory, both, traffic.settings(vendor), traffic.policy(), role=role)
        stack.enter_context(running)
        settle = running.drain if role == "all" else lambda: None
        yield lambda requests: measured(running.port, running.pid, requests, settle), traffic.agree(running)


def ratios(first: Measure, second: Measure, plan: Callable[[int], list[bytes]], rounds: int) -> list[float]:
    """How much more the first costs than the second, round by round, in turns."""
    result = []
    for number in range(rounds):
        requests = plan(number)
        result.append(first(requests) / second(requests))
    return result


def report(name: str, values: list[float], goal: float | None) -> bool:
    """Print one figure; whether its median is within the goal."""
    middle = statistics.median(values)
    figure = {"figure": name, "min": min(values), "median": middle, "max": max(values), "goal": goal}
    print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in figure.items()}))
    return goal is None or middle <= goal


def refusal_costs(measure: Measure, cookie: str, hits: int, rounds: int) -> dict[int, float]:
    """The median CPU seconds of a hit at each share of refused ones, measured in turns."""
    costs: dict[int, list[float]] = {share: [] for share in SHARES}
    for number in range(rounds):
        for share in SHARES:
            costs[share].append(measure(traffic.hits(f"refused{share}", number, hits, cookie, share)))
    return {share: statistics.median(values) for share, values in costs.items()}


def main() -> int:
    """Run the bench; 0 where every figure is reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--hits", type=int, default=4000, help="hits of one measurement (4000)")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each figure, in turns (7)")
    args = parser.parse_args()
    good = all([report(*figure) for figure in (*judgement.figures(), *signals.figures(), *weakening.figures())])
    legs = (("collector", "until it is durable", GOAL), ("all", "until it is durable and delivered", None))
    with baseline() as plain:
        for role, name, goal in legs:
            with gateway(role) as (ours, cookie):
                ours(traffic.hits("warm", 0, args.hits, cookie, 0))
                plain(traffic.hits("warm", 1, args.hits, cookie, 0))
                plan = lambda number, role=role, cookie=cookie: traffic.hits(role, number, args.hits, cookie, 0)  # noqa: E731
                values = ratios(ours, plain, plan, args.rounds)
                good &= report(f"CPU of a permitted hit {name} / plain route", values, goal)
                if role == "collector":
                    costs = refusal_costs(ours, cookie, args.hits, args.rounds)
                    for less, more in itertools.pairwise(SHARES):
                        rise = costs[more] / costs[less]
                        good &= report(f"CPU of a hit, {more} % refused / {less} % refused", [rise], NOISE)
    print(json.dumps({"host": HOST, "hits": args.hits, "rounds": args.rounds, "reached": good}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
