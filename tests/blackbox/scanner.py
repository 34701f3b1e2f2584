"""Find planted values in files, pages and captures, in every form software tends to leave them in."""

import base64
import hashlib
import html
import ipaddress
import json
import re
import urllib.parse
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_DIGESTS = ("md5", "sha1", "sha256", "sha512", "blake2b")
_COMPRESSED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_EMPTY = re.compile(rb"\0{256,}")
_SHORTEST = 7
_MOST_STREAMS = 5000
_MOST_UNPACKED = 16 << 20


class Find(NamedTuple):
    """A planted value: which one, in which form, where."""

    field: str
    form: str
    place: str


def forms_of(value: str) -> dict[str, bytes]:
    """Every form of a value that betrays it, by name. Unkeyed digests count: who knows the value can recompute them."""
    raw = value.encode()
    quoted = urllib.parse.quote(value, safe="")
    forms = {
        "raw": raw,
        "upper": raw.upper(),
        "reversed": raw[::-1],
        "utf-16": value.encode("utf-16-le"),
        "hex": raw.hex().encode(),
        "hex upper": raw.hex().upper().encode(),
        "url": quoted.encode(),
        "url twice": urllib.parse.quote(quoted, safe="").encode(),
        "json": json.dumps(value)[1:-1].encode(),
        "json escapes": "".join(f"\\u{ord(c):04x}" for c in value).encode(),
        "html": html.escape(value).encode(),
    }
    for offset in range(3):
        forms[f"base64 at {offset}"] = _inner_base64(raw, offset)
        forms[f"base64url at {offset}"] = _inner_base64(raw, offset).translate(bytes.maketrans(b"+/", b"-_"))
    written = {raw, *_address_forms(value, forms)}
    for text in written:
        for name in _DIGESTS:
            digest = hashlib.new(name, text).digest()
            forms[f"{name} of {len(text)}"] = digest.hex()[:16].encode()
            forms[f"{name} in base64 of {len(text)}"] = base64.b64encode(digest)[:16]
    distinct = {form: name for name, form in reversed(forms.items()) if len(form) >= _SHORTEST}
    return {name: form for form, name in distinct.items()}


def _inner_base64(raw: bytes, offset: int) -> bytes:
    """What the value always looks like inside a base64 text that begins `offset` bytes before it."""
    text = base64.b64encode(b"\0" * offset + raw)
    shared_end = 4 if (offset + len(raw)) % 3 else 0
    return text[(0, 2, 3)[offset] : len(text) - shared_end]


def _address_forms(value: str, forms: dict[str, bytes]) -> set[bytes]:
    """Add how an address may be written to `forms`; return the ways that may have been hashed."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return set()
    forms["integer"] = str(int(address)).encode()
    forms["integer in hex"] = b"%x" % int(address)
    forms["expanded"] = address.exploded.encode()
    forms["reverse DNS"] = address.reverse_pointer.encode()
    if address.version == 4:
        forms["mapped"] = f"::ffff:{value}".encode()
        return {address.packed, forms["mapped"]}
    forms["packed"] = address.packed
    return {address.packed, forms["expanded"]}


class Scanner:
    """Looks for the planted `values`, by field name. `finds` and `looked` (artefacts) grow with each look."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._forms = {field: forms_of(value) for field, value in values.items()}
        self.finds: list[Find] = []
        self.looked = 0

    def look(self, place: str, data: bytes) -> None:
        """Look at the bytes, and at whatever in them unpacks by gzip or zlib. Long empty stretches are passed over."""
        self.looked += 1
        for text in _layers(_EMPTY.sub(b"\0", data)):
            self.finds += [
                Find(field, form, place)
                for field, forms in self._forms.items()
                for form, needle in forms.items()
                if needle in text
            ]

    def look_into(self, directory: Path) -> None:
        """Look at every file below, its name included."""
        for path in sorted(directory.rglob("*")):
            self.look(f"name of {path}", str(path.relative_to(directory)).encode())
            if path.is_file():
                self.look(str(path), path.read_bytes())

    def found(self) -> set[str]:
        """The fields that were found in any form."""
        return {find.field for find in self.finds}


def _layers(data: bytes) -> Iterator[bytes]:
    yield data
    for number, match in enumerate(_COMPRESSED.finditer(data)):
        if number == _MOST_STREAMS:
            return
        try:
            plain = zlib.decompressobj(47).decompress(memoryview(data)[match.start() :], _MOST_UNPACKED)
        except zlib.error:
            continue
        if len(plain) >= _SHORTEST:
            yield plain
