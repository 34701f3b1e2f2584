"""Read the consent strings under `data/strings` and what they say.

A row is `kind`, `text` and `says`, the value in the official libraries' words; None where the string must be refused.
`says_too` is part of a value. To keep the files small, ascending ids are written `ids 1-5 8`, and a long run of one letter
as that letter and how many times.
"""

import json
from pathlib import Path

DATA = Path(__file__).parent / "data"


def rows(name):
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def strings(name):
    return [_row(row) for row in rows(f"strings/{name}.jsonl")]


def _row(row):
    text = row["text"]
    if isinstance(text, list):
        row["text"] = "".join(part if isinstance(part, str) else part["letter"] * part["times"] for part in text)
    row["says"] = _unpacked(row.get("says"))
    return row


def _unpacked(value):
    if isinstance(value, dict):
        return {key: _unpacked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_unpacked(each) for each in value]
    if isinstance(value, str) and value.startswith("ids "):
        return [vendor for part in value[4:].split() for vendor in _ids(part)]
    return value


def _ids(part):
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)
