"""What a judgement of the shipped shop policy costs: microseconds for a verdict, seconds for reading and proving it all."""

import time
import timeit
from collections.abc import Callable, Iterator

from gateway.bootstrap.shipped import policies, resolver
from gateway.facts import Facts, Signals, Vote
from gateway.policy.cases import run_cases
from gateway.policy.decide import Policy
from gateway.policy.promises import prove
from tests.policy.made import loaded

DAY = 20782
CALLS = 20_000
REPEATS = 5
PURPOSES = ("insight", "measure", "retarget")


def shop() -> Policy:
    """The shop's policy with the whole pack, read and checked."""
    path = policies() / "shop.yaml"
    return loaded(path.read_text("utf-8"), "shop.yaml", resolver(path))


def figures() -> Iterator[tuple[str, list[float], float]]:
    """(name, values, goal). Verdicts are on one destination, for a visitor of one country; CPU time, the least of
    several runs."""
    policy = shop()
    votes = tuple(Vote(purpose, "gateway_receipt", True, day=DAY) for purpose in PURPOSES)
    yes, silent = Facts(("FR",), Signals(votes)), Facts(("FR",))
    meta = ("meta",)
    for name, facts in (("a yes", yes), ("no choice", silent)):
        yield (
            f"us for a verdict, {name}, not remembered",
            _us(lambda f=facts: policy.judge(f, "purchase", "meta", DAY)),
            6,
        )
        yield f"us for a decision, {name}, remembered", _us(lambda f=facts: policy.decide(f, "purchase", meta, DAY)), 1
    yield "s to load, check and test the shop", _seconds(lambda: run_cases(shop(), DAY)), 1
    yield "s to prove the shop's promises", _seconds(lambda: prove(policy, DAY)), 30


def _us(call: Callable[[], object]) -> list[float]:
    return [min(timeit.repeat(call, number=CALLS, repeat=REPEATS, timer=time.process_time)) / CALLS * 1e6]


def _seconds(call: Callable[[], object]) -> list[float]:
    values = []
    for _ in range(REPEATS):
        start = time.process_time()
        call()
        values.append(time.process_time() - start)
    return values
