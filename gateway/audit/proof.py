"""Write and read the text that proves one leaf to be in a log, by itself and for ever (C2SP tlog-proof, version 1).

`extra` carries the leaf itself, so that one file is all that somebody has to be given.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import NamedTuple

from gateway.audit.merkle import HASH_BYTES, includes, leaf_hash
from gateway.audit.note import NoteError, VerifierKey, checkpoint_of, parse_note

_HEAD = "c2sp.org/tlog-proof@v1"
_MOST_STEPS = 64


class Proof(NamedTuple):
    """A leaf, its place, the hashes that lead to the root, and the checkpoint that was signed."""

    leaf: bytes
    place: int
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
    if extra != "extra" or word != "index" or not (index.isascii() and index.isdigit() and len(index) < 19):
        raise NoteError("this proof names no leaf")
    steps = tuple(map(_unbase64, lines[3:]))
    if any(len(step) != HASH_BYTES for step in steps):
        raise NoteError("a step of this proof is no hash")
    return Proof(_unbase64(leaf), int(index), steps, checkpoint)


def proves(proof: Proof, keys: Iterable[VerifierKey]) -> bool:
    """Whether the leaf is where the proof says, in a log that one of the keys signed."""
    try:
        note = parse_note(proof.checkpoint)
        checkpoint = checkpoint_of(note)
    except NoteError:
        return False
    own = [key for key in keys if key.name == checkpoint.origin]
    hashed = leaf_hash(proof.leaf)
    inside = includes(checkpoint.root, checkpoint.size, proof.place, hashed, proof.steps)
    return note.verified(own) is True and inside


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
