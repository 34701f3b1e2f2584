"""CPU and throughput of each contestant, measured in turns in one run; the plain Starlette route is what all are held against."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.bench import traffic
from tests.bench.contestants import Contestant

# Of each process that answers: how many hits a process shares a commit or a round trip among depends on it.
CONNECTIONS = 32


class Cost(NamedTuple):
    """What hits cost: CPU seconds of the server for each, and how many were answered in a second."""

    cpu: float
    rate: float


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of processes, with all their threads and ended children."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def measured(contestant: Contestant, requests: list[bytes]) -> Cost:
    """Send the requests from a process of their own; SystemExit where one is not answered with 200."""
    before = cpu_seconds(contestant.pids)
    lines = b"".join(b"%d\n%b" % (len(request), request) for request in requests)
    command = [
        sys.executable,
        "-m",
        "tests.bench.load",
        str(CONNECTIONS * len(contestant.ports)),
        *map(str, contestant.ports),
    ]
    done = json.loads(subprocess.run(command, input=lines, stdout=subprocess.PIPE, check=True, timeout=300).stdout)
    if done["statuses"] != {"200": len(requests)}:
        raise SystemExit(f"bench: {contestant.name} did not answer every request with 200: {done['statuses']}")
    contestant.settle()
    return Cost((cpu_seconds(contestant.pids) - before) / len(requests), len(requests) / done["seconds"])


class Turns:
    """Rounds in which each contestant gets hits of its own, one after the other; the first round warms up."""

    def __init__(self, contestants: Iterable[Contestant], hits: int) -> None:
        self._contestants = list(contestants)
        self._hits = hits
        self._number = 0

    def take(self, rounds: int, refused: int = 0) -> Mapping[str, list[Cost]]:
        """The costs of each contestant, round by round, of hits of which a share (per cent) is refused."""
        costs: dict[str, list[Cost]] = {each.name: [] for each in self._contestants}
        for turn in range(rounds + 1):
            for each in self._contestants:
                self._number += 1
                cost = measured(each, traffic.hits(f"bench{refused}", self._number, self._hits, each.cookie, refused))
                if turn:
                    costs[each.name].append(cost)
        return costs


def ratios(these: list[Cost], those: list[Cost]) -> list[float]:
    """How much more CPU the first took than the second, round by round."""
    return [mine.cpu / theirs.cpu for mine, theirs in zip(these, those, strict=True)]


def rate(costs: list[Cost]) -> float:
    """The median of how many were answered in a second."""
    return statistics.median([cost.rate for cost in costs])
