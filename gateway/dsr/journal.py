"""Write down outside of the store whom an erasure is about, so that no restored backup brings anybody back.

A line of JSON for each erasure, on disk before anything is destroyed. The first line names the journal. Each line has a
MAC (HMAC-SHA256, RFC 2104) over the one before it and itself: none can be changed, left out or moved unseen. Subjects
are keyed digests, whose key is in no file. What a writer that died has left of a line nobody was told of, and it goes.
"""

import fcntl
import hmac
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway import durable
from gateway.errors import GatewayError

VERSION = 1
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_MAC = ',"mac":"'


class JournalBroken(GatewayError):
    """The journal cannot be read or written, or is not as it was written."""


class Entry(NamedTuple):
    """An erasure: its place in the journal, from 1, when it was (POSIX seconds), of which request, of whom; `lasting`
    where they stay refused."""

    place: int
    at: int
    request: str
    subjects: tuple[str, ...]
    lasting: bool


class Told(NamedTuple):
    """A journal as it is: its name, and its entries."""

    name: str
    entries: Sequence[Entry]


class Journal:
    """The journal of one machine. `keys` are those of the MACs, 32 bytes each, the current one first; `new_name` names
    a journal that is begun. Its methods wait for the disk, and for other processes that write."""

    def __init__(self, path: Path, keys: Sequence[bytes], new_name: Callable[[], str]) -> None:
        self._path = path
        self._keys = keys
        self._new_name = new_name

    def append(self, at: int, request: str, subjects: Sequence[str], lasting: bool) -> Entry:
        """Return when it is on disk. What is there already of a request is not written twice."""
        with self._opened() as file:
            told, last = self._read(file)
            known = next((entry for entry in told.entries if entry.request == request), None)
            if known and set(subjects) <= set(known.subjects):
                return known
            entry = Entry(len(told.entries) + 1, at, request, tuple(subjects), lasting)
            self._write(file, entry._asdict(), last)
            return entry

    def read(self) -> Told:
        """Everything in it; no name and no entries where none was begun. JournalBroken where a line is not as it was
        written."""
        if not os.path.lexists(self._path):
            return Told("", ())
        with self._opened() as file:
            return self._read(file)[0]

    @contextmanager
    def _opened(self) -> Iterator[int]:
        try:
            file = os.open(self._path, _FLAGS, 0o600)
        except OSError as error:
            raise JournalBroken(f"the journal of erasures cannot be opened: {type(error).__name__}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        except OSError as error:
            raise JournalBroken(f"the journal of erasures cannot be written: {type(error).__name__}") from error
        finally:
            os.close(file)

    def _read(self, file: int) -> tuple[Told, str]:
        """The journal and the MAC of its last line; one that is empty is begun."""
        size = os.fstat(file).st_size
        text = os.pread(file, size, 0)
        whole = text.rfind(b"\n") + 1
        if whole < size:
            os.ftruncate(file, whole)
        os.lseek(file, 0, os.SEEK_END)
        lines = text[:whole].split(b"\n")[:-1]
        if not lines:
            name = self._new_name()
            last = self._write(file, {"v": VERSION, "journal": name}, "")
            durable.keep_names(self._path.parent)
            return Told(name, ()), last
        return self._understood(lines)

    def _understood(self, lines: Sequence[bytes]) -> tuple[Told, str]:
        last, told = "", []
        for line in lines:
            body, mark, mac = line.decode("utf-8", "replace").rpartition(_MAC)
            last = self._checked(f"{body}}}", last, mac.removesuffix('"}') if mark else "")
            told.append(json.loads(f"{body}}}"))
        head, *rest = told
        if head.keys() != {"v", "journal"} or head["v"] != VERSION:
            raise JournalBroken("the journal of erasures is of another version")
        entries = tuple(Entry(**{**row, "subjects": tuple(row["subjects"])}) for row in rest)
        return Told(str(head["journal"]), entries), last

    def _checked(self, body: str, before: str, mac: str) -> str:
        good = [hmac.compare_digest(_mac(key, before, body).encode(), mac.encode()) for key in self._keys]
        if not any(good):
            raise JournalBroken("the journal of erasures is not as it was written, or of another root key")
        return mac

    def _write(self, file: int, row: dict[str, object], before: str) -> str:
        """Add a line and wait for the disk; its MAC. OSError where the disk does not take it, and nothing is left."""
        body = json.dumps(row, separators=(",", ":"))
        mac = _mac(self._keys[0], before, body)
        size = os.lseek(file, 0, os.SEEK_END)
        durable.append(file, f'{body[:-1]}{_MAC}{mac}"}}\n'.encode(), size)
        return mac


def _mac(key: bytes, before: str, body: str) -> str:
    return hmac.digest(key, f"{before}\n{body}".encode(), "sha256").hex()
