"""Take apart what is packed: streams of gzip and zlib inside other bytes, and files that are packed as a whole."""

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

MOST_STREAMS = 5000
MOST_UNPACKED = 16 << 20  # bytes of one stream inside other bytes
_DEEPEST = 3
_SHORTEST = 8
_GLANCE = 256
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")

_WHOLE = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\x03\x04": "zip"}
# What the standard library cannot unpack or decrypt: nobody can say what is in it.
_CLOSED = {
    b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "rar",
    b"age-encryption.org/": "age", b"-----BEGIN PGP MESSAGE": "PGP",
}  # fmt: skip
HEAD_BYTES = 32


class Packed(OSError):
    """A file whose content cannot be had."""


class Part(NamedTuple):
    """A stream of content in a file: how it was packed (empty: not at all), and something to read it from."""

    packing: str
    stream: IO[bytes] | Any


def streams_in(data: bytes, at: int = 0, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Every stream in the bytes, unpacked, with its place (`packed at byte 96`); the first byte is number `at`."""
    if depth == _DEEPEST:
        return
    view = memoryview(data)
    for number, match in enumerate(_STREAM.finditer(data)):
        if number == MOST_STREAMS:
            return
        plain = _unpacked(view[match.start() :])
        if len(plain) >= _SHORTEST:
            place = f"packed at byte {at + match.start()}"
            yield place, plain
            yield from ((f"{place}, {inner}", deeper) for inner, deeper in streams_in(plain, depth=depth + 1))


def _unpacked(view: memoryview) -> bytes:
    """What a stream unpacks to, up to where it ends or breaks; nothing where it is none."""
    try:
        zlib.decompressobj(47).decompress(view[:_GLANCE], _GLANCE)  # most of what looks like a stream is none
        return zlib.decompressobj(47).decompress(view, MOST_UNPACKED)
    except zlib.error:
        return b""


def parts_of(path: Path) -> Iterator[Part]:
    """What is in a file: itself, or what it was packed from. OSError where neither can be had."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        closed = _named(head, _CLOSED)
        if closed:
            raise Packed(f"{closed} is not unpacked here")
        packing = _named(head, _WHOLE)
        file.seek(0)
        if packing == "zip":
            yield from _members(path)
        elif packing:
            opener: Any = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}[packing]
            with opener(file, "rb") as stream:
                yield Part(packing, stream)
        else:
            yield Part("", file)


def _members(path: Path) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    yield Part(f"zip member {member.filename}", stream)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Packed(f"a zip file that cannot be unpacked ({type(error).__name__})") from None


def _named(head: bytes, kinds: dict[bytes, str]) -> str:
    return next((name for magic, name in kinds.items() if head.startswith(magic)), "")
