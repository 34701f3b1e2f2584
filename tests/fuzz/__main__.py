"""Try every damage to every string, then random texts for as long as is asked; print one JSON object a line.

`./run fuzz [--seconds N] [--seed N]` (or `python -m tests.fuzz`) exits 1 where anything is wrong. What was found can be
had again with the seed that is printed.
"""

import argparse
import json
import random
import sys
import time
import traceback

from tests.fuzz.check import gpp_cuts, gpp_flips, tcf_cuts, tcf_flips
from tests.fuzz.cost import MEBIBYTES, MILLISECONDS, mebibytes, milliseconds
from tests.fuzz.damage import ALPHABET
from tests.fuzz.hostile import hostile
from tests.fuzz.sweep import COINCIDENCES, GPP_STRINGS, TC_STRINGS, damaged, sweep
from tests.fuzz.targets import DECODERS, TARGETS, seeds

LETTERS = ALPHABET + '~.;=%{}":, é\x00\udc80'


def sweeps():
    """Every cut and flip of every string; what is wrong beyond the coincidences that are known."""
    for check in (tcf_cuts, tcf_flips, gpp_cuts, gpp_flips):
        known = {(at, f"a flip of bit {bit} ") for at, bit in COINCIDENCES.items()} if check is tcf_flips else set()
        wrong = [
            (at, why) for at, why in sweep(check) if not any(at == of and why.startswith(say) for of, say in known)
        ]
        yield {"check": check.__name__, "wrong": wrong}


def costs():
    """The most that any damaged string, and any of the texts made to cost much, takes."""
    for target, texts in (("tcf", TC_STRINGS), ("gpp", GPP_STRINGS)):
        every = [text for whole in texts for text in damaged(whole)]
        spent = max(milliseconds(DECODERS[target], text) for text in every)
        held = max(mebibytes(DECODERS[target], text) for text in every[::50])
        yield _cost(f"{len(every)} damaged {target} strings", spent, held)
    made = [(milliseconds(DECODERS[kind], text, 0), mebibytes(TARGETS[kind], text)) for kind, text in hostile()]
    yield _cost(f"{len(made)} texts made to cost much", max(each[0] for each in made), max(each[1] for each in made))


def _cost(what, spent, held):
    wrong = [] if spent <= MILLISECONDS and held <= MEBIBYTES else ["more than it may"]
    return {"check": what, "milliseconds": round(spent, 2), "mebibytes": round(held, 2), "wrong": wrong}


def random_texts(seconds, seed):
    """Texts made from readable ones by random edits, each target in turn, until the time is over."""
    dice, texts, tried, wrong = random.Random(seed), seeds(), 0, []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for target, function in TARGETS.items():
            text = _edited(dice, texts[target])
            try:
                function(text)
            except Exception as error:  # noqa: BLE001  to find any exception is what this is for
                wrong.append([target, text, traceback.format_exception_only(error)[-1].strip()])
            tried += 1
    return {"check": f"{tried} random texts", "seed": seed, "wrong": wrong}


def _edited(dice, texts):
    text = dice.choice(texts)
    for _ in range(dice.randint(1, 6)):
        at, span = dice.randint(0, len(text)), dice.choice((0, 0, 1, 1, 2, 6, 40))
        other = dice.choice(texts)
        start = dice.randint(0, len(other))
        piece = dice.choice(("", dice.choice(LETTERS), dice.choice(LETTERS) * span, other[start : start + span]))
        text = text[:at] + piece + text[at + span :]
    return text


def main():
    parser = argparse.ArgumentParser(prog="./run fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to try random texts (default: 60)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32, help="of the random texts")
    asked = parser.parse_args()
    found = False
    for report in (*sweeps(), *costs(), random_texts(asked.seconds, asked.seed)):
        print(json.dumps(report), flush=True)
        found = found or bool(report["wrong"])
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
