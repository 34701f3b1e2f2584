"""Hash a list of leaves into one root, and prove what is in it and that it only grew (RFC 6962, section 2.1).

A hash is 32 bytes of SHA-256. A proof is a list of hashes, the ones nearest to the leaves first. What is asked of a
proof is answered with yes or no, whatever it holds.
"""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """The hash of what a leaf says."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two halves."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Edge:
    """The right edge of a growing tree: the roots of its full halves, the greatest first. It is all that is needed to
    go on, some thirty hashes for a thousand million leaves."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(hashes) != size.bit_count() or any(len(each) != HASH_BYTES for each in hashes):
            raise ValueError("these hashes are no edge of a tree of that size")
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Take the hash of one more leaf."""
        size, grown = self.size, leaf
        while size & 1:
            grown = node_hash(self._hashes.pop(), grown)
            size >>= 1
        self._hashes.append(grown)
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves until now."""
        if not self._hashes:
            return EMPTY
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root

    def packed(self) -> bytes:
        """The hashes behind one another."""
        return b"".join(self._hashes)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> "Edge":
        """The edge of `packed`. ValueError where that is none."""
        return cls(size, [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over the hashes of leaves."""
    edge = Edge()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that the leaf at `index` is among `leaves`. IndexError where there is none."""
    if not 0 <= index < len(leaves):
        raise IndexError("there is no such leaf")
    proof: list[bytes] = []
    first, end = 0, len(leaves)
    while end - first > 1:
        middle = first + _half(end - first)
        if index < middle:
            proof.append(root_of(leaves[middle:end]))
            end = middle
        else:
            proof.append(root_of(leaves[first:middle]))
            first = middle
    return proof[::-1]


def consistency(leaves: Sequence[bytes], before: int) -> list[bytes]:
    """The proof that the tree of the first `before` leaves became that of all. IndexError where it never had so few."""
    if not 1 <= before <= len(leaves):
        raise IndexError("there is no such size")
    proof: list[bytes] = []
    first, end, old, known = 0, len(leaves), before, True
    while old < end - first:
        middle = first + _half(end - first)
        if old <= middle - first:
            proof.append(root_of(leaves[middle:end]))
            end = middle
        else:
            proof.append(root_of(leaves[first:middle]))
            old, first, known = old - (middle - first), middle, False
    if not known:
        proof.append(root_of(leaves[first:end]))
    return proof[::-1]


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the leaf of this hash is at `index` of the tree with `root`."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def extends(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `old` (size and root) became that of `new` by growing alone."""
    (before, old_root), (after, new_root) = old, new
    if not 1 <= before <= after:
        return False
    if before == after:
        return not proof and old_root == new_root
    steps = list(proof)
    at, last = before - 1, after - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if at == 0:
        steps.insert(0, old_root)  # a full old tree is a node of the new one
    return bool(steps) and _walk(steps, (at, last)) == (old_root, new_root)


def _walk(steps: Sequence[bytes], place: tuple[int, int]) -> tuple[bytes, bytes] | None:
    """The roots of the old and the new tree that a consistency proof leads to; None where it is too long or short."""
    at, last = place
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            newer = node_hash(newer, step)
        at, last = at >> 1, last >> 1
    return (older, newer) if last == 0 else None


def _half(size: int) -> int:
    """The greatest power of two below a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)
