"""Keep a record of when each daily salt was made and destroyed, and nothing of the salt.

One line of JSON for each, in a file that is only ever added to:

    {"day": "2026-11-26", "made": "2026-11-26T00:00:03Z"}
    {"day": "2026-11-26", "destroyed": "2026-11-27T00:00:11Z", "why": "day_over"}

A salt that went with its process is found at the next start, and recorded as destroyed by then (`process_ended`).
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gateway.bootstrap.salt import Gone

FILE = "salts.jsonl"
FILES = "salts-{}.jsonl"

_EPOCH = date(1970, 1, 1)


class SaltRecord:
    """The record in a directory, of one process among those that share it. OSError where it cannot be written; what
    could not is written the next time."""

    def __init__(self, directory: Path, process: int = 0) -> None:
        self._file = directory / (FILES.format(process + 1) if process else FILE)
        self._made: set[int] = set()
        self._rows: list[dict[str, str]] = []
        self._begin = ""

    def open(self, now: float) -> None:
        """Record as destroyed what an earlier process made and took with it."""
        text = self._file.read_text("utf-8", "replace") if self._file.exists() else ""
        self._begin = "\n" if text and not text.endswith("\n") else ""
        left = _left(text)
        self._add([{"day": day, "destroyed": _time(now), "why": "process_ended"} for day in sorted(left)])

    def made(self, day: int, now: float) -> None:
        """Record that a day has a salt; once."""
        if day not in self._made:
            self._made.add(day)
            self._add([{"day": date_of(day), "made": _time(now)}])

    def destroyed(self, gone: Iterable[Gone], now: float) -> None:
        """Record that salts are gone. One that another's took the place of is still a salt of its day."""
        over = [each for each in gone if each.why != "replaced"]
        for each in over:
            self.made(each.day, now)
        self._add([{"day": date_of(each.day), "destroyed": _time(now), "why": each.why} for each in over])

    def _add(self, rows: list[dict[str, str]]) -> None:
        self._rows += rows
        if not self._rows:
            return
        text = self._begin + "".join(json.dumps(row) + "\n" for row in self._rows)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._rows, self._begin = [], ""


def _left(text: str) -> set[str]:
    """The days whose salt was made and not destroyed. A line that cannot be read says nothing."""
    left: set[str] = set()
    for line in text.splitlines():
        row = _row(line)
        day = str(row.get("day", ""))
        if "made" in row:
            left.add(day)
        elif "destroyed" in row:
            left.discard(day)
    return left


def _row(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def date_of(day: int) -> str:
    """A day (since 1970-01-01) as `2026-11-26`."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def _time(now: float) -> str:
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
