"""Hold a kept log against its own signatures: has anything been changed, cut off or left unsigned?"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.audit.log import Kept
from gateway.audit.merkle import Edge, leaf_hash
from gateway.audit.note import Checkpoint, NoteError, VerifierKey, checkpoint_of, parse_note


class Verdict(NamedTuple):
    """What was found. `wrong`: it is not what was signed. `open`: it may be, and not all of it can be said.

    `size` leaves were looked at, `signed` of them are under a checkpoint of a known key.
    """

    wrong: tuple[str, ...]
    open: tuple[str, ...]
    size: int
    signed: int


def verify(kept: Kept, keys: Sequence[VerifierKey], since: str = "") -> Verdict:
    """Everything in a log, recomputed. `keys` are trusted; `since` is a checkpoint that somebody has kept from before,
    and that the log must go on from."""
    edges = _Edges(kept)
    wrong, doubts, signed = list(edges.wrong), [], 0
    for size, text, packed in kept.checkpoints:
        try:
            checkpoint, known, strangers = _read(text, keys)
        except NoteError as error:
            wrong.append(f"checkpoint {size}: {error}")
            continue
        wrong += [f"checkpoint {size}: {flaw}" for flaw in edges.flaws(checkpoint, known, (size, packed))]
        if strangers:
            doubts.append(f"checkpoint {size}: a signature is of a key that is not known")
        if known:
            signed = max(signed, size)
    doubts += _since(since, keys, edges, wrong) if since else []
    if signed < len(kept.rows):
        doubts.append(f"{len(kept.rows) - signed} of {len(kept.rows)} leaves are under no signature of a known key")
    if not kept.rows:
        doubts.append("the log is empty")
    return Verdict(tuple(wrong), tuple(doubts), len(kept.rows), signed)


class _Edges:
    """The edges of a log at the sizes of its checkpoints, made of the leaves themselves."""

    def __init__(self, kept: Kept) -> None:
        self.origin = kept.origin
        self.wrong: list[str] = []
        self._leaves: list[bytes] = []
        for place, row in enumerate(kept.rows):
            if row.place != place:
                self.wrong.append(f"leaf {place} is missing")
                break
            if not isinstance(row.leaf, bytes) or leaf_hash(row.leaf) != row.hash:
                self.wrong.append(f"leaf {place} has another hash")
                break
            self._leaves.append(row.hash)
        self._edge = Edge()

    def at(self, size: int) -> Edge | None:
        """The edge at a size; None where the log has not so many sound leaves. Cheap in rising order."""
        if not 0 <= size <= len(self._leaves):
            return None
        if size < self._edge.size:
            self._edge = Edge()
        for hashed in self._leaves[self._edge.size : size]:
            self._edge.append(hashed)
        return self._edge

    def flaws(self, checkpoint: Checkpoint, known: bool | None, row: tuple[int, bytes]) -> Iterator[str]:
        """What is wrong with a checkpoint that stands in the row with this size and packed edge."""
        size, packed = row
        edge = self.at(size)
        if checkpoint.origin != self.origin or checkpoint.size != size:
            yield "it is another log's, or of another size"
        elif edge is None:
            yield "the log has not so many leaves"
        elif edge.root() != checkpoint.root:
            yield "the leaves have another root"
        elif edge.packed() != packed:
            yield "its edge is not that of the leaves"
        if known is False:
            yield "a signature does not hold"


def _since(text: str, keys: Sequence[VerifierKey], edges: _Edges, wrong: list[str]) -> Iterator[str]:
    """What cannot be said of an earlier checkpoint; what is wrong goes to `wrong`."""
    try:
        checkpoint, known, _ = _read(text, keys)
    except NoteError as error:
        wrong.append(f"the earlier checkpoint: {error}")
        return
    edge = edges.at(checkpoint.size)
    packed = edge.packed() if edge else b""
    wrong += [f"the earlier checkpoint: {flaw}" for flaw in edges.flaws(checkpoint, known, (checkpoint.size, packed))]
    if known is None:
        yield "the earlier checkpoint has no signature of a known key"


def _read(text: str, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, bool | None, bool]:
    """A checkpoint, whether a known key signed it, and whether another one did. NoteError where it is none."""
    note = parse_note(text)
    checkpoint = checkpoint_of(note)
    own = [key for key in keys if key.name == checkpoint.origin]
    known = {(key.name, key.id) for key in own}
    return checkpoint, note.verified(own), any((name, id_) not in known for name, id_, _ in note.signatures)
