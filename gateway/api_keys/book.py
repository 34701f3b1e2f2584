"""Keep the API keys of an installation in one file, a line of JSON each, none of which lets anybody in.

    {"id": "…", "digest": "<SHA-256 in hex>", "scopes": ["metrics"], "networks": [], "made": 1795429200, "ends": …}

The file is small, may be the same on every machine, and is read anew whenever it changed. When a key was last used is
kept beside the data, by day: a line is added for each day on which it was.
"""

import json
import os
import re
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from gateway.api_keys.grant import SCOPES, Grant
from gateway.api_keys.token import ID
from gateway.errors import BadRequest
from gateway.vendors.strict_json import parse

USED = "api-keys-used.jsonl"
MOST_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEMBERS = {"id", "digest", "scopes", "networks", "made", "ends"}
_MOST_DEPTH = 2

State = tuple[int, int, int] | None


class BookError(ValueError):
    """A file of keys that cannot be used: then no key of it can. Its message tells the line, and nothing of it."""


class Book:
    """The keys of a file. None where there is no file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: State = None
        self._grants: tuple[Grant, ...] = ()

    def grants(self) -> tuple[Grant, ...]:
        """All of them, as the file is now. BookError where it cannot be read."""
        state = self._state()
        if state != self._seen:
            self._grants = read(self._path) if state else ()
            self._seen = state
        return self._grants

    def _state(self) -> State:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            raise BookError("the file of API keys cannot be read") from None
        return found.st_mtime_ns, found.st_size, found.st_ino


def read(path: Path) -> tuple[Grant, ...]:
    """The keys of a file. BookError where it, or one line of it, cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError:
        raise BookError("the file of API keys cannot be read") from None
    if len(text) > MOST_BYTES:
        raise BookError("the file of API keys is too long")
    grants = tuple(_grant(line, number) for number, line in enumerate(text.splitlines(), 1) if line.strip())
    if len({grant.id for grant in grants}) != len(grants):
        raise BookError("an API key is there twice")
    return grants


def written(grants: Iterable[Grant]) -> bytes:
    """The text of a file with these keys."""
    rows = (
        {
            "id": grant.id,
            "digest": grant.digest.hex(),
            "scopes": sorted(grant.scopes),
            "networks": [str(network) for network in grant.networks],
            "made": grant.made,
            "ends": grant.ends,
        }
        for grant in grants
    )
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


class Used:
    """On which day each key was last used. `note` adds a line, once for each day."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / USED
        self._noted: dict[str, str] = {}

    def note(self, id_: str, day: str) -> None:
        """Keep that a key was used on a day (`2026-11-26`). OSError where that cannot be kept."""
        if self._noted.get(id_) == day:
            return
        line = json.dumps({"id": id_, "day": day}) + "\n"
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
        self._noted[id_] = day

    def days(self) -> dict[str, str]:
        """The last day of each key. OSError where they cannot be read; a line that is none says nothing."""
        days: dict[str, str] = {}
        for line in self._path.read_text("utf-8", "replace").splitlines() if self._path.exists() else ():
            row = _row(line.encode())
            id_, day = str(row.get("id")), str(row.get("day"))
            if ID.fullmatch(id_) and _DAY.fullmatch(day):
                days[id_] = max(day, days.get(id_, ""))
        return days


def _grant(line: bytes, number: int) -> Grant:
    row = _row(line)
    try:
        lists = isinstance(row["networks"], list)  # an empty text would be every network
        sound = lists and row.keys() == _MEMBERS and ID.fullmatch(row["id"]) and _DIGEST.fullmatch(row["digest"])
        networks = tuple(ip_network(network) for network in row["networks"])
        scopes = frozenset(row["scopes"])
        times = [time for time in (row["made"], row["ends"]) if type(time) is int and time > 0]
    except (KeyError, TypeError, ValueError):
        sound = None
    if not sound or not scopes or scopes - SCOPES.keys() or len(times) != 2:
        raise BookError(f"line {number} is no API key")
    return Grant(row["id"], bytes.fromhex(row["digest"]), scopes, networks, *times)


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = parse(line, _MOST_DEPTH)
    except BadRequest:
        return {}
    return row if isinstance(row, dict) else {}
