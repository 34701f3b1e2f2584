"""Look for the texts of 4 KiB that cost the scrubber most, and print one JSON object for each family.

`python -m tests.anonymise.scrub.cost [--seconds N] [--seed N]` tries every family of `hostile.py` as every kind, then
makes worse texts of the worst ones for as long as is asked. Figures are CPU time, the least of a few runs, in
milliseconds and in units of a plain loop over as many characters; exit 1 where the worst takes more than 5 ms.
"""

import argparse
import json
import random
import sys
import time

from gateway.anonymise.scrub.detect import DETECTOR
from gateway.anonymise.scrub.work import BOUND
from tests.anonymise.scrub.hostile import KINDS, SIZE, families, worse
from tests.measure import seconds

TARGET = 5.0  # milliseconds
KEPT = 24
_LOOPED = "1 " * (SIZE // 2)


def plain_loop(text):
    """What everything is compared to."""
    count = 0
    for sign in text:
        count += sign == "1"
    return count


def unit():
    return seconds(plain_loop, _LOOPED, tries=50)


def cost(text, kind, enough=0.0, most=BOUND):
    return seconds(DETECTOR.spans, text, kind, "", most, tries=7, enough=enough)


def loops(text, kind, enough=0.0, tries=7):
    """How many plain loops a text takes. Both are measured in turns, for a busy machine's speed changes all the time."""
    ours = loop = float("inf")
    for _ in range(tries):
        ours = min(ours, seconds(DETECTOR.spans, text, kind, tries=1))
        loop = min(loop, seconds(plain_loop, _LOOPED, tries=3))
        if ours <= enough * loop:
            break
    return ours / loop


def measured(enough=0.0):
    """(seconds, kind, name, text) of every family as every kind, the dearest first."""
    rows = [(cost(text, kind, enough), kind, name, text) for name, text in families() for kind in KINDS]
    return sorted(rows, reverse=True)


def searched(rows, lasting, seed):
    """The dearest of what was found, after making worse texts of them for some seconds."""
    dice, best, tried = random.Random(seed), rows[:KEPT], 0
    ends = time.monotonic() + lasting
    while time.monotonic() < ends:
        text, kind = worse(dice, [row[3] for row in best]), dice.choice(KINDS)
        spent = cost(text, kind, enough=best[-1][0])
        tried += 1
        if spent > best[-1][0]:
            best = sorted([*best, (spent, kind, "made", text)], reverse=True)[:KEPT]
    return best, tried


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to look for worse ones (default: 60)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    asked = parser.parse_args()
    loop = unit()
    rows = measured()
    found, tried = searched(rows, asked.seconds, asked.seed)
    for spent, kind, name, text in found[:12]:
        print(
            json.dumps(
                {
                    "ms": round(spent * 1e3, 2),
                    "loops": round(spent / loop, 1),
                    "kind": kind,
                    "name": name,
                    "text": text[:80],
                }
            )
        )
    middle = rows[len(rows) // 2][0]
    worst = found[0][0] * 1e3
    print(json.dumps({"families": len(rows), "tried": tried, "seed": asked.seed, "loop_ms": round(loop * 1e3, 3),
                      "median_ms": round(middle * 1e3, 2), "worst_ms": round(worst, 2)}))  # fmt: skip
    sys.exit(worst > TARGET)


if __name__ == "__main__":
    main()
