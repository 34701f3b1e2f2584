"""Write and read what proves by itself and for ever that a leaf is in a log, or that a log has only grown.

The first is a C2SP tlog-proof, version 1, whose `extra` carries the leaf itself, so that one file is all that somebody
has to be given. The second is what a witness is asked with (C2SP tlog-witness).
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.audit.merkle import HASH_BYTES, extends, includes, leaf_hash
from gateway.audit.note import Checkpoint, NoteError, VerifierKey, checkpoint_of, parse_note

_HEAD = "c2sp.org/tlog-proof@v1"
_OLD = "old"
_MOST_STEPS = 64


class Proof(NamedTuple):
    """A leaf, its place, the hashes that lead to the root, and the checkpoint that was signed."""

    leaf: bytes
    place: int
    steps: tuple[bytes, ...]
    checkpoint: str


class Growth(NamedTuple):
    """The size that a log had, the hashes that lead from that to now, and the checkpoint of now."""

    before: int
    steps: tuple[bytes, ...]
    checkpoint: str


def write_proof(proof: Proof) -> str:
    """The text of a proof."""
    head = [_HEAD, f"extra {_base64(proof.leaf)}", f"index {proof.place}"]
    lines = [*head, *map(_base64, proof.steps), "", proof.checkpoint]
    return "\n".join(lines)


def parse_proof(text: str) -> Proof:
    """The proof of a text. NoteError where it is none."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != _HEAD or not 3 <= len(lines) <= 3 + _MOST_STEPS:
        raise NoteError("this is no proof of a log")
    (extra, leaf), (word, index) = _pair(lines[1]), _pair(lines[2])
    if extra != "extra" or word != "index" or not _is_number(index):
        raise NoteError("this proof names no leaf")
    return Proof(_unbase64(leaf), int(index), _steps(lines[3:]), checkpoint)


def proves(proof: Proof, keys: Iterable[VerifierKey]) -> bool:
    """Whether the leaf is where the proof says, in a log that one of the keys signed."""
    signed = _signed(proof.checkpoint, keys)
    return signed is not None and includes(signed.root, signed.size, proof.place, leaf_hash(proof.leaf), proof.steps)


def write_growth(growth: Growth) -> str:
    """The text of a proof that a log has grown."""
    return "\n".join([f"{_OLD} {growth.before}", *map(_base64, growth.steps), "", growth.checkpoint])


def parse_growth(text: str) -> Growth:
    """The proof of a text. NoteError where it is none."""
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    word, before = _pair(lines[0])
    if not blank or word != _OLD or not _is_number(before) or len(lines) > 1 + _MOST_STEPS:
        raise NoteError("this is no proof of a log")
    return Growth(int(before), _steps(lines[1:]), checkpoint)


def grew(growth: Growth, since: str, keys: Iterable[VerifierKey]) -> bool:
    """Whether the log of the checkpoint `since` became that of the proof by growing alone; one of the keys signed
    both."""
    known = list(keys)
    old, new = _signed(since, known), _signed(growth.checkpoint, known)
    if old is None or new is None or old.origin != new.origin or old.size != growth.before:
        return False
    return extends((old.size, old.root), (new.size, new.root), growth.steps)


def _signed(text: str, keys: Iterable[VerifierKey]) -> Checkpoint | None:
    """A checkpoint that one of the keys signed."""
    try:
        note = parse_note(text)
        checkpoint = checkpoint_of(note)
    except NoteError:
        return None
    own = [key for key in keys if key.name == checkpoint.origin]
    return checkpoint if note.verified(own) is True else None


def _steps(lines: Sequence[str]) -> tuple[bytes, ...]:
    steps = tuple(map(_unbase64, lines))
    if any(len(step) != HASH_BYTES for step in steps):
        raise NoteError("a step of this proof is no hash")
    return steps


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _pair(line: str) -> tuple[str, str]:
    word, _, rest = line.partition(" ")
    return word, rest


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("this proof is not base64") from None
