"""Look at everything a deployment keeps: files as they lie on the disk, their names, pages and answers.

Files are read raw, so that rows that were deleted and pages that were freed are seen as well as what is current.
"""

import lzma
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from gateway.canary.layers import Part, parts_of, streams_in
from gateway.canary.marks import Mark
from gateway.canary.search import Index, Match

PIECE = 4 << 20
OVERLAP = 1 << 20  # what lies across two pieces, a packed stream for example, is seen whole up to this size
MOST_UNPACKED = 8 << 30  # bytes of one file
_ROUNDS = 3

# What is read first: pages move from a journal to its database, never back.
_JOURNALS = ("-wal", "-journal")


class Find(NamedTuple):
    """A mark where it was found: the artefact, how it was packed there, the byte, and the form it had."""

    mark: Mark
    form: str
    place: str
    packing: str
    at: int


class Unsearched(NamedTuple):
    """Something that could not be looked at, and why."""

    place: str
    why: str


@dataclass
class Search:
    """Looks for the marks of `index`. `looked` counts files and answers, `size` their bytes; all but the index grow."""

    index: Index
    looked: int = 0
    size: int = 0
    finds: dict[Find, None] = field(default_factory=dict)
    unsearched: list[Unsearched] = field(default_factory=list)

    def look(self, place: str, data: bytes) -> None:
        """Look at bytes, and at whatever in them unpacks."""
        self.looked += 1
        self.size += len(data)
        self._piece(place, "", data, 0)

    def look_into(self, root: Path) -> None:
        """Look at a file, or at every file below a directory, and at their names; links to directories are passed by.

        A file that appears meanwhile, such as a log that was put aside under another name, is looked at as well.
        """
        seen: set[tuple[int, int, str]] = set()
        if not root.exists():
            self.unsearched.append(Unsearched(str(root), "there is no such file"))
            return
        for _ in range(_ROUNDS):
            fresh = [path for path in self._files(root) if not _known(path, seen)]
            for path in fresh:
                self._name(root, path)
                self._file(path)
            if not fresh:
                break

    def found(self) -> set[str]:
        """The kinds of marks that were found in any form."""
        return {find.mark.kind for find in self.finds}

    def _files(self, root: Path) -> list[Path]:
        if not root.is_dir():
            return [root]
        paths = self._below(root)
        return sorted(paths, key=lambda path: (not path.name.endswith(_JOURNALS), str(path)))

    def _below(self, folder: Path) -> Iterator[Path]:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            self.unsearched.append(Unsearched(str(folder), error.strerror or "cannot be read"))
            return
        for path in entries:
            yield path
            if path.is_dir() and not path.is_symlink():
                yield from self._below(path)

    def _name(self, root: Path, path: Path) -> None:
        name = path.name if path == root else str(path.relative_to(root))
        self._piece(f"name of {path}", "", name.encode("utf-8", "surrogateescape"), 0)

    def _file(self, path: Path) -> None:
        try:
            if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end
                return
            self.looked += 1
            for part in parts_of(path):
                self._stream(str(path), part)
        except FileNotFoundError:
            return  # gone between the listing and the reading: what took its place is in the next round
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self.unsearched.append(Unsearched(str(path), why))

    def _stream(self, place: str, part: Part) -> None:
        seen = 0
        for at, window in _windows(part.stream):
            self.size += at + len(window) - seen
            seen = at + len(window)
            self._piece(place, part.packing, window, at)
            if at > MOST_UNPACKED and part.packing:
                self.unsearched.append(Unsearched(place, f"unpacks to more than {MOST_UNPACKED >> 30} GiB"))
                return

    def _piece(self, place: str, packing: str, data: bytes, at: int) -> None:
        self._keep(self.index.matches(data), place, packing, at)
        for inner, plain in streams_in(data, at):
            self._keep(self.index.matches(plain), place, f"{packing}, {inner}" if packing else inner, 0)

    def _keep(self, matches: Iterator[Match], place: str, packing: str, at: int) -> None:
        for match in matches:
            self.finds[Find(match.mark, match.form, place, packing, at + match.at)] = None


def _windows(stream: IO[bytes] | Any) -> Iterator[tuple[int, bytes]]:
    """The stream in pieces that overlap, each with the byte it begins at."""
    at, kept = 0, b""
    while piece := stream.read(PIECE):
        window = kept + piece
        yield at, window
        kept = window[-OVERLAP:]
        at += len(window) - len(kept)


def _known(path: Path, seen: set[tuple[int, int, str]]) -> bool:
    """Whether a file was looked at already under this name."""
    try:
        status = path.lstat()
    except OSError:
        return True
    key = (status.st_dev, status.st_ino, str(path))
    known = key in seen
    seen.add(key)
    return known
