"""CPU per hit of the whole way, as a ratio to a plain Starlette route, all measured in turns in one run.

`./run bench` (or `python -m tests.bench`) prints one JSON object a line and exits 1 where a figure is missed. Absolute
times are not printed: machines are noisy, the ratio of two things measured in turns much less so. What is counted is the
user and system time of the server's processes, all threads: of a collector up to the commit that makes the hit durable (the
figure with a goal), and of collector and worker together, with the requests to a destination on loopback. `a second` is how
many hits one load generator on the same cores got answered: a comparison, no limit of any of them.

Each replica gets as many connections as one that is alone: what is appended together shares a round trip, so fewer of them
would cost more for each hit. A second one is held against the only one while the first does nothing. Two at once, the
server and the load generator are four on the cores of this machine; what they cost each other there is no replica's own.
"""

import argparse
import itertools
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench import judgement, sealing, signals, weakening
from tests.bench.contest import Turns, rate, ratios
from tests.bench.contestants import Contestant, gateway, module, nginx
from tests.blackbox.running import HOST
from tests.store.servers import Server

GOAL = 1.3
REPLICA = 1.1
NOISE = 1.03
SHARES = (0, 50, 100)

ROUTE = "a plain Starlette route"
EMBEDDED = "a permitted hit until it is durable, embedded"
DELIVERED = "a permitted hit until it is durable and delivered, embedded"
REDIS = "a permitted hit until it is durable, Redis"
REDIS_TWICE = f"{REDIS}, two replicas at once"
REDIS_SECOND = f"{REDIS}, the second of two replicas"
GOALS = {EMBEDDED: GOAL}


def report(name: str, values: list[float], goal: float | None, **more: object) -> bool:
    """Print one figure; whether its median is within the goal."""
    middle = statistics.median(values)
    figure = {"figure": name, "min": min(values), "median": middle, "max": max(values), "goal": goal, **more}
    print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in figure.items()}))
    return goal is None or middle <= goal


def entrants(stack: ExitStack) -> list[Contestant]:
    """All of them, started; what this machine does not have is named and left out."""
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(Server(directory / "redis", settings={"maxmemory-policy": "noeviction"}))
    made = [
        module("baseline", ROUTE),
        module("bare", "a bare uvicorn application"),
        gateway(EMBEDDED),
        gateway(DELIVERED, role="all"),
        gateway(REDIS, server=server),
        gateway(REDIS_TWICE, server=server, processes=2),
    ]
    started = [stack.enter_context(each) for each in made]
    twice = started[-1]
    started.append(twice._replace(name=REDIS_SECOND, ports=twice.ports[1:], pids=twice.pids[1:]))
    try:
        started.append(stack.enter_context(nginx()))
    except FileNotFoundError as missing:
        print(json.dumps({"figure": "nginx empty_gif with its access log", "left_out": str(missing)}))
    return started


def contest(hits: int, rounds: int) -> bool:
    """All contestants in turns, then the embedded one by its share of refused hits; whether every goal is reached."""
    with ExitStack() as stack:
        started = entrants(stack)
        costs = Turns(started, hits).take(rounds)
        good = True
        for name, values in costs.items():
            per_second = {"a second": round(rate(values)), "of the route's": rate(values) / rate(costs[ROUTE])}
            good &= report(f"CPU of {name} / {ROUTE}", ratios(values, costs[ROUTE]), GOALS.get(name), **per_second)
        good &= report(f"CPU of {REDIS_SECOND} / the only one", ratios(costs[REDIS_SECOND], costs[REDIS]), REPLICA)
        embedded = Turns([each for each in started if each.name == EMBEDDED], hits)
        shares = {
            share: statistics.median([cost.cpu for cost in embedded.take(rounds, share)[EMBEDDED]]) for share in SHARES
        }
        for less, more in itertools.pairwise(SHARES):
            good &= report(f"CPU of a hit, {more} % refused / {less} % refused", [shares[more] / shares[less]], NOISE)
        return good


def main() -> int:
    """Run the bench; 0 where every figure is reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--hits", type=int, default=6000, help="hits of one measurement (6000)")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each figure, in turns (7)")
    parser.add_argument("--way-only", action="store_true", help="leave out the parts, measure the whole way")
    args = parser.parse_args()
    parts = (
        () if args.way_only else (*judgement.figures(), *signals.figures(), *weakening.figures(), *sealing.figures())
    )
    good = all([report(*figure) for figure in parts])
    good &= contest(args.hits, args.rounds)
    print(json.dumps({"host": HOST, "hits": args.hits, "rounds": args.rounds, "reached": good}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
