"""Whatever is changed in a log, be it one bit, is found; what cannot be said is not called right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.leaf import leaf
from gateway.audit.log import Kept, Row
from gateway.audit.merkle import Edge, leaf_hash
from gateway.audit.note import Checkpoint, sign, verifier_key
from gateway.audit.verify import verify

SEED, OLD = bytes(range(32)), bytes(32)
NAME = "shop.example/log/0a1b2c3d"
KEY = verifier_key(NAME, SEED)


def kept(number, sizes, seeds=(SEED,)):
    """A log of so many leaves with checkpoints at these sizes."""
    leaves = [leaf("salt.destroyed", n, day="2026-11-26", why="day_over") for n in range(number)]
    edge, checkpoints = Edge(), []
    for n, each in enumerate(leaves, start=1):
        edge.append(leaf_hash(each))
        if n in sizes:
            checkpoints.append((n, sign(Checkpoint(NAME, n, edge.root()), seeds), edge.packed()))
    return Kept(NAME, [Row(n, each, leaf_hash(each)) for n, each in enumerate(leaves)], checkpoints)


LOG = kept(7, (3, 7))


def flipped(value, bit):
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    return raw.decode("utf-8", "replace") if isinstance(value, str) else bytes(raw)


def test_a_log_that_nobody_touched_is_right():
    assert verify(LOG, [KEY]) == ((), (), 7, 7)
    assert verify(LOG, [KEY], since=LOG.checkpoints[0][1]) == ((), (), 7, 7)


@given(st.integers(0, 6), st.integers(0, 10_000), st.booleans())
def test_a_flipped_bit_of_a_leaf_is_found(place, bit, hashed_anew):
    rows = list(LOG.rows)
    changed = flipped(rows[place].leaf, bit)
    rows[place] = Row(place, changed, leaf_hash(changed) if hashed_anew else rows[place].hash)
    assert verify(LOG._replace(rows=rows), [KEY]).wrong


@given(st.integers(0, 6), st.integers(0, 255))
def test_a_flipped_bit_of_a_hash_is_found(place, bit):
    rows = list(LOG.rows)
    rows[place] = rows[place]._replace(hash=flipped(rows[place].hash, bit))
    assert verify(LOG._replace(rows=rows), [KEY]).wrong


@given(st.integers(0, 1), st.integers(1, 2), st.integers(0, 10_000))
def test_a_flipped_bit_of_a_checkpoint_is_found(place, column, bit):
    checkpoints = [list(each) for each in LOG.checkpoints]
    checkpoints[place][column] = flipped(checkpoints[place][column], bit)
    verdict = verify(LOG._replace(checkpoints=[tuple(each) for each in checkpoints]), [KEY])
    assert verdict.wrong or (column == 1 and verdict.open)  # a changed id is that of a key that nobody knows


def test_what_was_cut_off_changed_places_or_renamed_is_found():
    rows = list(LOG.rows)
    assert verify(LOG._replace(rows=rows[:-1]), [KEY]).wrong
    assert verify(LOG._replace(rows=rows[1:]), [KEY]).wrong
    swapped = [rows[1]._replace(place=0), rows[0]._replace(place=1), *rows[2:]]
    assert verify(LOG._replace(rows=swapped), [KEY]).wrong
    assert verify(LOG._replace(origin="another.example/log"), [KEY]).wrong
    assert verify(LOG._replace(checkpoints=[(6, *LOG.checkpoints[1][1:])]), [KEY]).wrong


def test_a_log_that_was_rolled_back_or_written_anew_does_not_go_on_from_what_somebody_kept():
    since = LOG.checkpoints[1][1]
    assert verify(kept(5, (3, 5)), [KEY], since).wrong
    other = kept(9, (9,))
    rows = [row._replace(leaf=b"{}", hash=leaf_hash(b"{}")) for row in other.rows]
    edge = Edge()
    for row in rows:
        edge.append(row.hash)
    anew = Kept(NAME, rows, [(9, sign(Checkpoint(NAME, 9, edge.root()), [SEED]), edge.packed())])
    assert verify(anew, [KEY]).wrong == ()
    assert verify(anew, [KEY], since).wrong
    assert verify(LOG, [KEY], "no checkpoint").wrong


def test_leaves_that_nobody_has_signed_yet_are_not_called_right():
    verdict = verify(kept(7, (3,)), [KEY])
    assert (verdict.wrong, len(verdict.open), verdict.signed) == ((), 1, 3)
    assert verify(kept(0, ()), [KEY]).open


def test_what_only_an_unknown_key_signed_is_not_called_right():
    verdict = verify(kept(7, (7,), (OLD,)), [KEY])
    assert (verdict.wrong, verdict.signed) == ((), 0)
    assert verdict.open
    assert verify(LOG, [KEY], kept(7, (3,), (OLD,)).checkpoints[0][1]).open
    both = [KEY, verifier_key(NAME, OLD)]
    assert verify(kept(7, (7,), (SEED, OLD)), both) == ((), (), 7, 7)
    assert verify(kept(7, (7,), (SEED, OLD)), [KEY]).open


@pytest.mark.parametrize("keys", [[], [verifier_key("another.example/log", SEED)]])
def test_without_a_key_of_this_log_nothing_is_called_right(keys):
    assert verify(LOG, keys).open
