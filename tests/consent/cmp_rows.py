"""The headers of `data/cmp_headers.jsonl`: what platforms write, and what an operator should be shown."""

import json
from datetime import datetime
from pathlib import Path

NOW = datetime.fromisoformat("2026-11-23T00:00:00Z").timestamp()
_FILE = Path(__file__).with_name("data") / "cmp_headers.jsonl"
ROWS = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]


def named(name):
    """The row of that name."""
    return next(row for row in ROWS if row["name"] == name)


def cookies(header):
    """Name -> values, for a header of which nothing has to be refused."""
    found = {}
    for part in header.split("; "):
        name, _, value = part.partition("=")
        found.setdefault(name.encode(), []).append(value.encode())
    return found
