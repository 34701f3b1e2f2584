"""Sign the state of a log and read such a signature (C2SP signed-note and tlog-checkpoint, Ed25519).

A checkpoint is three lines, the name of the log, its size and its root, and below an empty line one signature for each
key. Whoever holds the verifier key `NAME+ID+KEY` checks it without asking anybody.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.audit.merkle import HASH_BYTES

_ED25519 = b"\1"
_ID_BYTES, _KEY_BYTES, _SIGNATURE_BYTES = 4, 32, 64
_NAME = re.compile(r"[a-z0-9][a-z0-9./_-]{0,199}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_SIGNED = "— "
MOST_SIGNATURES = 16


class NoteError(ValueError):
    """A note, checkpoint or key that is none. Its message repeats nothing of it."""


class Checkpoint(NamedTuple):
    """How many leaves the log of a name had, and their root."""

    origin: str
    size: int
    root: bytes


class VerifierKey(NamedTuple):
    """The public half of a key, 32 bytes, under the name of its log."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes to know the key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.public)}"


class Note(NamedTuple):
    """A text, and who signed it: for each signature the name, the id of the key and the 64 bytes."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def verified(self, keys: Iterable[VerifierKey]) -> bool | None:
        """Whether one of the keys signed it; None where there is no signature of any of them. A signature in the name
        of a known key that is not its own spoils the note."""
        known = {(key.name, key.id): key for key in keys}
        told = [(known[name, id_], signature) for name, id_, signature in self.signatures if (name, id_) in known]
        return all(_holds(key, self.text, signature) for key, signature in told) if told else None


def verifier_key(name: str, seed: bytes) -> VerifierKey:
    """The public half of the key with this seed of 32 bytes."""
    return VerifierKey(name, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


def parse_key(text: str) -> VerifierKey:
    """A verifier key from its text. NoteError where it is none, or its id is another key's."""
    name, _, rest = text.strip().partition("+")
    id_, _, encoded = rest.partition("+")
    raw = _unbase64(encoded)
    if not _NAME.fullmatch(name) or len(raw) != 1 + _KEY_BYTES or raw[:1] != _ED25519:
        raise NoteError("this is no verifier key")
    key = VerifierKey(name, raw[1:])
    if key.id.hex() != id_:
        raise NoteError("the id in the verifier key is not that of the key")
    return key


def sign(checkpoint: Checkpoint, seeds: Sequence[bytes]) -> str:
    """The signed note of a checkpoint, with one signature for each seed."""
    root = _base64(checkpoint.root)
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"
    lines = [text, "\n"]
    for seed in seeds:
        key = verifier_key(checkpoint.origin, seed)
        signature = Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode())
        lines.append(f"{_SIGNED}{key.name} {_base64(key.id + signature)}\n")
    return "".join(lines)


def parse_note(text: str) -> Note:
    """A signed note. NoteError where it is none."""
    body, blank, below = text.rpartition("\n\n")
    lines = below.split("\n")
    if not blank or lines.pop() or not 1 <= len(lines) <= MOST_SIGNATURES:
        raise NoteError("this is no signed note")
    return Note(f"{body}\n", tuple(map(_signature, lines)))


def checkpoint_of(note: Note) -> Checkpoint:
    """What a note says of a log. NoteError where it says nothing of one."""
    lines = note.text.split("\n")
    if len(lines) != 4 or lines[3] or not _NAME.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise NoteError("this note is no checkpoint")
    root = _unbase64(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteError("this note has no root")
    return Checkpoint(lines[0], int(lines[1]), root)


def is_name(text: str) -> bool:
    """Whether a log can have this name: a host and a path in lower case, without scheme, blank or plus."""
    return _NAME.fullmatch(text) is not None


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_SIGNED).partition(" ")
    raw = _unbase64(encoded)
    if not line.startswith(_SIGNED) or not name or len(raw) != _ID_BYTES + _SIGNATURE_BYTES:
        raise NoteError("this is no signature of a note")
    return name, raw[:_ID_BYTES], raw[_ID_BYTES:]


def _holds(key: VerifierKey, text: str, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unbase64(text: str) -> bytes:
    """The bytes of a text that is their one and only spelling; nothing where it is not."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if _base64(raw) == text else b""
