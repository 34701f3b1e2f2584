"""Take the power from a gateway: of what it wrote and did not flush, all, a part or nothing is there afterwards."""

import os
import random
import shlex
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_HEAD = struct.Struct("=5q")
_SECTOR = 512


class Note(NamedTuple):
    """A write (or a cut) that was not flushed: where, the size of the file before it, and the bytes before and after."""

    cut: bool
    offset: int
    size: int
    old: bytes
    fresh: bytes


class Disk:
    """The files below `watched`, whose writes are noted below `folder`. A disk that `lies` flushes nothing."""

    def __init__(self, folder: Path, watched: Path, *, lies: bool = False) -> None:
        folder.mkdir(parents=True)
        self._watched = watched
        self._notes = folder / "notes"
        self._notes.mkdir()
        self._lies = lies
        self._library = _built(folder)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to write to this disk."""
        told = {
            "LD_PRELOAD": str(self._library),
            "POWER_DIR": f"{self._watched.resolve()}/",
            "POWER_NOTES": str(self._notes.resolve()),
        }
        return {**told, **({"POWER_LIES": "1"} if self._lies else {})}

    def under(self, binary: str) -> str:
        """A program that is another one, writing to this disk."""
        path = self._notes.parent / f"on-disk-{Path(binary).name}"
        words = shlex.join(["env", *(f"{name}={value}" for name, value in self.environment.items()), binary])
        path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        path.chmod(0o700)
        return str(path)

    def lose(self, dice: random.Random) -> int:
        """Take the power, once nobody runs any more; how many writes were in doubt."""
        paths = {path.stat().st_ino: path for path in self._watched.rglob("*") if path.is_file()}
        doubtful = 0
        for noted in self._notes.iterdir():
            notes = list(_read(noted.read_bytes()))
            if path := paths.get(int(noted.name)):
                doubtful += len(notes)
                _forget(path, notes, dice)
            noted.unlink()
        return doubtful


def _built(folder: Path) -> Path:
    compiler = shutil.which(os.environ.get("CC") or "cc")
    if compiler is None:
        raise RuntimeError("there is no C compiler: ./run test brings one, or set CC to yours")
    library = folder / "power.so"
    source = Path(__file__).with_name("power.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def _read(text: bytes) -> Iterator[Note]:
    at = 0
    while at + _HEAD.size <= len(text):
        kind, offset, size, old, fresh = _HEAD.unpack_from(text, at)
        at += _HEAD.size
        yield Note(bool(kind), offset, size, text[at : at + old], text[at + old : at + old + fresh])
        at += old + fresh


def _forget(path: Path, notes: list[Note], dice: random.Random) -> None:
    """Take everything back, and then let a part of it have reached the disk after all, in whole sectors."""
    with path.open("r+b", buffering=0) as file:
        for note in reversed(notes):
            file.seek(note.offset)
            file.write(note.old)
            file.truncate(note.size)
        share = dice.choice((0.0, 0.5, 1.0))
        for note in notes:
            if dice.random() >= share:
                continue
            if note.cut:
                file.truncate(note.offset)
            else:
                torn = dice.random() < 0.5
                file.seek(note.offset)
                file.write(note.fresh[: dice.randrange(0, len(note.fresh) + 1, _SECTOR)] if torn else note.fresh)
