"""Prove that the search can find a leak: plant one in each way that matters, and find each of them.

Everything is written into a directory of its own, which goes when it was looked at.
"""

import base64
import gzip
import hashlib
import socket
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from gateway.canary.artefacts import OVERLAP, PIECE, Search
from gateway.canary.marks import Mark, Marks
from gateway.canary.search import Index

MAIL_HOST = "mail.example"
_FILLING = b"an ordinary line of an ordinary file\n"


class Control(NamedTuple):
    """One way in which a leak was planted, and whether the search saw it."""

    name: str
    found: bool


Leak = Callable[[Path, str], None]


def planted(day: int, index: Callable[[list[Mark]], Index] = Index) -> list[Control]:
    """Plant each kind of leak, search, and say which were found. OSError where nothing could be planted."""
    marks = Marks(day)
    planting = [Mark("control", name, _value(name, marks), ()) for name in LEAKS]
    with tempfile.TemporaryDirectory(prefix="canary-") as name:
        folder = Path(name)
        for mark in planting:
            LEAKS[mark.kind](folder, mark.value)
        search = Search(index(planting))
        search.look_into(folder)
    found = search.found()
    return [Control(name, name in found) for name in LEAKS]


def _value(name: str, marks: Marks) -> str:
    if name.startswith("address"):
        return marks["forwarded_for"] if name == "address as a number" else marks["forwarded"]
    return f"{marks[name]}+tag@{MAIL_HOST}" if name.startswith("percent") else marks[name]


def _text(name: str, write: Callable[[str], bytes]) -> Leak:
    """A leak in an ordinary file, between ordinary lines."""

    def leak(folder: Path, value: str) -> None:
        (folder / name).write_bytes(_FILLING * 3 + b"before " + write(value) + b" after\n" + _FILLING)

    return leak


def _name(folder: Path, value: str) -> None:
    (folder / f"{value}.tmp").write_bytes(_FILLING)


def _across_pieces(folder: Path, value: str) -> None:
    filling = _FILLING * ((PIECE + OVERLAP) // len(_FILLING))
    at = PIECE - len(value) // 2
    (folder / "large").write_bytes(filling[:at] + value.encode() + filling[at:])


def _row(folder: Path, value: str) -> None:
    with closing(_database(folder / "row.db")) as database:
        database.execute("insert into kept values (?)", (value,))
        database.commit()


def _deleted_row(folder: Path, value: str) -> None:
    with closing(_database(folder / "deleted.db")) as database:
        database.execute("pragma secure_delete = off")
        database.execute("insert into kept values (?)", (value,))
        database.commit()
        database.execute("delete from kept")
        database.commit()


def _write_ahead_log(folder: Path, value: str) -> None:
    """A copy of the log as a running process leaves it: its rows are not in the database yet."""
    with tempfile.TemporaryDirectory(prefix="canary-") as name, closing(_database(Path(name) / "live.db")) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("insert into kept values (?)", (value,))
        database.commit()
        (folder / "live.db-wal").write_bytes((Path(name) / "live.db-wal").read_bytes())


def _packed_row(folder: Path, value: str) -> None:
    with closing(_database(folder / "packed.db")) as database:
        database.execute("insert into kept values (?)", (zlib.compress(_FILLING * 3 + value.encode()),))
        database.commit()


def _database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("create table kept (body)")
    return database


def _gzip(folder: Path, value: str) -> None:
    (folder / "old.log.gz").write_bytes(gzip.compress(_FILLING * 3 + value.encode()))


def _zip(folder: Path, value: str) -> None:
    with zipfile.ZipFile(folder / "backup.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.json", _FILLING * 3 + value.encode())


def _hashed(name: str) -> Callable[[str], bytes]:
    return lambda value: hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest().encode()


def _number(value: str) -> bytes:
    return str(int.from_bytes(socket.inet_aton(value), "big")).encode()


def _packed_address(value: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6, value)


LEAKS: dict[str, Leak] = {
    "plain text": _text("plain.log", str.encode),
    "file name": _name,
    "across two pieces of a large file": _across_pieces,
    "row of a database": _row,
    "deleted row of a database": _deleted_row,
    "write-ahead log of a database": _write_ahead_log,
    "compressed row of a database": _packed_row,
    "gzip": _gzip,
    "zip": _zip,
    "percent-encoded": _text("percent", lambda value: quote(value, safe="").encode()),
    "percent-encoded twice": _text("percent2", lambda value: quote(quote(value, safe=""), safe="").encode()),
    "base64": _text("base64-0", lambda value: base64.b64encode(value.encode())),
    "base64, one byte in": _text("base64-1", lambda value: base64.b64encode(b"?" + value.encode() + b"!")),
    "base64url, two bytes in": _text("base64-2", lambda value: base64.urlsafe_b64encode(b"??" + value.encode() + b"!")),
    "hexadecimal": _text("hex", lambda value: value.encode().hex().encode()),
    "UTF-16": _text("utf16", lambda value: value.encode("utf-16-le")),
    "JSON escapes": _text("json", lambda value: "".join(f"\\u{ord(letter):04x}" for letter in value).encode()),
    "upper case": _text("upper", lambda value: value.upper().encode()),
    "MD5": _text("md5", _hashed("md5")),
    "SHA-1": _text("sha1", _hashed("sha1")),
    "SHA-256": _text("sha256", _hashed("sha256")),
    "SHA-256 of the upper case": _text("sha256u", lambda value: _hashed("sha256")(value.upper())),
    "address as a number": _text("number", _number),
    "address as bytes": _text("packed", _packed_address),
}  # fmt: skip
