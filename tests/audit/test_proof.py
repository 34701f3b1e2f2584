import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.merkle import consistency, inclusion, leaf_hash, root_of
from gateway.audit.note import Checkpoint, NoteError, sign, verifier_key
from gateway.audit.proof import Growth, Proof, grew, parse_growth, parse_proof, proves, write_growth, write_proof

SEED = bytes(range(32))
NAME = "gateway.example.com/audit"
KEY = verifier_key(NAME, SEED)
LEAVES = [f'{{"n":{n}}}'.encode() for n in range(5)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
CHECKPOINT = sign(Checkpoint(NAME, 5, root_of(HASHES)), [SEED])
PROOF = Proof(LEAVES[3], 3, tuple(inclusion(HASHES, 3)), CHECKPOINT)
TEXT = write_proof(PROOF)
SINCE = sign(Checkpoint(NAME, 3, root_of(HASHES[:3])), [SEED])
GROWTH = Growth(3, tuple(consistency(HASHES, 3)), CHECKPOINT)
GREW = write_growth(GROWTH)


def test_a_proof_is_read_as_it_was_written():
    assert parse_proof(TEXT) == PROOF
    assert TEXT.splitlines()[0] == "c2sp.org/tlog-proof@v1"
    assert TEXT.splitlines()[2] == "index 3"


def test_it_proves_its_leaf_to_whom_has_the_key():
    assert proves(PROOF, [KEY])
    assert not proves(PROOF, [verifier_key(NAME, bytes(32))])
    assert not proves(PROOF, [verifier_key("another.example/log", SEED)])
    assert not proves(PROOF._replace(place=2), [KEY])
    assert not proves(PROOF._replace(leaf=LEAVES[2]), [KEY])
    assert not proves(PROOF._replace(checkpoint="no note"), [KEY])


@given(st.integers(0, 8 * len(TEXT.encode()) - 1))
def test_no_flipped_bit_passes(bit):
    raw = bytearray(TEXT.encode())
    raw[bit // 8] ^= 1 << bit % 8
    try:
        read = parse_proof(raw.decode())
    except (NoteError, UnicodeDecodeError):
        return
    assert not proves(read, [KEY]) or read == PROOF


@pytest.mark.parametrize(
    ("old", "new"),
    [("@v1", "@v2"), ("extra ", ""), ("index 3", "index -3"), ("index 3", "index"), ("\n\n", "\n"), ("index 3\n", "")],
)
def test_what_is_no_proof_is_not_read(old, new):
    with pytest.raises(NoteError):
        parse_proof(TEXT.replace(old, new, 1))


def test_a_step_that_is_no_hash_is_not_read():
    with pytest.raises(NoteError):
        parse_proof(TEXT.replace("index 3\n", "index 3\nAAAA\n"))


def test_growth_is_read_as_it_was_written_and_shown_to_whom_has_the_key_and_the_checkpoint():
    assert parse_growth(GREW) == GROWTH
    assert grew(GROWTH, SINCE, [KEY])
    assert not grew(GROWTH, SINCE, [verifier_key(NAME, bytes(32))])
    assert not grew(GROWTH, "no note", [KEY])
    assert not grew(GROWTH, CHECKPOINT, [KEY])
    assert not grew(GROWTH._replace(before=2), SINCE, [KEY])
    assert not grew(GROWTH._replace(checkpoint=sign(Checkpoint(NAME, 5, bytes(32)), [SEED])), SINCE, [KEY])


def test_a_log_that_was_written_anew_or_is_another_did_not_grow():
    anew = sign(Checkpoint(NAME, 3, root_of(HASHES[1:4])), [SEED])
    assert not grew(GROWTH, anew, [KEY])
    other = sign(Checkpoint("another.example/log", 3, root_of(HASHES[:3])), [SEED])
    assert not grew(GROWTH, other, [KEY, verifier_key("another.example/log", SEED)])


@given(st.integers(0, 8 * len(GREW.encode()) - 1))
def test_no_flipped_bit_of_a_growth_passes(bit):
    raw = bytearray(GREW.encode())
    raw[bit // 8] ^= 1 << bit % 8
    try:
        read = parse_growth(raw.decode())
    except (NoteError, UnicodeDecodeError):
        return
    assert not grew(read, SINCE, [KEY]) or read == GROWTH


@pytest.mark.parametrize(
    ("old", "new"),
    [("old 3", "new 3"), ("old 3", "old -3"), ("old 3", "old"), ("\n\n", "\n"), ("old 3\n", "old 3\nAAAA\n")],
)
def test_what_is_no_growth_is_not_read(old, new):
    with pytest.raises(NoteError):
        parse_growth(GREW.replace(old, new, 1))
