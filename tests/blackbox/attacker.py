"""Try to tell from files whose addresses and browsers they are about, with every key that could lie in them."""

import base64
import hashlib
import hmac
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s")
KEY_BYTES = 32

_ZEROS = re.compile(rb"\0{64,}")
_KEY_HEX = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_KEY_64 = re.compile(rb"(?<![\w+/-])[\w+/-]{43}(?![\w+/-])")
_HEX = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


class Visitor(NamedTuple):
    """Who the attacker looks for: an address, a browser, and the site."""

    address: str
    agent: str
    site: str = "shop"

    @property
    def texts(self) -> tuple[bytes, ...]:
        """What a pseudonym of this visitor could be a digest of."""
        packed = bytes(map(int, self.address.split(".")))
        joined = f"{self.site}\n{self.address}\n{self.agent}"
        return (
            packed,
            self.address.encode(),
            self.agent.encode(),
            joined.encode(),
            f"{self.address}{self.agent}".encode(),
        )


def read_files(directory: Path, but: frozenset[str]) -> bytes:
    """Everything in the files of a directory, those named in `but` left out."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file() and path.name not in but)
    # Files that are made larger than what is in them are mostly zeros.
    return b"\0".join(_ZEROS.sub(bytes(KEY_BYTES), path.read_bytes()) for path in paths)


def rows_of(database: Path) -> list[str]:
    """Every text of every table, so that nothing hides behind the pages of the file."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [str(row) for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')]
    finally:
        connection.close()


def pseudonyms(kept: bytes) -> set[bytes]:
    """Everything of the shape of a pseudonym: 32 hexadecimal digits."""
    return set(_HEX.findall(kept))


def unkeyed(visitor: Visitor) -> Iterator[bytes]:
    """Every digest without a key, cut to the length of a pseudonym."""
    for text in visitor.texts:
        for name in HASHES:
            yield hashlib.new(name, text).hexdigest()[:32].encode()


def windows(kept: bytes) -> set[bytes]:
    """Everything that could be a key of 32 random bytes: as it lies there, in hexadecimal or in base64.

    Of raw ones, one in four thousand million has no byte above 127; what has none is text.
    """
    raw = {kept[at : at + KEY_BYTES] for at in range(len(kept) - KEY_BYTES + 1)}
    found = {window for window in raw if not window.isascii() and len(set(window)) > 16}
    found |= {bytes.fromhex(text.decode()) for text in _KEY_HEX.findall(kept)}
    return found | {_decoded(text) for text in _KEY_64.findall(kept)}


def _decoded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text.replace(b"+", b"-").replace(b"/", b"_") + b"=")


def keyed(key: bytes, visitor: Visitor, labels: tuple[str, ...]) -> Iterator[bytes]:
    """Every digest that the gateway's own ways of keying make with a key: as it is, as a salt, and as a root."""
    extracted = hmac.digest(bytes(KEY_BYTES), key, "sha256")
    keys = [key, *(hmac.digest(key, label.encode(), "sha256") for label in labels)]
    keys += [hmac.digest(extracted, f"gateway/pseudonym/{label}".encode() + b"\1", "sha256") for label in labels]
    for each in keys:
        for text in visitor.texts[:1] + visitor.texts[3:4]:
            yield hmac.digest(each, text, "sha256").hex()[:32].encode()
