"""Hold the engine against the interpreter on random policies and situations: `python -m tests.policy.agree 100000`.

Prints the first pair on which they differ and exits with 1, or counts what they agreed on. A second argument is the seed.
"""

import json
import random
import sys
import time
from collections import Counter

from gateway.facts import Vote
from gateway.policy.explain import as_json, explain_words
from tests.policy.interpreter import Interpreter
from tests.policy.made import TODAY
from tests.policy.random_policies import FLAGS, situation, valid_policy

A_POLICY = 25  # situations asked of each policy


def facts(words, purposes):
    """The situation as the interpreter takes it, read here once more and not by the engine."""
    told = words.get("region", [])
    places = [place for place in (told.split(",") if isinstance(told, str) else told) if place != "unknown"]
    given = words.get("consent", "none")
    if isinstance(given, str):
        given = dict.fromkeys(purposes if given == "all" else (), True)
    day = TODAY - int(str(words.get("consent_age", 0)).rstrip("d"))
    votes = [Vote(name, "gateway_receipt", answer in (True, "yes"), day=day) for name, answer in given.items()]
    flags = {name: bool(words.get(name)) for name in FLAGS}
    return {"regions": places, "votes": votes, "age": words.get("age"), **flags}


def pairs(dice, wanted):
    """(policy, pack, words, what the engine says, what the interpreter says) for each verdict, `wanted` of them."""
    done = 0
    while done < wanted:
        value, pack, policy = valid_policy(dice)
        interpreter = Interpreter(value, pack, TODAY)
        for _ in range(A_POLICY):
            words = situation(dice, list(value["purposes"]))
            known = facts(words, value["purposes"])
            for explanation in explain_words(policy, words, TODAY):
                told = as_json(explanation)
                mine = interpreter.ask(told["destination"], words["event"], known)
                sends = told["sends"] if told["allow"] else None
                yield value, pack, words, told["destination"], (told["reason"], sends), mine
                done += 1


def main(wanted, seed):
    start, reasons = time.monotonic(), Counter()
    for value, pack, words, destination, engine, mine in pairs(random.Random(seed), wanted):
        if engine != mine:
            print(json.dumps({"policy": value, "pack": pack, "situation": words, "destination": destination}))
            print(f"engine      {engine}\ninterpreter {mine}")
            return 1
        reasons[engine[0]] += 1
    took = time.monotonic() - start
    print(
        f"{reasons.total()} verdicts agree in {took:.0f} s: "
        + ", ".join(f"{name} {n}" for name, n in reasons.most_common())
    )
    return 0


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*given, *(100_000, 1)[len(given) :]))
