"""Score a detector on a corpus: what leaks, and what is damaged."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

CORE = frozenset(("EMAIL", "PHONE", "CREDIT_CARD", "IBAN", "NATIONAL_ID", "IP"))
COVERED = 0.9


class Line(NamedTuple):
    kind: str
    text: str
    personal: list
    harmless: list


class Score(NamedTuple):
    core: float
    every: float
    damage: float
    missed: list
    damaged: list


def read(path: Path) -> list[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [Line(**json.loads(line)) for line in lines]


def score(lines, detect) -> Score:
    """A personal span leaks if less than nine tenths of it are covered; a harmless one is damaged by one character."""
    seen, leaked, missed, damaged, harmless = Counter(), Counter(), [], [], 0
    for line in lines:
        found = detect(line.text, line.kind)
        covered = bytearray(len(line.text))
        for begin, end, _ in found:
            covered[begin:end] = b"\1" * (end - begin)
        for begin, end, label in line.personal:
            seen[label] += 1
            if sum(covered[begin:end]) < COVERED * (end - begin):
                leaked[label] += 1
                missed.append((label, line.text[begin:end]))
        harmless += len(line.harmless)
        damaged += [(what, line.text[begin:end]) for begin, end, what in line.harmless if any(covered[begin:end])]
    core = sum(leaked[label] for label in CORE) / sum(seen[label] for label in CORE)
    every = leaked.total() / seen.total()
    return Score(core, every, len(damaged) / harmless, missed, damaged)
